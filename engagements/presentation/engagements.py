"""What this app adds to a voucher's page: its engagement, or the way to schedule it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import can_proceed

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.services import notifications
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.findings import Text
from portal.models import Organization
from portal.registry import Panel
from vouchers.models import State, Voucher
from vouchers.presentation import vouchers
from vouchers.services import reservations


def for_voucher(voucher: Voucher, actor: Member) -> Panel | None:
    """Show the engagement of the voucher's present reservation."""
    if not voucher.is_held:
        return None
    planned = Engagement.objects.visible_to(actor).filter(
        voucher=voucher, reservation__released_at=None
    )
    engagement = planned.select_related("lead").first()
    if engagement:
        return Panel(
            _("Engagement"),
            [
                (_("State"), engagement.get_state_display()),
                (_("First day"), date_format(engagement.starts_on)),
                (_("Last day"), date_format(engagement.ends_on)),
                (_("Lead consultant"), engagement.lead),
            ],
            [(_("See the engagement"), engagement.url_for(actor.organization))],
        )
    return _to_schedule(voucher, actor)


def _to_schedule(voucher: Voucher, actor: Member) -> Panel | None:
    waits = voucher.state == State.RESERVED and voucher.suspended_at is None
    if not waits or not actor.has(*notifications.DELIVERERS):
        return None
    page = reverse(
        "engagements:schedule", args=[actor.organization.slug, voucher.number]
    )
    return Panel(
        _("Engagement"),
        [(_("Next"), _("Agree on the dates with the customer, then schedule."))],
        [(_("Schedule the engagement"), page)],
    )


Row = tuple[str, Any]


class EngagementStage(StrEnum):
    """How far an engagement and its voucher have come."""

    COMING = auto()
    TO_REPORT = auto()
    TO_REDEEM = auto()
    TO_INVOICE = auto()
    PAID = auto()
    CALLED_OFF = auto()


REPORTED = {
    State.RESERVED: EngagementStage.TO_REDEEM,
    State.REDEEMED: EngagementStage.TO_INVOICE,
    State.PAID: EngagementStage.PAID,
}


def stage_of(engagement: Engagement) -> EngagementStage:
    if engagement.state == EngagementState.SCHEDULED:
        return (
            EngagementStage.TO_REPORT
            if can_proceed(engagement.report)
            else EngagementStage.COMING
        )
    if engagement.state == EngagementState.REPORTED:
        return REPORTED[State(engagement.voucher.state)]
    return EngagementStage.CALLED_OFF


@dataclass(frozen=True)
class Plan:
    """What a stage asks for, in each party's words, until when, and on which page."""

    for_partner: Text
    for_customer: Text
    until: Callable[[Engagement], Deadline | None] = lambda _engagement: None
    label: Text = ""
    page: str = ""


def expiry(engagement: Engagement) -> Deadline:
    return Deadline(engagement.voucher.deadline, engagement.customer.time_zone)


def delivery(engagement: Engagement) -> Deadline:
    return Deadline(engagement.ends_on, engagement.partner.time_zone)


def window(engagement: Engagement) -> Deadline | None:
    last_day = engagement.last_day_to_invoice
    return clock.deadline(last_day, engagement.partner.time_zone)


