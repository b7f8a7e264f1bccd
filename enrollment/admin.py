"""Enrollment as the sponsor's people see it: reviews, and the catalogue."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment import services
from enrollment.facts import facts_of
from enrollment.models import (
    BusinessProfile,
    Competency,
    EngagementType,
    Enrollment,
    HeldCompetency,
    Offering,
    Program,
    ProgramAgreement,
    Qualification,
    Signature,
)
from enrollment.overview import evidence_for
from portal.actors import Actor
from portal.findings import Text
from portal.review import Deed, ReasonForm, ReviewAdmin, findings_html


class CatalogueAdmin(ReviewAdmin):
    """A part of the catalogue: program managers edit it, the others read."""

    change_form_template = "admin/change_form.html"

    def _may_edit(self, request: HttpRequest) -> bool:
        return Actor.staff(request.user).has(*services.MANAGERS)  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_edit(request)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Keep the row through its service, which records the change."""
        services.save(obj, by=Actor.staff(request.user))  # type: ignore[arg-type]


@admin.register(Program)
class ProgramAdmin(CatalogueAdmin):
    list_display = ["code", "name", "voucher_life_days", "payment_window_days"]


@admin.register(Offering)
class OfferingAdmin(CatalogueAdmin):
    list_display = ["code", "name", "program", "opens_on", "closes_on"]
    list_select_related = ["program"]
    search_fields = ["code", "name"]


@admin.register(Competency)
class CompetencyAdmin(CatalogueAdmin):
    list_display = ["name", "area"]
    search_fields = ["name"]


class QualificationInline(admin.TabularInline):
    model = Qualification
    extra = 1

    def _may_edit(self, request: HttpRequest, obj: Any = None) -> bool:
        return Actor.staff(request.user).has(*services.MANAGERS)  # type: ignore[arg-type]

    has_add_permission = has_change_permission = has_delete_permission = _may_edit

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)


@admin.register(EngagementType)
class EngagementTypeAdmin(CatalogueAdmin):
    """An engagement type with the competencies that qualify for it."""

    list_display = ["name", "offering", "lengths", "lengths_are_demo"]
    list_select_related = ["offering"]
    search_fields = ["name", "slug"]
    inlines = [QualificationInline]

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm,
        formset: BaseInlineFormSet,
        change: bool,
    ) -> None:
        """Keep the qualifications through their services."""
        by = Actor.staff(request.user)  # type: ignore[arg-type]
        for row in formset.save(commit=False):
            services.save(row, by=by)
        for row in formset.deleted_objects:
            services.remove(row, by=by)
        formset.save_m2m()


@admin.register(ProgramAgreement)
class ProgramAgreementAdmin(CatalogueAdmin):
    """A version that somebody signed stays as it was signed."""

    list_display = ["title", "version", "program", "effective_on"]
    list_select_related = ["program"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_signed = obj is not None and obj.signatures.exists()
        return super().has_change_permission(request, obj) and not is_signed


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


@admin.register(HeldCompetency)
class HeldCompetencyAdmin(ReviewAdmin):
    """Competencies whose proof waits to be checked, or was."""

    list_display = ["partner", "competency", "level", "valid_until", "state"]
    list_filter = ["state", "competency"]
    list_select_related = ["partner", "competency"]
    search_fields = ["partner__name", "competency__name"]
    ordering = ["-pk"]
    deeds = (
        Deed(services.verify, _("Verify"), *services.REVIEWERS),
        Deed(services.give_back, _("Return"), *services.REVIEWERS, form=ReasonForm),
    )

    def evidence(self, row: HeldCompetency) -> list[tuple[Text, SafeString]]:
        """Show the proof."""
        context = {"held": [row]}
        return [(_("Proof"), render_to_string("enrollment/evidence.html", context))]


@admin.register(Signature)
class SignatureAdmin(ReviewAdmin):
    list_display = ["partner", "agreement", "signer_name", "signed_at"]
    list_select_related = ["partner", "agreement"]
    search_fields = ["partner__name", "signer_name"]


@admin.register(BusinessProfile)
class BusinessProfileAdmin(ReviewAdmin):
    list_display = ["partner", "website", "published_at"]
    list_select_related = ["partner"]
    search_fields = ["partner__name"]
