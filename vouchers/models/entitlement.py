"""A customer's days: its agreements and the ledger of what became of each day.

Days move between accounts by entries that are never changed:

    sponsor ─grant▸ free ─hold▸ held ─consume▸ delivered ─pay▸ paid
                    free ◂return─ held ─lose▸ lost
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.models import Program
from portal import clock
from portal.findings import Text
from portal.models import Organization
from portal.tenancy import TenantQuerySet


class Account(models.TextChoices):
    """Where a day can lie."""

    SPONSOR = "sponsor", _("Sponsor")
    FREE = "free", _("Free")
    HELD = "held", _("Held by vouchers")
    DELIVERED = "delivered", _("Delivered")
    PAID = "paid", _("Paid")
    LOST = "lost", _("Lost")

    @classmethod
    def of_customer(cls) -> list[Self]:
        """List the accounts that a balance sums up."""
        return [account for account in cls if account != cls.SPONSOR]


class Kind(models.TextChoices):
    """What an entry tells."""

    GRANTED = "granted", _("Granted by the sponsor")
    HELD = "held", _("Taken for voucher")
    RETURNED = "returned", _("Returned from voucher")
    CONSUMED = "consumed", _("Delivered under voucher")
    REVERSED = "reversed", _("Delivery reversed for voucher")
    PAID = "paid", _("Paid for voucher")
    LOST = "lost", _("Lost with voucher")


WAYS = {
    Kind.GRANTED: (Account.SPONSOR, Account.FREE),
    Kind.HELD: (Account.FREE, Account.HELD),
    Kind.RETURNED: (Account.HELD, Account.FREE),
    Kind.CONSUMED: (Account.HELD, Account.DELIVERED),
    Kind.REVERSED: (Account.DELIVERED, Account.HELD),
    Kind.PAID: (Account.DELIVERED, Account.PAID),
    Kind.LOST: (Account.HELD, Account.LOST),
}


def goes_its_way() -> Q:
    """Say in SQL that each kind of entry moves days between its two accounts."""
    ways = Q()
    for kind, (source, target) in WAYS.items():
        ways |= Q(kind=kind.value, source=source.value, target=target.value)
    return ways


class CustomerAgreementQuerySet(TenantQuerySet):
    customer_path = "customer"

    def running(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def with_pool(self) -> Self:
        """Everything that a page shows of agreements, in one query."""
        return self.select_related("balance", "program", "customer").order_by(
            "ends_on", "pk"
        )


class CustomerAgreement(models.Model):
    """A customer's agreement with the sponsor (a licensing ID) and its pool of days."""

    customer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="agreements"
    )
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    licensing_id = models.CharField(_("licensing ID"), max_length=40, unique=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CustomerAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer agreement")
        verbose_name_plural = _("customer agreements")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="customer_agreement_begins_before_it_ends",
            ),
            models.UniqueConstraint(
                fields=["id", "customer"], name="customer_agreement_of_customer"
            ),
        ]

    audit_sentences = {
        "entitlement.opened": _("opened the agreement"),
        "entitlement.activated": _("activated the benefit"),
        "entitlement.granted": _("granted days"),
    }

    def __str__(self) -> str:
        return self.licensing_id

    def get_absolute_url(self) -> str:
        return reverse("vouchers:entitlement", args=[self.customer.slug])

    @property
    def parties(self) -> list[int | None]:
        return [self.customer_id]

    def is_running(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Segment:
    """A part of a pool: the days on one account, and their share in percent."""

    label: Text
    days: int
    share: float


class Balance(models.Model):
    """The sums of an agreement's ledger, kept by the database alone.

    The portal's roles may only read it; the trigger of ``LedgerEntry`` writes it, and
    its constraints refuse whatever would take a day that is not there.
    """

    agreement = models.OneToOneField(
        CustomerAgreement,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="balance",
    )
    customer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    free = models.IntegerField(_("free"), default=0)
    held = models.IntegerField(_("held by vouchers"), default=0)
    delivered = models.IntegerField(_("delivered"), default=0)
    paid = models.IntegerField(_("paid"), default=0)
    lost = models.IntegerField(_("lost"), default=0)

    objects = CustomerAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{account.value}__gte": 0}),
                name=f"balance_{account.value}_is_not_negative",
            )
            for account in Account.of_customer()
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: {self.free}"

    @property
    def granted(self) -> int:
        return self.free + self.held + self.delivered + self.paid + self.lost

    @property
    def segments(self) -> list[Segment]:
        """Give the parts of the pool in the order of a day's life."""
        parts = [(account, getattr(self, account)) for account in Account.of_customer()]
        whole = self.granted or 1
        return [
            Segment(account.label, days, 100 * days / whole) for account, days in parts
        ]


class LedgerQuerySet(TenantQuerySet):
    customer_path = "customer"
    manager_path = "voucher__project_manager"


class LedgerEntry(models.Model):
    """Some days that moved from one account of an agreement to another."""

    agreement = models.ForeignKey(
        CustomerAgreement, on_delete=models.PROTECT, related_name="entries"
    )
    customer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    voucher = models.ForeignKey(
        "vouchers.Voucher", on_delete=models.PROTECT, null=True, related_name="entries"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(
        pgettext_lazy("account of days", "from"), max_length=10, choices=Account
    )
    target = models.CharField(
        pgettext_lazy("account of days", "to"), max_length=10, choices=Account
    )
    days = models.PositiveIntegerField(_("days"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gt=0), name="ledger_days_are_positive"
            ),
            models.CheckConstraint(
                condition=goes_its_way(), name="ledger_goes_its_way"
            ),
            models.CheckConstraint(
                condition=Q(kind="granted") | Q(voucher__isnull=False),
                name="ledger_names_its_voucher",
            ),
            models.UniqueConstraint(
                fields=["agreement", "note"],
                condition=Q(kind="granted"),
                name="ledger_grants_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agreement", "-created_at", "-id"], name="ledger_of_agreement"
            ),
            models.Index(
                fields=["customer", "-created_at", "-id"], name="ledger_of_customer"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days}"
