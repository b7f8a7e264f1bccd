"""One voucher's own page, as each of its parties reads it."""

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import clock
from portal.audit import timeline
from portal.findings import all_hold
from portal.lists import ListFilter, page_of, refused_export
from portal.models import SavedAddress
from portal.models.organizations import country_name
from portal.registry import panels_for
from portal.roles import Side
from portal.row_fields import sent_form, typed_before
from portal.spreadsheets.downloads import FileFormat
from portal.spreadsheets.tables import ListSource
from portal.tenancy import also_for
from portal.views.table_exports import hand_out, in_organization
from portal.web import Request, member, refusals_shown
from vouchers.forms.vouchers import CreateForm
from vouchers.models import Voucher
from vouchers.models.queries import VoucherRow
from vouchers.presentation import exports
from vouchers.presentation import vouchers as voucher_presentation
from vouchers.services import reservations, roles
from vouchers.services import vouchers as voucher_services


@require_safe
@member()
def detail(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    reader = request.organization
    # What was held is both parties' to read, with what moved the last day at once.
    with also_for(*voucher.parties) if voucher.is_held else nullcontext():
        reservation = reservations.live_reservation(voucher)
        extensions = voucher_presentation.extensions_of(voucher)
    return show(
        request,
        "detail",
        voucher,
        stages=voucher_presentation.stages_of(voucher),
        health=voucher_presentation.health_of(voucher, reader),
        is_owner=request.actor.has(*roles.OWNERS),
        ways=voucher_presentation.ways_for(voucher, request.actor),
        panels=panels_for(settings.VOUCHER_PANELS, voucher, request.actor),
        facts=voucher_presentation.facts_of(voucher, reader),
        hold=voucher_presentation.hold_of(reservation) if reservation else [],
        promise=voucher_presentation.promise_of(reservation),
        shows_rate=reader.is_partner,
        extensions=extensions,
        last_days=voucher_presentation.last_days_of(voucher),
        timeline=timeline(voucher, request.actor),
    )


@require_safe
@member()
def index(request: Request) -> HttpResponse:
    filters = exports.voucher_filter(request.actor, request.GET)
    lines = filters.qs.lines(request.actor.kind)
    saved = SavedAddress.objects.visible_to(request.actor)
    context = {
        "page": page_of(lines, request, shape=VoucherRow.of),
        "filters": filters,
        "saved": saved.of(request.actor.person, "vouchers:index"),
        "is_owner": request.actor.has(*roles.OWNERS),
        "is_holder": request.actor.has(*roles.HOLDERS),
    }
    return render(request, "vouchers/index.html", context)


@require_safe
@member()
def export_csv(request: Request) -> HttpResponseBase:
    """Hand out all that the list shows under the same address."""
    return shown_vouchers(request, FileFormat.CSV)


@member()
def export_xlsx(request: Request) -> HttpResponseBase:
    """Hand out the list as a workbook, or have a long one made."""
    return shown_vouchers(request, FileFormat.XLSX)


def shown_vouchers(request: Request, file_format: FileFormat) -> HttpResponseBase:
    filters = exports.voucher_filter(request.actor, request.GET)
    page = reverse("vouchers:index", args=[request.organization.slug])
    return list_of(request, exports.VOUCHERS, filters, page, file_format)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def create(request: Request) -> HttpResponse:
    """Make one voucher, or several after a look at what was typed."""
    # The outlook leads here for one agreement.
    initial = {
        "agreement": request.GET.get("agreement", ""),
        **typed_before(request.POST),
    }
    form = CreateForm(sent_form(request.POST), by=request.actor, initial=initial)
    if form.is_valid() and request.POST.get("step") != "change":
        with refusals_shown(request, form):
            return create_vouchers(request, form)
    context = {
        "form": form,
        "endings": voucher_presentation.last_days_to_create(form.engagement_types),
    }
    return render(request, "vouchers/create.html", context)


def create_vouchers(request: Request, form: CreateForm) -> HttpResponse:
    """Make what was typed; several vouchers are checked first, on a page."""
    answered, specs = form.cleaned_data, form.specs()
    agreement, days = answered["agreement"], sum(spec.days for spec in specs)
    if len(specs) > 1 and request.POST.get("step") != "make":
        voucher_services.check_creation(agreement, specs, by=request.actor)
        context = {"form": form, "rows": answers(form), "days": days}
        return render(request, "vouchers/create_check.html", context)
    batch = voucher_services.create(
        agreement, specs, by=request.actor, ticket=answered["ticket"]
    )
    vouchers = voucher_services.made_in(batch).order_by("pk")
    messages.success(request, created_message(list(vouchers)))
    if len(specs) > 1:
        return redirect("vouchers:index", request.organization.slug)
    page = "vouchers:detail" if answered["project_manager"] else "vouchers:assign"
    return redirect(page, request.organization.slug, vouchers[0].number)


def answers(form: CreateForm) -> list[tuple[str, object]]:
    """List what was given, for a last look."""
    given = form.cleaned_data
    rows = [
        ("agreement", given["agreement"].in_full),
        ("engagement_type", given["engagement_type"]),
        ("days", given["days"]),
        ("count", given["count"]),
        ("country", country_name(given["country"])),
        ("label", given["label"]),
        ("project_manager", given["project_manager"] or _("Assign later")),
        ("partner", given["partner"] or _("Any eligible partner")),
    ]
    return [(str(form.fields[name].label), value) for name, value in rows]


def created_message(vouchers: list[Voucher]) -> str:
    """Say what was made; of many the number only."""
    if len(vouchers) == 1:
        return _("Voucher %(number)s is created.") % {"number": vouchers[0]}
    return _("%(count)s vouchers are created.") % {"count": len(vouchers)}


@member(*roles.OWNERS, side=Side.CUSTOMER)
def cancel(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "cancel", voucher)
    with refusals_shown(request):
        voucher_services.cancel([voucher], by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is cancelled; its days are back in the pool.")
            % {"number": voucher},
        )
    return to_detail(request, voucher)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def reissue(request: Request, number: str) -> HttpResponse:
    """Show whether an expired voucher can be reissued, and do it."""
    voucher = find(request, number)
    if request.method == "POST":
        with refusals_shown(request):
            replacement = voucher_services.reissue(voucher, by=request.actor)
            messages.success(
                request,
                _("Voucher %(number)s is made in the place of the expired one.")
                % {"number": replacement},
            )
            return to_detail(request, replacement)
    findings = voucher_services.check_reissue(voucher, voucher.agreement)
    return show(request, "reissue", voucher, findings=findings, can=all_hold(findings))


def find(request: Request, number: str) -> Voucher:
    vouchers = Voucher.objects.visible_to(request.actor).with_details()
    voucher: Voucher = get_object_or_404(vouchers, number=number)
    return voucher


def to_detail(request: Request, voucher: Voucher) -> HttpResponse:
    return HttpResponseRedirect(voucher.url_for(request.organization))


def show(request: Request, page: str, voucher: Voucher, **context: Any) -> HttpResponse:
    """Show a page about one voucher, with the way back to it."""
    frame = {"voucher": voucher, "page_url": voucher.url_for(request.organization)}
    return render(request, f"vouchers/{page}.html", {**frame, **context})


def list_of(
    request: Request,
    source: ListSource,
    filters: ListFilter,
    page: str,
    file_format: FileFormat,
) -> HttpResponseBase:
    """Hand out a list, unless one of its filters makes no sense."""
    refused: HttpResponse | None = refused_export(request, filters, page)
    return refused or hand_out(
        request,
        source,
        file_format,
        table_name(request, source.name),
        in_organization(request, page),
    )


def table_name(request: Request, name: str) -> str:
    """Name a table after what it holds, for whom and of which day."""
    day = clock.today(request.organization.time_zone)
    return f"{name}-{request.organization.slug}-{day}"
