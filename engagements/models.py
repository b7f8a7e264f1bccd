"""The engagement that a partner delivers for a voucher, and its completion report.

scheduled ─report▸ reported
scheduled, reported ─call_off▸ called off
"""

from datetime import date, timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Document, Organization
from portal.roles import Side
from portal.states import guard, move
from portal.tenancy import TenantQuerySet
from vouchers.models import Reservation, Voucher


class EngagementState(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    REPORTED = "reported", _("Reported")
    CALLED_OFF = "called_off", _("Called off")


ENGAGEMENT_MOVES = [
    ("reported", "called_off"),
    ("scheduled", "called_off"),
    ("scheduled", "reported"),
]


@guard(_("The engagement has not ended yet: report it once it is delivered."))
def is_delivered(engagement: "Engagement") -> bool:
    return engagement.ends_on <= clock.today(engagement.partner.time_zone)


class EngagementQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"
    manager_path = "voucher__project_manager"

    def scheduled(self) -> Self:
        return self.filter(state=EngagementState.SCHEDULED)

    def reported(self) -> Self:
        return self.filter(state=EngagementState.REPORTED)

    def in_state(self, state: str) -> Self:
        """Keep one state; an empty word keeps all."""
        return self.filter(state=state) if state else self.all()

    def for_list(self) -> Self:
        """Everything that one row of the list shows, in one query."""
        return self.select_related(
            "voucher__engagement_type", "customer", "partner", "lead"
        )

    def with_details(self) -> Self:
        """Everything that actions and pages of one engagement need, in one query."""
        return self.for_list().select_related(
            "voucher__engagement_type__offering__program",
            "voucher__project_manager",
            "reservation__partner",
        )


class Engagement(models.Model):
    """The planned and delivered work of one reservation."""

    reservation = models.OneToOneField(
        Reservation,
        on_delete=models.PROTECT,
        related_name="engagement",
        verbose_name=_("reservation"),
    )
    voucher = models.ForeignKey(
        Voucher,
        on_delete=models.PROTECT,
        related_name="engagements",
        verbose_name=_("voucher"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("lead consultant"),
    )
    starts_on = DayColumn(_("first day"))
    ends_on = DayColumn(_("last day"))
    state = FSMField(
        _("state"),
        choices=EngagementState,
        default=EngagementState.SCHEDULED,
        protected=True,
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = EngagementQuerySet.as_manager()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="engagement_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EngagementState.values),
                name="engagement_state_is_known",
            ),
            # What its report, and the lines of payment requests, are tied to.
            models.UniqueConstraint(
                fields=["id", "customer", "partner"], name="engagement_of_parties"
            ),
            models.UniqueConstraint(
                fields=["id", "voucher", "partner"], name="engagement_of_voucher"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-created_at", "-id"], name="engagement_by_customer"
            ),
            models.Index(
                fields=["partner", "-created_at", "-id"], name="engagement_by_partner"
            ),
            # What is to be reported, beside all that was.
            models.Index(
                fields=["partner", "ends_on"],
                condition=Q(state=EngagementState.SCHEDULED.value),
                name="engagement_to_report",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=ENGAGEMENT_MOVES)
        ]

    audit_names = {"lead": (Side.PARTNER, Side.CUSTOMER, Side.SPONSOR)}
    audit_sentences = {
        "engagement.scheduled": _("scheduled the engagement"),
        "engagement.moved": _("changed the dates"),
        "engagement.lead_changed": _("named another lead consultant"),
        "engagement.reported": _("filed the completion report"),
        "engagement.redeemed": _("redeemed the voucher"),
        "engagement.called_off": _("called the engagement off"),
    }

    def __str__(self) -> str:
        return _("Engagement for %(number)s") % {"number": self.voucher.number}

    @property
    def parties(self) -> list[int | None]:
        return [self.customer_id, self.partner_id]

    @property
    def last_day_to_invoice(self) -> date | None:
        """Return the last day to request payment, once it is redeemed [DPS21]."""
        if self.voucher.redeemed_at is None:
            return None
        redeemed_on = clock.day_of(self.voucher.redeemed_at, self.partner.time_zone)
        window = self.voucher.engagement_type.offering.days_to_invoice
        return redeemed_on + timedelta(days=window)

    def url_for(self, organization: Organization) -> str:
        """Return the engagement's page as one of its parties sees it."""
        return reverse("engagements:detail", args=[organization.slug, self.pk])

    @move(
        source=EngagementState.SCHEDULED,
        target=EngagementState.REPORTED,
        conditions=[is_delivered],
    )
    def report(self) -> None:
        """Note that the completion report and the deliverable are filed."""

    @move(
        source=[EngagementState.SCHEDULED, EngagementState.REPORTED],
        target=EngagementState.CALLED_OFF,
    )
    def call_off(self) -> None:
        """Close an engagement whose reservation has ended."""


class DeliverableKind(models.TextChoices):
    """The customer planning deliverables that count [PSPOL]."""

    FINDINGS = "findings", _("Findings and recommendations")
    VISION = "vision", _("Vision and scope")
    BRIEF = "brief", _("Solution brief")
    OAI = "oai", _("OAI report")
    PLAN = "plan", _("Custom plan")


class CompletionReportQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"
    manager_path = "engagement__voucher__project_manager"

    def of(self, engagement: Engagement) -> Any:
        """Return an engagement's report, once it is filed."""
        filed = self.select_related("deliverable", "filed_by", "partner")
        return filed.filter(engagement=engagement).first()


class CompletionReport(ExplainedConstraints):
    """What was delivered, filed once with the customer's deliverable."""

    refusals = {
        "report_has_days": (
            "days_on_site",
            _("Give at least one day, on site or off site."),
        )
    }

    engagement = models.OneToOneField(
        Engagement,
        on_delete=models.PROTECT,
        related_name="completion_report",
        verbose_name=_("engagement"),
    )
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    days_on_site = models.PositiveSmallIntegerField(_("days on site"))
    days_off_site = models.PositiveSmallIntegerField(_("days off site"), default=0)
    summary = models.TextField(_("summary"))
    next_steps = models.TextField(_("recommended next steps"))
    deliverable_kind = models.CharField(
        _("kind of deliverable"), max_length=10, choices=DeliverableKind
    )
    deliverable = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("deliverable"),
    )
    accepted_by = models.CharField(_("accepted for the customer by"), max_length=120)
    accepted_on = DayColumn(_("accepted on"))
    # The voucher is the whole price, travel included; policies are kept. [PS-PROC]
    no_extra_charge = models.BooleanField(_("nothing extra was charged"))
    policies_met = models.BooleanField(_("the program's policies were met"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("filed by"),
    )
    filed_at = models.DateTimeField(_("filed at"))

    objects = CompletionReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion report")
        verbose_name_plural = _("completion reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(days_on_site__gt=0) | Q(days_off_site__gt=0),
                name="report_has_days",
            ),
            models.CheckConstraint(
                condition=Q(no_extra_charge=True, policies_met=True),
                name="report_declares_both",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return _("Completion report for %(number)s") % {
            "number": self.engagement.voucher.number
        }

    @property
    def days(self) -> int:
        return self.days_on_site + self.days_off_site
