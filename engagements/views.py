"""Pages of engagements: the list, the dates, the report, the redemption."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from engagements.forms import (
    DatesForm,
    EngagementFilter,
    LeadForm,
    ReportForm,
    ScheduleForm,
)
from engagements.models import CompletionReport, Engagement
from engagements.presentation import engagements
from engagements.presentation import schedules as schedule_presentation
from engagements.services import (
    notifications,
    redemptions,
    reports,
)
from engagements.services import (
    schedules as schedule_services,
)
from portal import clock, drafts
from portal.audit import timeline
from portal.findings import unmet_findings
from portal.lists import page_of
from portal.roles import Side
from portal.web import Request, member, refusals_shown
from vouchers.models import Voucher
from vouchers.presentation import vouchers


def find(request: Request, pk: int) -> Engagement:
    own_engagements = Engagement.objects.visible_to(request.actor).with_details()
    engagement: Engagement = get_object_or_404(own_engagements, pk=pk)
    return engagement


def to_detail(request: Request, engagement: Engagement) -> HttpResponse:
    return redirect(engagement.url_for(request.organization))


def today(request: Request) -> date:
    return clock.today(request.organization.time_zone)


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    rows = Engagement.objects.visible_to(request.actor).for_list()
    filters = EngagementFilter(request.GET, rows)
    context = {"page": page_of(filters.qs, request), "filters": filters}
    return render(request, "engagements/index.html", context)


@member(*notifications.DELIVERERS, side=Side.PARTNER)
def schedule(request: Request, number: str) -> HttpResponse:
    own_vouchers = Voucher.objects.visible_to(request.actor).for_list()
    voucher = get_object_or_404(own_vouchers, number=number)
    candidates = schedule_presentation.candidates_for(
        request.organization, voucher.engagement_type, today(request)
    )
    form = ScheduleForm(
        request.POST or None,
        candidates=candidates,
        initial={"lead": request.user.pk},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            engagement = schedule_services.schedule(
                voucher, **form.cleaned_data, by=request.actor
            )
            messages.success(
                request, _("The engagement is scheduled. The customer is told.")
            )
            return to_detail(request, engagement)
    context = {"form": form, "voucher": voucher, "candidates": candidates}
    return render(request, "engagements/schedule.html", context)


@require_safe
@member()
def detail(request: Request, pk: int) -> HttpResponse:
    engagement = find(request, pk)
    reports = CompletionReport.objects.visible_to(request.actor)
    report: CompletionReport | None = reports.of(engagement)
    context = {
        "engagement": engagement,
        "facts": engagements.facts_of(engagement, request.organization),
        "report": report,
        "report_facts": engagements.report_facts(report) if report else [],
        "can_move": engagements.can_move(engagement, request.actor),
        "step": engagements.next_step(engagement, request.actor),
        "promise": vouchers.promise_of(engagement.reservation),
        "shows_rate": request.organization.is_partner,
        "timeline": timeline(engagement, request.actor),
    }
    return render(request, "engagements/detail.html", context)


@member(*notifications.DELIVERERS, side=Side.PARTNER)
def dates(request: Request, pk: int) -> HttpResponse:
    engagement = find(request, pk)
    now = {"starts_on": engagement.starts_on, "ends_on": engagement.ends_on}
    form = DatesForm(request.POST or None, initial=now)
    if form.is_valid():
        with refusals_shown(request, form):
            schedule_services.move_dates(
                engagement, **form.cleaned_data, by=request.actor
            )
            messages.success(request, _("The dates are changed. The customer is told."))
            return to_detail(request, engagement)
    return render(
        request, "engagements/dates.html", {"form": form, "engagement": engagement}
    )


@member(*notifications.DELIVERERS, side=Side.PARTNER)
def lead(request: Request, pk: int) -> HttpResponse:
    """Let another colleague lead."""
    engagement = find(request, pk)
    candidates = schedule_presentation.candidates_for(
        request.organization, engagement.voucher.engagement_type, engagement.starts_on
    )
    form = LeadForm(
        request.POST or None,
        candidates=candidates,
        initial={"lead": engagement.lead_id},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            schedule_services.give_lead(
                engagement, **form.cleaned_data, by=request.actor
            )
            messages.success(
                request, _("The lead consultant is changed. The customer is told.")
            )
            return to_detail(request, engagement)
    context = {"form": form, "engagement": engagement, "candidates": candidates}
    return render(request, "engagements/lead.html", context)


@member(*notifications.DELIVERERS, side=Side.PARTNER)
def report(request: Request, pk: int) -> HttpResponse:
    engagement = find(request, pk)
    fewer = engagement.voucher.program.allows_fewer_days
    form = ReportForm(*drafts.form_data(request), fewer=fewer)
    if form.is_valid():
        with refusals_shown(request, form):
            reports.file_report(
                engagement,
                form.instance,
                form.cleaned_data["deliverable"],
                by=request.actor,
            )
            messages.success(
                request, _("The report is filed. Next: redeem the voucher.")
            )
            return to_detail(request, engagement)
    drafts.keep_files(request, form)
    context = {
        "form": form,
        "engagement": engagement,
        "obstacles": unmet_findings(schedule_services.check_report(engagement)),
    }
    return render(request, "engagements/report.html", context)


@member(*notifications.DELIVERERS, side=Side.PARTNER)
def redeem(request: Request, pk: int) -> HttpResponse:
    engagement = find(request, pk)
    if request.method != "POST":
        report = CompletionReport.objects.visible_to(request.actor).of(engagement)
        days = report.days if report else engagement.voucher.days
        context = {
            "engagement": engagement,
            "obstacles": unmet_findings(schedule_services.check_redemption(engagement)),
            "days": days,
            "rest": engagement.voucher.days - days,
        }
        return render(request, "engagements/redeem.html", context)
    with refusals_shown(request):
        redemptions.redeem(engagement, by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is redeemed. Next: request its payment.")
            % {"number": engagement.voucher.number},
        )
    return to_detail(request, engagement)
