"""Retirement plans: drafts, publication, and files of those whom they affect."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Offering, Program
from portal.actors import Staff, staff_of
from portal.admin_base import AdminAction, ReviewAdmin, refusing_form
from portal.audit import timeline
from portal.findings import Refused
from portal.spreadsheets.csv import write_csv
from portal.spreadsheets.downloads import FileFormat, download_for
from portal.text import parse_int
from vouchers.forms.retirement import OF_POOLS, PlanForm, ScenarioForm
from vouchers.models import PlanState, RetirementPlan
from vouchers.models.retirement import OF_OFFERING, OF_PROGRAM
from vouchers.presentation import retirement as retirement_presentation
from vouchers.presentation.retirement import PlanSheet
from vouchers.services import retirement as retirement_services
from vouchers.services import retirement_effects

OF_CUSTOMERS = {
    "name": gettext_lazy("Customer"),
    "country": gettext_lazy("Country"),
    "free": gettext_lazy("Free days"),
    "ended": gettext_lazy("Free days that end unused"),
    "created": gettext_lazy("Vouchers not assigned"),
    "assigned": gettext_lazy("Vouchers assigned"),
    "reserved": gettext_lazy("Vouchers reserved"),
    "held_days": gettext_lazy("Days on vouchers"),
    "at_stake": gettext_lazy("Days at stake"),
}
OF_PARTNERS = {
    "name": gettext_lazy("Partner"),
    "country": gettext_lazy("Country"),
    "reserved": gettext_lazy("Vouchers reserved"),
    "held_days": gettext_lazy("Days on vouchers"),
    "assigned": gettext_lazy("Vouchers assigned"),
    "at_stake": gettext_lazy("Days at stake"),
}


def sheet(
    request: HttpRequest, name: str, columns: dict[str, Any], rows: Iterator[Any]
) -> HttpResponseBase:
    """Send rows as a file, read while it goes out."""
    cells = ([getattr(row, field) for field in columns] for row in rows)
    pieces = write_csv(list(columns.values()), cells)
    return download_for(staff_of(request), name, pieces, FileFormat.CSV)


ONE_BUTTON = {"show_save_and_add_another": False, "show_save_and_continue": False}


def actor_of(request: HttpRequest) -> Staff:
    return staff_of(request)


def may_plan(request: HttpRequest) -> bool:
    return actor_of(request).has(*retirement_services.PLANNERS)


@admin.register(RetirementPlan)
class RetirementPlanAdmin(ReviewAdmin):
    """Plans by which programs and offerings end, with whom they affect."""

    list_display = [
        "__str__",
        "state",
        "creation_ends_on",
        "redemption_ends_on",
        "drafted_by",
        "published_by",
        "published_at",
    ]
    list_filter = ["state", "program"]
    list_select_related = ["program", "offering", "drafted_by", "published_by"]
    ordering = ["-pk"]
    record_actions = (
        AdminAction(
            retirement_services.discard_plan,
            gettext_lazy("Discard the draft"),
            *retirement_services.PLANNERS,
            move="discard",
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_plan(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let program managers change drafts; what is published nobody changes."""
        return may_plan(request) and obj is not None and obj.state == PlanState.DRAFT

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        return refusing_form(request, PlanForm)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Group the days; an offering has no pool of days."""
        offering = obj.offering_id if obj else self._parameter(request, "offering")
        names = OF_OFFERING if offering else OF_PROGRAM
        pools = [name for name in names if name in OF_POOLS]
        steps = [name for name in names if name not in OF_POOLS]
        return [
            (None, {"fields": ["program", "offering"]}),
            *([(_("Days of customers"), {"fields": pools})] if pools else []),
            (_("Vouchers"), {"fields": steps}),
            (_("Words"), {"fields": ["reason", "earlier_because"]}),
        ]

    @staticmethod
    def _parameter(request: HttpRequest, name: str) -> int | None:
        value = request.POST.get(name) or request.GET.get(name) or ""
        return parse_int(value)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the days that are in force."""
        plan = self._new_plan(request)
        days = {name: getattr(plan.target, name) for name in plan.fields_of_days}
        return {**days, "program": plan.program_id, "offering": plan.offering_id}

    def _new_plan(self, request: HttpRequest) -> RetirementPlan:
        """Return the plan that was asked for, without its days."""
        program = get_object_or_404(
            Program, pk=self._parameter(request, "program") or 0
        )
        offering_key = self._parameter(request, "offering")
        offering = (
            program.offerings.filter(pk=offering_key).first() if offering_key else None
        )
        return RetirementPlan(program=program, offering=offering)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask what ends, then for the days."""
        if not may_plan(request):
            raise PermissionDenied
        program = self._parameter(request, "program")
        if program is None:
            return self._page(request, "choose", _("What ends?"), choices=choices())
        plan = retirement_services.draft_of(
            program, self._parameter(request, "offering")
        )
        if plan is not None:
            messages.info(request, _("This draft is there already."))
            return redirect(plan)
        title = _("Draft a retirement plan: %(target)s")
        target = {"target": self._new_plan(request).target}
        return self._form(request, None, title % target)

    def _form(
        self, request: HttpRequest, object_id: str | None, title: str
    ) -> HttpResponse:
        more = {**ONE_BUTTON, "title": title}
        return self.changeform_view(request, object_id, "", more)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Keep the draft through its service."""
        keep = (
            retirement_services.change_plan
            if change
            else retirement_services.draft_plan
        )
        keep(obj, by=actor_of(request))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("The draft is kept. Look at what it means."))
        return redirect(obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.response_add(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of one plan."""
        pages = [
            ("edit", "edit/", self.edit_view),
            ("publish", "publish/", self.publish_view),
            ("customers", "customers.csv", self.customers_view),
            ("partners", "partners.csv", self.partners_view),
        ]
        own = [
            path(
                f"<int:pk>/{address}",
                self.admin_site.admin_view(view),
                name=f"vouchers_retirementplan_{name}",
            )
            for name, address, view in pages
        ]
        return [*own, *super().get_urls()]

    def _plan(self, request: HttpRequest, pk: int | str) -> RetirementPlan:
        """Find a plan with all that is judged of it; staff alone gets here."""
        plans = RetirementPlan.objects.select_related(
            "program", "offering__program", "drafted_by", "published_by"
        ).prefetch_related("program__offerings")
        plan = plans.filter(pk=pk).first()
        if plan is None or not self.has_view_permission(request):
            raise Http404
        return plan

    def _page(
        self, request: HttpRequest, name: str, title: str, **context: Any
    ) -> TemplateResponse:
        frame = self.admin_site.each_context(request)
        return TemplateResponse(
            request,
            f"admin/retirement/{name}.html",
            {**frame, "opts": self.opts, "title": title, **context},
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a plan, whom it touches, what if it were later, and its letters."""
        plan = self._plan(request, parse_int(object_id) or 0)
        form = ScenarioForm(request.GET)
        data = form.cleaned_data if form.is_valid() else {}
        actor = actor_of(request)
        return self._page(
            request,
            "plan",
            _("Retirement of %(plan)s") % {"plan": plan},
            plan=plan,
            sheet=PlanSheet(plan, which=data.get("which", ""), on=data.get("on")),
            form=form,
            most=retirement_presentation.MOST,
            is_planner=may_plan(request),
            refusal=retirement_services.publication_refusal(plan, actor),
            timeline=timeline(plan, actor),
        )

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the days of a draft."""
        plan = self._plan(request, pk)
        if not self.has_change_permission(request, plan):
            raise PermissionDenied
        return self._form(
            request, str(pk), _("Change the days of %(plan)s") % {"plan": plan}
        )

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show once more what a plan does, then put it into force."""
        plan, actor = self._plan(request, pk), actor_of(request)
        if not self.has_change_permission(request, plan):
            raise PermissionDenied
        if request.method != "POST":
            refusal = retirement_services.publication_refusal(plan, actor)
            title = _("Publish the retirement of %(plan)s?") % {"plan": plan}
            sheet = PlanSheet(plan)
            return self._page(
                request, "publish", title, plan=plan, sheet=sheet, refusal=refusal
            )
        try:
            retirement_services.publish_plan(
                plan, seen=request.POST.get("seen", ""), by=actor
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("The plan is published. Its days are in force.")
            )
        return redirect(plan)

    def customers_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out every customer that the plan touches, as a file."""
        plan = self._plan(request, pk)
        rows = retirement_effects.touched_customers(
            plan, retirement_effects.scenario(plan, retirement_effects.days_of(plan))
        )
        return sheet(request, "customers", OF_CUSTOMERS, rows)

    def partners_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out every partner that the plan touches, as a file."""
        plan = self._plan(request, pk)
        rows = retirement_effects.touched_partners(
            plan, retirement_effects.scenario(plan, retirement_effects.days_of(plan))
        )
        return sheet(request, "partners", OF_PARTNERS, rows)


def choices() -> list[tuple[Program, str, Sequence[tuple[Offering, str]]]]:
    """List what can end: each program, and each of its offerings."""
    page = reverse("admin:vouchers_retirementplan_add")
    programs = Program.objects.prefetch_related("offerings").order_by("name")
    return [
        (
            program,
            f"{page}?program={program.pk}",
            [
                (offering, f"{page}?program={program.pk}&offering={offering.pk}")
                for offering in program.offerings.all()
            ],
        )
        for program in programs
    ]
