"""The sums of a ledger, which the database keeps, and how a page draws them."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.findings import Text
from portal.models import Organization
from vouchers.models.entitlement import CustomerAgreement, CustomerAgreementQuerySet
from vouchers.models.ledger import Account

ALWAYS_SHOWN = [Account.FREE, Account.HELD, Account.DELIVERED, Account.PAID]


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
