"""The ledger of days: entries that are never changed, and their sums.

Days move between accounts:

    sponsor ─grant▸ free ─hold▸ held ─consume▸ delivered ─pay▸ paid
                    free ◂return─ held ─lose▸ lost
                    free ─expire▸ expired
                    free ─convert▸ converted        sponsor ─receive▸ free
    sponsor ─raise▸ free ─lower▸ sponsor
"""

from dataclasses import dataclass
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal import clock
from portal.findings import Text
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from vouchers.models.accrual import Purchase
from vouchers.models.conversions import Conversion
from vouchers.models.entitlement import CustomerAgreement, CustomerAgreementQuerySet
from vouchers.models.vouchers import Voucher


class Account(models.TextChoices):
    """Where a day can lie."""

    SPONSOR = "sponsor", _("Sponsor")
    FREE = "free", _("Free")
    HELD = "held", _("Held by vouchers")
    DELIVERED = "delivered", _("Delivered")
    PAID = "paid", _("Paid")
    LOST = "lost", _("Lost")
    EXPIRED = "expired", _("Expired")
    CONVERTED = "converted", _("Converted")

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
    EXPIRED = "expired", _("Expired unused")
    RAISED = "raised", _("Added by the sponsor")
    LOWERED = "lowered", _("Taken off by the sponsor")
    CONVERTED = "converted", _("Converted to another program")
    RECEIVED = "received", _("Received by conversion")


WAYS = {
    Kind.GRANTED: (Account.SPONSOR, Account.FREE),
    Kind.HELD: (Account.FREE, Account.HELD),
    Kind.RETURNED: (Account.HELD, Account.FREE),
    Kind.CONSUMED: (Account.HELD, Account.DELIVERED),
    Kind.REVERSED: (Account.DELIVERED, Account.HELD),
    Kind.PAID: (Account.DELIVERED, Account.PAID),
    Kind.LOST: (Account.HELD, Account.LOST),
    Kind.EXPIRED: (Account.FREE, Account.EXPIRED),
    Kind.RAISED: (Account.SPONSOR, Account.FREE),
    Kind.LOWERED: (Account.FREE, Account.SPONSOR),
    Kind.CONVERTED: (Account.FREE, Account.CONVERTED),
    Kind.RECEIVED: (Account.SPONSOR, Account.FREE),
}
OF_VOUCHERS = [
    Kind.HELD,
    Kind.RETURNED,
    Kind.CONSUMED,
    Kind.REVERSED,
    Kind.PAID,
    Kind.LOST,
]
ALWAYS_SHOWN = [Account.FREE, Account.HELD, Account.DELIVERED, Account.PAID]
OF_CONVERSIONS = [Kind.CONVERTED, Kind.RECEIVED]
OF_SPONSOR = [Kind.RAISED, Kind.LOWERED]


def goes_its_way() -> Q:
    """Say in SQL that each kind of entry moves days between its two accounts."""
    ways = Q()
    for kind, (source, target) in WAYS.items():
        ways |= Q(kind=kind.value, source=source.value, target=target.value)
    return ways


def of(kinds: list[Kind]) -> Q:
    return Q(kind__in=[kind.value for kind in kinds])


@dataclass(frozen=True)
class Segment:
    """A part of a pool: the days on one account, and their share in percent."""

    label: Text
    days: int
    share: float
    # Which colour it has, however many parts are shown beside it.
    place: int


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
    expired = models.IntegerField(_("expired"), default=0)
    converted = models.IntegerField(_("converted"), default=0)

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
        """Give all days that ever came and were not taken off again."""
        return sum(getattr(self, account) for account in Account.of_customer())

    @property
    def segments(self) -> list[Segment]:
        """Give the parts of the pool in the order of a day's life.

        What is lost, expired or converted is a part where there is any.
        """
        whole = self.granted or 1
        return [
            Segment(account.label, days, 100 * days / whole, place)
            for place, account in enumerate(Account.of_customer(), 1)
            if (days := getattr(self, account)) or account in ALWAYS_SHOWN
        ]


class LedgerQuerySet(TenantQuerySet):
    customer_path = "customer"
    manager_path = "voucher__project_manager"

    def with_causes(self) -> Self:
        """Fetch along what the sentences of entries name, in a few queries."""
        agreements = CustomerAgreement.objects.select_related("program", "customer")
        vouchers = Voucher.objects.select_related("engagement_type")
        conversions = Conversion.objects.select_related(
            "source__program", "target__program"
        )
        return self.prefetch_related(
            Prefetch("agreement", agreements),
            Prefetch("voucher", vouchers),
            Prefetch("conversion", conversions),
            "purchase",
        )


class LedgerEntry(models.Model):
    """Some days that moved from one account of an agreement to another."""

    # The indexes of pages begin with these two.
    agreement = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    customer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, null=True, related_name="entries"
    )
    # Few entries have these: their indexes hold those alone.
    purchase = models.ForeignKey(
        Purchase,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
    )
    conversion = models.ForeignKey(
        Conversion,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
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
                condition=Q(of(OF_VOUCHERS), voucher__isnull=False)
                | (~of(OF_VOUCHERS) & Q(voucher=None)),
                name="ledger_names_its_voucher",
            ),
            models.CheckConstraint(
                condition=Q(of(OF_CONVERSIONS), conversion__isnull=False)
                | (~of(OF_CONVERSIONS) & Q(conversion=None)),
                name="ledger_names_its_conversion",
            ),
            models.CheckConstraint(
                condition=~of(OF_SPONSOR) | ~Q(note=""),
                name="ledger_adjustment_has_reason",
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
            models.Index(
                fields=["purchase"],
                condition=Q(purchase__isnull=False),
                name="ledger_of_purchase",
            ),
            models.Index(
                fields=["conversion"],
                condition=Q(conversion__isnull=False),
                name="ledger_of_conversion",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days}"
