"""The ledger of days: entries that are never changed, and their sums.

Days move between accounts:

    sponsor ─grant▸ free ─hold▸ held ─consume▸ delivered ─pay▸ paid
                    free ◂return─ held ─lose▸ lost
                    free ─expire▸ expired
                    free ─convert▸ converted        sponsor ─receive▸ free
    sponsor ─raise▸ free ─lower▸ sponsor
"""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Prefetch, Q, Value
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal import clock
from portal.conditions import Among
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from portal.text_sql import TextKey
from vouchers.models.accrual import Purchase
from vouchers.models.conversions import Conversion
from vouchers.models.entitlement import CustomerAgreement
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
OF_CONVERSIONS = [Kind.CONVERTED, Kind.RECEIVED]
OF_SPONSOR = [Kind.RAISED, Kind.LOWERED]


def goes_its_way() -> Among:
    """Say in SQL that each kind of entry moves days between its two accounts."""
    ways = [":".join([kind, *way]) for kind, way in WAYS.items()]
    return Among("kind", "source", "target", words=ways)


def of(kinds: list[Kind]) -> Among:
    return Among("kind", words=[kind.value for kind in kinds])


class LedgerQuerySet(TenantQuerySet):
    customer_path = "customer"
    manager_path = "voucher__project_manager"

    def noted(self, kind: "Kind", note: str) -> Self:
        """Keep the entries of a kind whose note says the same, however it is typed."""
        alike = self.alias(key=TextKey("note")).filter(key=TextKey(Value(note)))
        return alike.filter(kind=kind)

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

    # The database ties each of these to the customer, and the agreement's customer to
    # the organizations: a key of its own would be checked twice.
    agreement = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,  # the pages' own indexes begin with it
        db_constraint=False,
        verbose_name=_("agreement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )
    voucher = models.ForeignKey(
        Voucher,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_constraint=False,
        verbose_name=_("voucher"),
    )
    # Few entries have these: their indexes hold those alone.
    purchase = models.ForeignKey(
        Purchase,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
        db_constraint=False,
        verbose_name=_("purchase"),
    )
    conversion = models.ForeignKey(
        Conversion,
        on_delete=models.PROTECT,
        null=True,
        related_name="entries",
        db_index=False,
        db_constraint=False,
        verbose_name=_("conversion"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(
        pgettext_lazy("account of days", "from"), max_length=10, choices=Account
    )
    target = models.CharField(
        pgettext_lazy("account of days", "to"), max_length=10, choices=Account
    )
    days = models.IntegerField(_("days"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

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
                condition=Exact(of(OF_VOUCHERS), IsNull(F("voucher"), False)),
                name="ledger_names_its_voucher",
            ),
            models.CheckConstraint(
                condition=Exact(of(OF_CONVERSIONS), IsNull(F("conversion"), False)),
                name="ledger_names_its_conversion",
            ),
            models.CheckConstraint(
                condition=~Q(of(OF_SPONSOR)) | ~Q(note=""),
                name="ledger_adjustment_has_reason",
            ),
            models.UniqueConstraint(
                "agreement",
                TextKey("note"),
                condition=Q(kind="granted"),
                name="ledger_grants_once",
            ),
            models.UniqueConstraint(
                fields=["conversion", "kind"],
                condition=Q(conversion__isnull=False),
                name="ledger_converts_once",
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