PLANS = {
    EngagementStage.COMING: Plan(
        gettext_lazy("Deliver the engagement, then file the completion report."),
        gettext_lazy("The partner delivers the engagement and reports it after that."),
        until=delivery,
    ),
    EngagementStage.TO_REPORT: Plan(
        gettext_lazy("File the completion report with the customer's deliverable."),
        gettext_lazy("The partner files the completion report with your deliverable."),
        until=expiry,
        label=gettext_lazy("File the completion report"),
        page="engagements:report",
    ),
    EngagementStage.TO_REDEEM: Plan(
        gettext_lazy("The report is filed: redeem the voucher."),
        gettext_lazy(
            "Read the report and your deliverable. Next, the partner redeems the"
            " voucher."
        ),
        until=expiry,
        label=gettext_lazy("Redeem the voucher"),
        page="engagements:redeem",
    ),
    EngagementStage.TO_INVOICE: Plan(
        gettext_lazy("The voucher is redeemed: finance people request its payment."),
        gettext_lazy("Nothing is left for you to do. The sponsor pays the partner."),
        until=window,
    ),
    EngagementStage.PAID: Plan(
        gettext_lazy("Nothing is left to do: the voucher is paid."),
        gettext_lazy("Nothing is left to do: the partner is paid."),
    ),
    EngagementStage.CALLED_OFF: Plan(
        gettext_lazy("The reservation has ended, and the engagement with it."),
        gettext_lazy("The reservation has ended, and the engagement with it."),
    ),
}
STANDSTILL = gettext_lazy(
    "The voucher is suspended by the sponsor. What is planned or delivered stays as it"
    " is until the voucher is reactivated."
)
# The payment window is no business of the customer.
WINDOWS = {EngagementStage.TO_INVOICE}


@dataclass(frozen=True)
class EngagementStep:
    """What comes next: a sentence, until when, and a button for those who can do it."""

    sentence: Text
    until: Deadline | None
    label: Text = ""
    url: str = ""


def next_step(engagement: Engagement, actor: Member) -> EngagementStep:
    """Say what comes next, as one of the parties reads it."""
    if engagement.voucher.suspended_at is not None:
        return EngagementStep(STANDSTILL, None)
    stage = stage_of(engagement)
    plan = PLANS[stage]
    until = plan.until(engagement)
    if actor.organization.is_customer:
        return EngagementStep(plan.for_customer, None if stage in WINDOWS else until)
    if not plan.page or not actor.has(*notifications.DELIVERERS):
        return EngagementStep(plan.for_partner, until)
    url = reverse(plan.page, args=[actor.organization.slug, engagement.pk])
    return EngagementStep(plan.for_partner, until, plan.label, url)


def can_move(engagement: Engagement, actor: Member) -> bool:
    """Tell whether the reader may still change the dates."""
    return engagement.state == EngagementState.SCHEDULED and actor.has(
        *notifications.DELIVERERS
    )


def facts_of(engagement: Engagement, reader: Organization) -> list[Row]:
    """List the facts of an engagement as one of its parties reads them."""
    voucher = engagement.voucher
    link = format_html(
        '<a class="code" href="{}">{}</a>', voucher.url_for(reader), voucher.number
    )
    other: Row = (
        (_("Customer"), engagement.customer)
        if reader.is_partner
        else (_("Partner"), engagement.partner)
    )
    return [
        (_("Voucher"), link),
        (_("Engagement type"), voucher.engagement_type),
        other,
        (_("Project manager"), voucher.project_manager),
        (_("Lead consultant"), engagement.lead),
        (_("Days"), vouchers.days_of(voucher)),
        (_("Country of delivery"), voucher.country_name),
        (_("First day"), date_format(engagement.starts_on)),
        (_("Last day"), date_format(engagement.ends_on)),
        (_("Redeem by"), date_format(voucher.deadline)),
        (_("Terms"), reservations.terms_of(engagement.reservation_id)),
    ]


def paragraphs(text: str) -> SafeString:
    return render_to_string("partials/paragraphs.html", {"text": text})


def report_facts(report: CompletionReport) -> list[Row]:
    """List what a completion report says."""
    filed_on = clock.day_on_page(report.filed_at)
    return [
        (_("Filed"), f"{date_format(filed_on)}, {report.filed_by}"),
        (_("Days on site"), str(report.days_on_site)),
        (_("Days off site"), str(report.days_off_site)),
        (_("Kind of deliverable"), report.get_deliverable_kind_display()),
        (_("Accepted for the customer"), _acceptance_text(report)),
        (_("Summary"), paragraphs(report.summary)),
        (_("Recommended next steps"), paragraphs(report.next_steps)),
    ]


def _acceptance_text(report: CompletionReport) -> str:
    return f"{report.accepted_by}, {date_format(report.accepted_on)}"
