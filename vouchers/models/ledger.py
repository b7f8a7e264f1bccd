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
from django.db.models import F, Prefetch, Q, Value
from django.db.models.lookups import Exact, IsNull
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal import clock
from portal.conditions import Among
from portal.findings import Text
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from portal.text_sql import TextKey
from vouchers.models.accrual import Purchase
from vouchers.models.agreements import CustomerAgreement, CustomerAgreementQuerySet
from vouchers.models.conversions import Conversion
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


class EntryType(models.TextChoices):
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
    EntryType.GRANTED: (Account.SPONSOR, Account.FREE),
    EntryType.HELD: (Account.FREE, Account.HELD),
    EntryType.RETURNED: (Account.HELD, Account.FREE),
    EntryType.CONSUMED: (Account.HELD, Account.DELIVERED),
    EntryType.REVERSED: (Account.DELIVERED, Account.HELD),
    EntryType.PAID: (Account.DELIVERED, Account.PAID),
    EntryType.LOST: (Account.HELD, Account.LOST),
    EntryType.EXPIRED: (Account.FREE, Account.EXPIRED),
    EntryType.RAISED: (Account.SPONSOR, Account.FREE),
    EntryType.LOWERED: (Account.FREE, Account.SPONSOR),
    EntryType.CONVERTED: (Account.FREE, Account.CONVERTED),
    EntryType.RECEIVED: (Account.SPONSOR, Account.FREE),
}
OF_VOUCHERS = [
    EntryType.HELD,
    EntryType.RETURNED,
    EntryType.CONSUMED,
    EntryType.REVERSED,
    EntryType.PAID,
    EntryType.LOST,
]
OF_CONVERSIONS = [EntryType.CONVERTED, EntryType.RECEIVED]
OF_SPONSOR = [EntryType.RAISED, EntryType.LOWERED]


def goes_its_way() -> Among:
    """Say in SQL that each kind of entry moves days between its two accounts."""
    ways = [":".join([kind, *way]) for kind, way in WAYS.items()]
    return Among("kind", "source", "target", words=ways)


def entries_of_types(kinds: list[EntryType]) -> Among:
    return Among("kind", words=[kind.value for kind in kinds])


class LedgerQuerySet(TenantQuerySet):
    customer_path = "customer"
    manager_path = "voucher__project_manager"

    def noted(self, kind: "EntryType", note: str) -> Self:
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
    kind = models.CharField(_("kind"), max_length=10, choices=EntryType)
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
                condition=Exact(
                    entries_of_types(OF_VOUCHERS), IsNull(F("voucher"), False)
                ),
                name="ledger_names_its_voucher",
            ),
            models.CheckConstraint(
                condition=Exact(
                    entries_of_types(OF_CONVERSIONS), IsNull(F("conversion"), False)
                ),
                name="ledger_names_its_conversion",
            ),
            models.CheckConstraint(
                condition=~Q(entries_of_types(OF_SPONSOR)) | ~Q(note=""),
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


ALWAYS_SHOWN = [Account.FREE, Account.HELD, Account.DELIVERED, Account.PAID]


@dataclass(frozen=True)
class Segment:
    """A part of a pool: the days on one account, and their share in percent."""

    label: Text
    days: int
    share: float
    # Which color it has, however many parts are shown beside it.
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
        verbose_name=_("agreement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
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
        """Return all days that ever came and were not taken off again."""
        return sum(getattr(self, account) for account in Account.of_customer())

    @property
    def segments(self) -> list[Segment]:
        """Return the parts of the pool in the order of a day's life.

        What is lost, expired or converted is a part where there is any.
        """
        granted = self.granted or 1
        return [
            Segment(account.label, days, 100 * days / granted, place)
            for place, account in enumerate(Account.of_customer(), 1)
            if (days := getattr(self, account)) or account in ALWAYS_SHOWN
        ]
