"""What a customer does with several vouchers of the list at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from portal.findings import Text
from portal.models import User
from portal.roles import Side
from portal.row_fields import sent_form, typed_before
from portal.spreadsheets.downloads import FileFormat, download_for
from portal.states import why_not
from portal.text import parse_int
from portal.web import Request, member, refusals_shown
from vouchers.forms.assignment import AssignForm, HandOverVouchersForm, PeopleForm
from vouchers.models import Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.services import assignment, exports, roles
from vouchers.services import vouchers as voucher_services
from vouchers.services.assignment import Assignee
from vouchers.views.vouchers import find, show, table_name, to_detail


@member(*roles.OWNERS, side=Side.CUSTOMER)
def assign(request: Request, number: str) -> HttpResponse:
    """Assign a voucher to people, the first time or to others."""
    voucher = find(request, number)
    form = AssignForm(
        sent_form(request.POST), voucher=voucher, initial=typed_before(request.POST)
    )
    if form.is_valid():
        with refusals_shown(request, form):
            assignment.assign(
                [voucher], Assignee(**form.cleaned_data), by=request.actor
            )
            messages.success(
                request, _("Voucher %(number)s is assigned.") % {"number": voucher}
            )
            return to_detail(request, voucher)
    return show(request, "assign", voucher, form=form)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def recall(request: Request, number: str) -> HttpResponse:
    voucher = find(request, number)
    if request.method != "POST":
        return show(request, "recall", voucher)
    with refusals_shown(request):
        assignment.recall([voucher], by=request.actor)
        messages.success(
            request,
            _("Voucher %(number)s is no longer assigned.") % {"number": voucher},
        )
    return to_detail(request, voucher)


# More than a page of the list shows.
MOST = 200


@dataclass(frozen=True)
class Choice:
    """The chosen vouchers: those to which an action can be done, and why not.

    ``refused`` are pairs of a voucher and a sentence.
    """

    able: list[Voucher]
    refused: list[tuple[Voucher, str]]


def choice_of(request: Request, move: str) -> Choice:
    """Return the chosen vouchers, split by whether they can make a move."""
    data = request.POST or request.GET
    vouchers = vouchers_numbered(request, data.getlist("number")[:MOST])
    refusals = [(voucher, why_not(voucher, move)) for voucher in vouchers]
    return Choice(
        [voucher for voucher, refusal in refusals if not refusal],
        [(voucher, refusal) for voucher, refusal in refusals if refusal],
    )


def vouchers_numbered(request: Request, numbers: list[str]) -> VoucherQuerySet:
    vouchers = Voucher.objects.visible_to(request.actor).filter(number__in=numbers)
    rows: VoucherQuerySet = vouchers.with_details().order_by("-created_at", "-pk")
    return rows


def to_index(request: Request) -> HttpResponse:
    return redirect("vouchers:index", request.organization.slug)


def say_nothing_chosen(request: Request) -> HttpResponse:
    messages.warning(request, _("Choose at least one voucher."))
    return to_index(request)


@dataclass(frozen=True)
class BulkAction:
    """An action on many vouchers that needs no more words than a confirmation."""

    move: str
    do: Callable[..., int]
    title: Text
    button: Text
    done: Text
    tone: str = "primary"


RECALL = BulkAction(
    "recall",
    assignment.recall,
    gettext_lazy("Take assignments back"),
    gettext_lazy("Take the assignments back"),
    gettext_lazy("Vouchers that are no longer assigned: %(count)s."),
)
CANCEL = BulkAction(
    "cancel",
    voucher_services.cancel,
    gettext_lazy("Cancel vouchers"),
    gettext_lazy("Cancel the vouchers"),
    gettext_lazy("Vouchers cancelled, with their days back in the pool: %(count)s."),
    tone="danger",
)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def recall_many(request: Request) -> HttpResponse:
    return confirm_action(request, RECALL)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def cancel_many(request: Request) -> HttpResponse:
    return confirm_action(request, CANCEL)


def confirm_action(request: Request, action: BulkAction) -> HttpResponse:
    """Show what will happen and what cannot, and do it when that is confirmed."""
    if request.method == "POST":
        with refusals_shown(request):
            rows = vouchers_numbered(request, request.POST.getlist("number"))
            count = action.do(rows, by=request.actor)
            messages.success(request, str(action.done) % {"count": count})
            return to_index(request)
    choice = choice_of(request, action.move)
    if not (choice.able or choice.refused):
        return say_nothing_chosen(request)
    return show_choice(
        request, choice, title=action.title, button=action.button, tone=action.tone
    )


def show_choice(request: Request, choice: Choice, **context: Any) -> HttpResponse:
    days = sum(voucher.days for voucher in choice.able)
    frame = {"able": choice.able, "refused": choice.refused, "days": days}
    return render(request, "vouchers/many.html", {**frame, **context})


@member(*roles.OWNERS, side=Side.CUSTOMER)
def assign_many(request: Request) -> HttpResponse:
    """Assign several vouchers to the same people."""
    choice = choice_of(request, "assign")
    if not (choice.able or choice.refused):
        return say_nothing_chosen(request)
    form = PeopleForm(
        sent_form(request.POST),
        initial=typed_before(request.POST),
        customer=request.organization,
        vouchers=choice.able,
    )
    if form.is_valid():
        to = Assignee(**form.cleaned_data)
        with refusals_shown(request, form):
            rows = vouchers_numbered(request, request.POST.getlist("number"))
            count = assignment.assign(rows, to, by=request.actor)
            messages.success(
                request, _("Vouchers assigned: %(count)s.") % {"count": count}
            )
            return to_index(request)
    title, button = _("Assign vouchers"), _("Assign the vouchers")
    return show_choice(request, choice, title=title, button=button, form=form)


@require_safe
@member(*roles.OWNERS, side=Side.CUSTOMER)
def download(request: Request) -> HttpResponseBase:
    """Hand out the chosen vouchers as a table."""
    rows = vouchers_numbered(request, request.GET.getlist("number")[:MOST])
    if not rows:
        return say_nothing_chosen(request)
    pieces = exports.VOUCHERS.as_csv(rows, request.actor)
    name = table_name(request, "vouchers")
    return download_for(request.actor, name, pieces, FileFormat.CSV)


@member(*roles.OWNERS, side=Side.CUSTOMER)
def hand_over(request: Request) -> HttpResponse:
    """List who manages open vouchers, and give one person's to a colleague."""
    work = assignment.open_work(request.actor)
    key = parse_int(request.GET.get("person", ""))
    if key is None:
        return render(request, "vouchers/hand_over.html", {"work": work})
    people = User.objects.filter(pk__in=[person.pk for person, _count, _here in work])
    person = get_object_or_404(people, pk=key)
    rows = assignment.work_of(person, by=request.actor)
    managers = assignment.managers_of(request.organization).exclude(pk=person.pk)
    count = rows.count()
    form = HandOverVouchersForm(
        sent_form(request.POST),
        managers=managers,
        count=count,
        initial=typed_before(request.POST),
    )
    if form.is_valid():
        # Another attempt is about what is shown then.
        form.data = {**request.POST.dict(), "expected": str(count)}
        with refusals_shown(request, form):
            to = form.cleaned_data["to"]
            count = assignment.hand_over(rows, **form.cleaned_data, by=request.actor)
            messages.success(request, handed_over(count, to))
            return redirect("vouchers:hand_over", request.organization.slug)
    context = {
        "person": person,
        "form": form,
        "count": count,
        "vouchers": rows.for_list().order_by("expires_on", "pk")[:MOST],
    }
    return render(request, "vouchers/hand_over_person.html", context)


def handed_over(count: int, to: User) -> str:
    sentence = ngettext(
        "%(name)s manages %(count)s more voucher.",
        "%(name)s manages %(count)s more vouchers.",
        count,
    )
    return sentence % {"name": to, "count": count}
