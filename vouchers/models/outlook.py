"""What becomes of an agreement's days at its pace, as it was foreseen in the night."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, F, Min, Q, Sum, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from portal.models import Organization
from vouchers.models.agreements import CustomerAgreement, CustomerAgreementQuerySet


class End(models.TextChoices):
    """What ends the use of free days."""

    AGREEMENT = "agreement", _("the agreement ends")
    CREATION = "creation", _("the last day to create")
    WIPE = "wipe", _("the program takes free days off")


class AgreementOutlookQuerySet(CustomerAgreementQuerySet):
    def with_risk(self) -> "AgreementOutlookQuerySet":
        """Say of each how many of the days that are free now will be lost."""
        free = Greatest(0, F("agreement__balance__free") - F("expected"))
        known = Q(is_early=False, expected__isnull=False)
        return self.annotate(at_risk=Case(When(known, then=free), default=0))

    def sums(self) -> dict[str, Any]:
        """Sum up what will be lost, with the first day of it."""
        return self.with_risk().aggregate(
            free=Sum("at_risk"),
            idle=Sum("idle_days"),
            last_use=Min("last_use", filter=Q(at_risk__gt=0)),
            idle_on=Min("idle_on"),
            as_of=Min("as_of"),
        )


class AgreementOutlook(models.Model):
    """How an agreement's free days go on, and what its idle vouchers will lose.

    Kept per night. What is free is not: it stands in the balance.
    """

    agreement = models.OneToOneField(
        CustomerAgreement,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="outlook",
        verbose_name=_("agreement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    # By the customer's calendar.
    as_of = models.DateField(_("as of"))
    window = models.PositiveIntegerField(_("days that were counted"), default=0)
    used = models.PositiveIntegerField(_("days that left the pool"), default=0)
    delivered = models.IntegerField(_("days delivered"), default=0)
    last_use = models.DateField(_("last day to use free days"))
    end = models.CharField(_("what ends their use"), max_length=10, choices=End)
    days_left = models.PositiveIntegerField(_("days left"), default=0)
    # Nothing where no free day can be lost any more.
    expected = models.PositiveIntegerField(_("days that vouchers will take"), null=True)
    is_early = models.BooleanField(_("too early to say"), default=False)
    # Vouchers without a reservation, whose days would not come back in time.
    idle_days = models.PositiveIntegerField(_("days of idle vouchers"), default=0)
    idle_on = models.DateField(_("the first of them expires on"), null=True)

    # As ``with_risk`` says it.
    at_risk: int

    objects = AgreementOutlookQuerySet.as_manager()

    class Meta:
        verbose_name = _("outlook")
        verbose_name_plural = _("outlooks")
        constraints = [
            models.CheckConstraint(
                condition=Q(end__in=End.values), name="outlook_end_is_known"
            ),
            models.CheckConstraint(
                condition=Q(idle_days=0, idle_on=None)
                | Q(idle_days__gt=0, idle_on__isnull=False),
                name="outlook_idle_days_have_their_day",
            ),
        ]

    def __str__(self) -> str:
        return str(self.agreement)

    @property
    def free(self) -> int:
        """Return the days that are free now."""
        return self.agreement.balance.free

    @property
    def lost_on(self) -> date:
        return self.last_use + timedelta(days=1)

    @property
    def is_closed(self) -> bool:
        """Tell whether no voucher can be made of the free days any more."""
        return not self.days_left
