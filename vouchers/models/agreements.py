"""Customer agreements, which entitle to days, and their contacts."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.models import Program
from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Organization
from portal.tenancy import TenantQuerySet
from portal.text_sql import TextKey

ONE_DAY = timedelta(days=1)


def runs_on(day: date | F, path: str = "") -> Q:
    """Say in SQL whether an agreement has begun and not ended, early or in time.

    ``path`` leads from the row in question to its agreement.
    """
    not_ended = Q(**{f"{path}ended_on": None}) | Q(**{f"{path}ended_on__gte": day})
    return not_ended & Q(**{f"{path}starts_on__lte": day, f"{path}ends_on__gte": day})


class AgreementStatus(models.TextChoices):
    """Where an agreement stands on a date."""

    NOT_YET = "not_yet", _("Not started")
    RUNNING = "active", _("Active")
    ENDED = "ended", _("Ended")


class CustomerAgreementQuerySet(TenantQuerySet):
    customer_path = "customer"

    def running(self, day: date) -> Self:
        """Keep those that run on a date."""
        return self.filter(runs_on(day))

    def ending_by(self, day: date, days: int) -> Self:
        """Keep active ones with free days that their program ends within some days."""
        last = day + timedelta(days=days)
        ends = Q(program__creation_ends_on__range=(day, last))
        wiped = Q(program__pool_wipe_on__range=(day + ONE_DAY, last + ONE_DAY))
        over = Q(program__creation_ends_on__lt=day) | Q(program__pool_wipe_on__lte=day)
        open_ones = self.filter(balance__free__gt=0, activated_at__isnull=False)
        return open_ones.filter(ends | wiped).exclude(over)

    def with_pool(self) -> Self:
        """Everything that a page shows of agreements, in one query."""
        return self.select_related("balance", "program", "customer").order_by(
            "ends_on", "pk"
        )


class CustomerAgreement(ExplainedConstraints):
    """A customer's agreement with the sponsor (a licensing ID) and its pool of days."""

    refusals = {
        "customer_agreement_begins_before_it_ends": (
            "ends_on",
            _("The agreement ends before it starts. Check both dates."),
        ),
        "customer_agreement_once": (
            "licensing_id",
            _("This licensing ID has an agreement in this program already."),
        ),
    }

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="agreements",
        verbose_name=_("customer"),
    )
    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("program")
    )
    licensing_id = models.CharField(_("licensing ID"), max_length=40)
    starts_on = DayColumn(_("starts on"))
    ends_on = DayColumn(_("ends on"))
    # The last day of an agreement that ends before its time.
    ended_on = DayColumn(_("ended early on"), null=True, blank=True)
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("activated by"),
    )
    # A copy: the program's terms may change, what was accepted does not.
    accepted_terms = models.TextField(_("accepted terms"), blank=True)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = CustomerAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer agreement")
        verbose_name_plural = _("customer agreements")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="customer_agreement_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None)
                | Q(ended_on__gte=F("starts_on"), ended_on__lte=F("ends_on")),
                name="customer_agreement_ends_early_within",
            ),
            # A licensing ID has a pool in each program. [POSTENR]
            models.UniqueConstraint(
                "program", TextKey("licensing_id"), name="customer_agreement_once"
            ),
            models.UniqueConstraint(
                fields=["id", "customer"], name="customer_agreement_of_customer"
            ),
        ]

    def shown_with(self) -> list[tuple[str, ...]]:
        """Return the contacts, which a form changes together with the agreement."""
        parts = ("part", "name", "email", "phone")
        return sorted(BenefitContact.objects.filter(agreement=self).values_list(*parts))

    audit_sentences = {
        "entitlement.opened": _("opened the agreement"),
        "entitlement.activated": _("activated the benefit"),
        "entitlement.granted": _("granted days"),
        "entitlement.adjusted": _("adjusted the days"),
        "entitlement.ended": _("ended the agreement early"),
        "entitlement.renewed": _("lengthened the agreement"),
        "entitlement.contacted": _("changed the contacts"),
        "entitlement.converted": _("converted days"),
        "entitlement.expired": _("let the free days expire"),
    }

    def __str__(self) -> str:
        return self.licensing_id

    @property
    def in_full(self) -> str:
        """Return the licensing ID with its program: one ID may have several pools."""
        return f"{self.licensing_id} ({self.program.code})"

    def get_absolute_url(self) -> str:
        return reverse("vouchers:entitlement", args=[self.customer.slug])

    @property
    def parties(self) -> list[int | None]:
        return [self.customer_id]

    @property
    def last_day(self) -> date:
        return self.ended_on or self.ends_on

    def is_running(self, day: date) -> bool:
        return self.starts_on <= day <= self.last_day

    def standing_on(self, day: date) -> AgreementStatus:
        """Say whether the agreement is still to come, runs or is over."""
        if day < self.starts_on:
            return AgreementStatus.NOT_YET
        return AgreementStatus.ENDED if day > self.last_day else AgreementStatus.RUNNING

    @property
    def standing(self) -> AgreementStatus:
        """Say where the agreement stands today, by its customer's calendar."""
        return self.standing_on(clock.today(self.customer.time_zone))

    @property
    def is_wiped(self) -> bool:
        """Tell whether its program has taken all free days off already [DPS21]."""
        day = self.program.pool_wipe_on
        return day is not None and clock.today(self.customer.time_zone) >= day


class ContactPart(models.TextChoices):
    """For what a contact of an agreement is asked."""

    BENEFIT = "benefit", _("The benefit")
    NOTICES = "notices", _("Notices")


class BenefitContact(models.Model):
    """Whom the sponsor asks about an agreement; named when its benefit is activated."""

    agreement = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="contacts",
        verbose_name=_("agreement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    part = models.CharField(_("asked about"), max_length=10, choices=ContactPart)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    objects = CustomerAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "part"], name="benefit_contact_one_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.email}"
