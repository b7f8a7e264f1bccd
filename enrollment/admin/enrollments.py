"""Enrollments to review, whole and offering by offering."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment.eligibility import engine
from enrollment.eligibility import facts as eligibility_facts
from enrollment.forms.enrollments import PinsForm
from enrollment.models import Enrollment, EnrollmentLine, LineState, Section
from enrollment.models.states import RUNNING, EnrollmentState
from enrollment.presentation import (
    enrollments as enrollment_presentation,
)
from enrollment.presentation import (
    reviews as review_presentation,
)
from enrollment.services import (
    enrollments as enrollment_services,
)
from enrollment.services import (
    reviews as review_services,
)
from enrollment.services import (
    roles,
)
from portal import clock
from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin, findings_html
from portal.findings import Text
from portal.forms import coded_reason
from portal.models import Topic
from portal.text import parse_int

Blocks = list[tuple[Text, SafeString]]


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a reviewer: enrollments that were sent, offerings asked for."""

    title = _("waiting")
    parameter_name = "waiting"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, Any]]:
        return [("review", _("Waiting for review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        condition = Q(state__in=RUNNING, lines__state=LineState.ASKED)
        return queryset.filter(
            Q(state=EnrollmentState.SUBMITTED) | condition
        ).distinct()


@admin.register(Enrollment)
class EnrollmentAdmin(ReviewAdmin):
    """Enrollments to decide, oldest first, with what speaks for and against them."""

    list_display = [
        "reference",
        "partner",
        "period",
        "state",
        "submitted_at",
        "decide_by",
        "ends_on",
    ]
    list_filter = [WaitingFilter, "state", "program"]
    list_select_related = ["partner", "program"]
    search_fields = ["partner__name"]
    search_help_text = _("A partner's name, or a reference such as EN-000012.")
    ordering = ["submitted_at", "pk"]
    fields = [
        "reference",
        "partner",
        "program",
        "period",
        "follows",
        "state",
        "starts_on",
        "ends_on",
        "good_until",
        "submitted_at",
        "submitted_by",
        "decide_by",
        "decided_by",
        "reason",
        "return_reason",
    ]
    record_actions = (
        AdminAction(review_services.approve, _("Approve"), *roles.REVIEWERS),
        AdminAction(
            review_services.return_enrollment,
            _("Return"),
            *roles.REVIEWERS,
            form=PinsForm,
            move="return_for_correction",
        ),
        AdminAction(
            review_services.reject,
            _("Reject"),
            *roles.REVIEWERS,
            form=coded_reason(Topic.ENROLLMENT),
        ),
        AdminAction(
            enrollment_services.suspend, _("Suspend"), *roles.REVIEWERS, form=ReasonForm
        ),
        AdminAction(
            enrollment_services.resume, _("Lift the suspension"), *roles.REVIEWERS
        ),
    )

    @admin.display(description=_("reference"), ordering="pk")
    def reference(self, row: Enrollment) -> str:
        """Return what the partner names when it asks."""
        return row.reference

    @admin.display(description=_("to be decided by"), ordering="submitted_at")
    def decide_by(self, row: Enrollment) -> str:
        """Return the promised date while the partner waits for it."""
        waits = row.state == EnrollmentState.SUBMITTED
        day = row.decide_by if waits else None
        return date_format(day, "DATE_FORMAT") if day else ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Find by the reference too."""
        number = parse_int(search_term.strip().upper().removeprefix("EN-"))
        if number is not None:
            return queryset.filter(pk=number), False
        return super().get_search_results(request, queryset, search_term)

    def evidence(self, row: Enrollment) -> Blocks:
        """Show lines, pins with what changed since, competencies, and the rules."""
        facts = eligibility_facts.facts_of(row.partner, row.program)
        competencies = row.partner.competencies.select_related("competency", "proof")
        return [
            (_("Offerings"), _table("lines", _lines(row))),
            *_pins(row),
            (
                _("Competencies"),
                _table("evidence", {"held": competencies.order_by("-pk")}),
            ),
            *(
                (finding.engagement_type.name, findings_html(finding.findings))
                for finding in enrollment_presentation.evidence_for(row, facts)
            ),
        ]


def _table(name: str, context: dict[str, Any]) -> SafeString:
    return render_to_string(f"enrollment/{name}.html", context)


def _lines(row: Enrollment) -> dict[str, Any]:
    lines = row.lines.select_related("offering", "reason")
    return {"lines": lines.order_by("offering__code")}


def _pins(row: Enrollment) -> Blocks:
    """Tell of every pin whether it is settled, and what the partner changed since."""
    pins = list(row.pins.select_related("reason", "pinned_by").order_by("pk"))
    if not pins:
        return []
    changes = review_presentation.changes_since(row.partner, pins[0].pinned_at)
    changes_by_pin = [
        (pin, [e for e in changes[Section(pin.section)] if e.at > pin.pinned_at])
        for pin in pins
    ]
    return [
        (_("Pins and what changed since"), _table("pins", {"pins": changes_by_pin}))
    ]


@admin.register(EnrollmentLine)
class EnrollmentLineAdmin(ReviewAdmin):
    """Offerings to approve or refuse one by one."""

    list_display = ["partner", "offering", "state", "enrollment", "decided_at"]
    list_filter = ["state", "offering"]
    list_select_related = ["partner", "offering", "enrollment__partner"]
    search_fields = ["partner__name"]
    ordering = ["enrollment__submitted_at", "pk"]
    record_actions = (
        AdminAction(
            enrollment_services.approve_line,
            _("Approve"),
            *roles.REVIEWERS,
            move="approve",
        ),
        AdminAction(
            enrollment_services.refuse_line,
            _("Refuse"),
            *roles.REVIEWERS,
            form=coded_reason(Topic.ENROLLMENT),
            move="refuse",
        ),
    )

    def evidence(self, row: EnrollmentLine) -> Blocks:
        """Show the rules for each engagement type of the offering."""
        facts = eligibility_facts.facts_of(row.partner, row.offering.program)
        today = clock.today(row.partner.time_zone)
        types = row.offering.engagement_types.with_rules()
        return [
            (
                engagement_type.name,
                findings_html(
                    engine.check_for_enrollment(facts, engagement_type, today)
                ),
            )
            for engagement_type in types
        ]
