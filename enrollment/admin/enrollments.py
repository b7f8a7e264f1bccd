"""Enrollments to review."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment import services
from enrollment.facts import facts_of
from enrollment.models import (
    Enrollment,
)
from enrollment.overview import evidence_for
from portal.findings import Text
from portal.review import Deed, ReasonForm, ReviewAdmin, findings_html


@admin.register(Enrollment)
class EnrollmentAdmin(ReviewAdmin):
    """Enrollments to approve or return, with what speaks for and against them."""

    list_display = ["partner", "program", "period", "state", "starts_on", "ends_on"]
    list_filter = ["state", "program"]
    list_select_related = ["partner", "program"]
    search_fields = ["partner__name"]
    ordering = ["-pk"]
    fields = [
        "partner",
        "program",
        "period",
        "state",
        "starts_on",
        "ends_on",
        "submitted_at",
        "submitted_by",
        "decided_by",
        "return_reason",
    ]
    deeds = (
        Deed(services.approve, _("Approve"), *services.REVIEWERS),
        Deed(
            services.give_back_enrollment,
            _("Return"),
            *services.REVIEWERS,
            form=ReasonForm,
            move="give_back",
        ),
        Deed(services.suspend, _("Suspend"), *services.REVIEWERS, form=ReasonForm),
        Deed(services.resume, _("Lift the suspension"), *services.REVIEWERS),
    )

    def evidence(self, row: Enrollment) -> list[tuple[Text, SafeString]]:
        """Show the rules per engagement type, and the competencies with proofs."""
        facts = facts_of(row.partner, row.program)
        blocks: list[tuple[Text, SafeString]] = [
            (each.engagement_type.name, findings_html(each.findings))
            for each in evidence_for(row, facts)
        ]
        held = row.partner.competencies.select_related("competency", "proof")
        context = {"held": held.order_by("-pk")}
        table = render_to_string("enrollment/evidence.html", context)
        return [(_("Competencies"), table), *blocks]
