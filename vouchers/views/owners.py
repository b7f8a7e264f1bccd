"""What a customer does with its vouchers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.findings import all_hold
from portal.models.organizations import country_name
from portal.roles import Kind
from portal.web import Request, member, refusals_shown
from vouchers import services
from vouchers.endings import endings_of
from vouchers.forms.owners import AssignForm, CreateForm
from vouchers.models import Voucher
from vouchers.views.shared import find, show, to_detail


@member(*services.OWNERS, side=Kind.CUSTOMER)
def create(request: Request) -> HttpResponse:
    """Make one voucher, or several after a look at what was typed."""
    # The outlook leads here for one agreement.
    chosen = {"agreement": request.GET.get("agreement", "")}
    form = CreateForm(request.POST or None, by=request.actor, initial=chosen)
    if form.is_valid() and request.POST.get("step") != "change":
        with refusals_shown(request, form):
            return created(request, form)
    context = {"form": form, "endings": endings_of(form.engagement_types)}
    return render(request, "vouchers/create.html", context)


def created(request: Request, form: CreateForm) -> HttpResponse:
    """Make what was typed; several vouchers are checked first, on a page."""
    typed, wanted = form.cleaned_data, form.wanted()
    agreement, days = typed["agreement"], sum(each.days for each in wanted)
    if len(wanted) > 1 and request.POST.get("step") != "make":
        services.check_creation(agreement, wanted, by=request.actor)
        context = {"form": form, "rows": answers(form), "days": days}
        return render(request, "vouchers/create_check.html", context)
    batch = services.create_many(
        agreement, wanted, by=request.actor, ticket=typed["ticket"]
    )
    vouchers = services.made_in(batch).order_by("pk")
    messages.success(request, said(list(vouchers)))
    if len(wanted) > 1:
        return redirect("vouchers:index", request.organization.slug)
    page = "vouchers:detail" if typed["project_manager"] else "vouchers:assign"
    return redirect(page, request.organization.slug, vouchers[0].number)


def answers(form: CreateForm) -> list[tuple[str, object]]:
    """List what was typed, for a last look."""
    typed = form.cleaned_data
    rows = [
        ("agreement", typed["agreement"].in_full),
        ("engagement_type", typed["engagement_type"]),
        ("days", typed["days"]),
        ("count", typed["count"]),
        ("country", country_name(typed["country"])),
        ("label", typed["label"]),
        ("project_manager", typed["project_manager"] or _("Assign later")),
        ("partner", typed["partner"] or _("Any eligible partner")),
    ]
    return [(str(form.fields[name].label), value) for name, value in rows]


def said(vouchers: list[Voucher]) -> str:
    """Say what was made; of many the number only."""
    if len(vouchers) == 1:
        return _("Voucher %(number)s is created.") % {"number": vouchers[0]}
    return _("%(count)s vouchers are created.") % {"count": len(vouchers)}


@member(*services.OWNERS, side=Kind.CUSTOMER)
def assign(request: Request, number: str) -> HttpResponse:
    """Give a voucher to people, the first time or to others."""
    voucher = find(request, number)
    form = AssignForm(request.POST or None, voucher=voucher)
    if form.is_valid():
        with refusals_shown(request, form):
            services.assign(voucher, **form.cleaned_data, by=request.actor)
            messages.success(
                request, _("Voucher %(number)s is assigned.") % {"number": voucher}
            )
            return to_detail(request, voucher)
    return show(request, "assign", voucher, form=form)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def recall(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "recall", voucher)
    with refusals_shown(request):
        services.recall(voucher, by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is no longer assigned.") % {"number": voucher},
        )
    return to_detail(request, voucher)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def cancel(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "cancel", voucher)
    with refusals_shown(request):
        services.cancel(voucher, by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is cancelled; its days are back in the pool.")
            % {"number": voucher},
        )
    return to_detail(request, voucher)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def reissue(request: Request, number: str) -> HttpResponse:
    """Show whether an expired voucher can be reissued, and do it."""
    voucher = find(request, number)
    if request.method == "POST":
        with refusals_shown(request):
            made = services.reissue(voucher, by=request.actor)
            messages.success(
                request,
                _("Voucher %(number)s is made in the place of the expired one.")
                % {"number": made},
            )
            return to_detail(request, made)
    findings = services.findings_for_reissue(voucher, voucher.agreement)
    return show(request, "reissue", voucher, findings=findings, can=all_hold(findings))
