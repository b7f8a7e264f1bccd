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
from portal.roles import Kind
from portal.sheets import Form
from portal.states import why_not
from portal.web import Request, member, parse_int, refusals_shown
from vouchers import services
from vouchers.forms.many import HandOverForm, PeopleForm
from vouchers.models import Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.views.shared import table_of

# More than a page of the list shows.
MOST = 200


@dataclass(frozen=True)
class Choice:
    """The vouchers that somebody chose: those to which a deed can be done, and why not.

    ``refused`` are pairs of a voucher and a sentence.
    """

    able: list[Voucher]
    refused: list[tuple[Voucher, str]]


def chosen(request: Request, reasons: Callable[[list[Voucher]], dict]) -> Choice:
    """Find what was chosen and hold it against a deed."""
    asked = request.POST or request.GET
    vouchers = list(named(request, asked.getlist("number")[:MOST]))
    refused = reasons(vouchers)
    return Choice(
        [each for each in vouchers if each.pk not in refused],
        [(each, refused[each.pk]) for each in vouchers if each.pk in refused],
    )


def named(request: Request, numbers: list[str]) -> VoucherQuerySet:
    mine = Voucher.objects.visible_to(request.actor).filter(number__in=numbers)
    found: VoucherQuerySet = mine.whole().order_by("-created_at", "-pk")
    return found


def to_index(request: Request) -> HttpResponse:
    return redirect("vouchers:index", request.organization.slug)


def nothing_chosen(request: Request) -> HttpResponse:
    messages.warning(request, _("Choose at least one voucher."))
    return to_index(request)


@dataclass(frozen=True)
class Deed:
    """A deed on many vouchers that needs no more words than a confirmation."""

    act: Callable[[Voucher], None]
    do: Callable[..., int]
    title: Text
    button: Text
    done: Text
    tone: str = "primary"


RECALL = Deed(
    services.recalling,
    services.recall_many,
    gettext_lazy("Take assignments back"),
    gettext_lazy("Take the assignments back"),
    gettext_lazy("Vouchers that are no longer assigned: %(count)s."),
)
CANCEL = Deed(
    services.cancelling,
    services.cancel_many,
    gettext_lazy("Cancel vouchers"),
    gettext_lazy("Cancel the vouchers"),
    gettext_lazy("Vouchers cancelled, with their days back in the pool: %(count)s."),
    tone="danger",
)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def recall(request: Request) -> HttpResponse:
    return confirmed(request, RECALL)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def cancel(request: Request) -> HttpResponse:
    return confirmed(request, CANCEL)


def confirmed(request: Request, deed: Deed) -> HttpResponse:
    """Show what will happen and what cannot, and do it when that is confirmed."""
    if request.method == "POST":
        with refusals_shown(request):
            rows = named(request, request.POST.getlist("number"))
            count = deed.do(rows, by=request.actor)
            messages.success(request, str(deed.done) % {"count": count})
            return to_index(request)
    choice = chosen(request, lambda rows: services.against(rows, deed.act))
    if not (choice.able or choice.refused):
        return nothing_chosen(request)
    return show(request, choice, title=deed.title, button=deed.button, tone=deed.tone)


def show(request: Request, choice: Choice, **context: Any) -> HttpResponse:
    days = sum(each.days for each in choice.able)
    frame = {"able": choice.able, "refused": choice.refused, "days": days}
    return render(request, "vouchers/many.html", {**frame, **context})


@member(*services.OWNERS, side=Kind.CUSTOMER)
def assign(request: Request) -> HttpResponse:
    """Give several vouchers to the same people."""
    choice = chosen(request, not_assignable)
    if not (choice.able or choice.refused):
        return nothing_chosen(request)
    form = PeopleForm(
        request.POST or None,
        managers=services.managers_of(request.organization),
        partners=services.eligible_for_all(choice.able),
    )
    if form.is_valid():
        to = services.To(**form.cleaned_data)
        with refusals_shown(request, form):
            rows = named(request, request.POST.getlist("number"))
            count = services.assign_many(rows, lambda _each: to, by=request.actor)
            messages.success(
                request, _("Vouchers assigned: %(count)s.") % {"count": count}
            )
            return to_index(request)
    title, button = _("Assign vouchers"), _("Assign the vouchers")
    return show(request, choice, title=title, button=button, form=form)


def not_assignable(vouchers: list[Voucher]) -> dict[int, str]:
    """Give why vouchers cannot be assigned to anybody."""
    found = {each.pk: why_not(each, "assign") for each in vouchers}
    return {key: reason for key, reason in found.items() if reason}


@require_safe
@member(*services.OWNERS, side=Kind.CUSTOMER)
def download(request: Request) -> HttpResponseBase:
    """Hand out the chosen vouchers as a table."""
    rows = named(request, request.GET.getlist("number")[:MOST])
    if not rows:
        return nothing_chosen(request)
    pieces = services.as_csv(rows, request.actor)
    return table_of(request, "vouchers", Form.CSV, pieces)


@member(*services.OWNERS, side=Kind.CUSTOMER)
def hand_over(request: Request) -> HttpResponse:
    """List who manages open vouchers, and give one person's to a colleague."""
    work = services.open_work(request.actor)
    key = parse_int(request.GET.get("person", ""))
    if key is None:
        return render(request, "vouchers/hand_over.html", {"work": work})
    people = User.objects.filter(pk__in=[person.pk for person, _count, _here in work])
    person = get_object_or_404(people, pk=key)
    rows = services.work_of(person, by=request.actor)
    managers = services.managers_of(request.organization).exclude(pk=person.pk)
    count = rows.count()
    form = HandOverForm(request.POST or None, managers=managers, count=count)
    if form.is_valid():
        # Another attempt is about what is shown then.
        form.data = {**request.POST.dict(), "expected": str(count)}
        with refusals_shown(request, form):
            to = form.cleaned_data["to"]
            done = services.hand_over(rows, **form.cleaned_data, by=request.actor)
            messages.success(request, handed_over(done, to))
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
