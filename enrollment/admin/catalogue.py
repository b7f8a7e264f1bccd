"""The catalogue: programs, offerings, engagement types, competencies, reasons."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.rules import CompetencyExamForm, DatedFormSet
from enrollment.models import (
    Competency,
    CompetencyExam,
    EngagementType,
    Exam,
    Offering,
    Program,
    ProgramRequirement,
    Qualification,
)
from enrollment.services import catalogue, roles
from portal.actors import staff_of
from portal.admin_base import ReviewAdmin
from portal.fields import DateInput
from portal.findings import Text
from portal.models import Reason

LAST_DAYS = _(
    "What ends on a day can still be done on that day; an empty day is open. Days typed"
    " here hold at once. A retirement plan shows first whom they touch, and writes to"
    " those people."
)
PROGRAM: Any = [
    (None, {"fields": ["code", "name"]}),
    (
        _("Last days"),
        {
            "description": LAST_DAYS,
            "fields": [
                "accrual_ends_on",
                "creation_ends_on",
                "pool_wipe_on",
                "reservation_ends_on",
                "redemption_ends_on",
            ],
        },
    ),
    (
        _("Benefit and vouchers"),
        {
            "fields": [
                "benefit_terms",
                "voucher_life_days",
                "expiry_anchor",
                "extended_by",
                "extension_days",
                "extensions_most",
                "extended_life_days",
                "reissue_days",
                "allows_fewer_days",
                "max_offsite_days",
            ]
        },
    ),
    (_("Payment"), {"fields": ["payment_window_days", "payment_due_days"]}),
    (
        _("Enrollment and enquiries"),
        {
            "fields": [
                "enrollment_months",
                "renewal_window_days",
                "enrollment_review_days",
                "grace_days",
                "enquiry_answer_days",
            ]
        },
    ),
    (
        _("Reminders, in days"),
        {
            "description": _("Whole numbers with commas between, such as 60, 30, 14."),
            "fields": [
                "expiry_reminder_days",
                "payment_reminder_days",
                "renewal_reminder_days",
                "grace_reminder_days",
                "agreement_reminder_days",
                "enquiry_reminder_days",
            ],
        },
    ),
]
OFFERING: Any = [
    (None, {"fields": ["program", "code", "name"]}),
    (_("Open for enrollment and vouchers"), {"fields": ["opens_on", "closes_on"]}),
    (
        _("Last days"),
        {
            "description": LAST_DAYS,
            "fields": [
                "creation_ends_on",
                "reservation_ends_on",
                "redemption_ends_on",
            ],
        },
    ),
    (_("Payment"), {"fields": ["payment_window_days"]}),
]
ENDINGS = [
    "accrual_ends_on",
    "creation_ends_on",
    "pool_wipe_on",
    "reservation_ends_on",
    "redemption_ends_on",
    "payment_window_days",
]
HELP: dict[str, Text] = {
    "accrual_ends_on": _("After this day no days are granted."),
    "creation_ends_on": _(
        "After this day no voucher is created, and none is given to other people."
    ),
    "pool_wipe_on": _("On this day the days that no voucher holds end."),
    "reservation_ends_on": _("After this day no partner reserves a voucher."),
    "redemption_ends_on": _(
        "After this day no voucher is redeemed. Vouchers keep their own last days;"
        " the earlier of the two counts."
    ),
    "payment_window_days": _("Days after redemption in which payment is requested."),
    "payment_due_days": _("Days after the approval in which the sponsor pays."),
    "voucher_life_days": _("Days from the day that is named below."),
    "benefit_terms": _("A benefit admin accepts them when activating the benefit."),
    "opens_on": _("Empty: it has always been open."),
    "closes_on": _("After this day nobody enrolls for it or makes vouchers of it."),
}


# The browser's own calendar: one labeled input and no script.
WITH_OWN_DATES: Mapping[type[models.Field], Mapping[str, Any]] = {
    models.DateField: {"widget": DateInput}
}


def may_edit(request: HttpRequest) -> bool:
    return staff_of(request).has(*roles.MANAGERS)


class CatalogueAdmin(ReviewAdmin):
    """A part of the catalogue: program managers edit it, the others read."""

    change_form_template = "admin/change_form.html"
    formfield_overrides = WITH_OWN_DATES

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_edit(request)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Keep the row through its service, which records the change."""
        catalogue.save(obj, by=staff_of(request))

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm,
        formset: BaseInlineFormSet,
        change: bool,
    ) -> None:
        """Keep the rules below a row through their services, all of them or none."""
        by = staff_of(request)
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            catalogue.remove(row, by=by)
        for row in rows:
            catalogue.save(row, by=by)


class RulesInline(admin.TabularInline):
    """Rules of one row of the catalogue, each in force for a time."""

    extra = 1
    formset = DatedFormSet
    formfield_overrides = WITH_OWN_DATES

    def _may_edit(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_edit(request)

    has_add_permission = has_change_permission = has_delete_permission = _may_edit

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Name each input: the heading of its column is no label to a screen reader."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = str(field.label)
        return field


class RequirementInline(RulesInline):
    model = ProgramRequirement


class CompetencyExamInline(RulesInline):
    model = CompetencyExam
    form = CompetencyExamForm


class QualificationInline(RulesInline):
    model = Qualification


class EndingAdmin(CatalogueAdmin):
    """A part of the catalogue that ends in steps."""

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Say below a field what it means."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in HELP:
            field.help_text = str(HELP[db_field.name])
        return field

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Keep the row; where a last day moves, point to the retirement plan."""
        super().save_model(request, obj, form, change)
        if change and set(form.changed_data) & set(ENDINGS):
            messages.warning(
                request,
                gettext(
                    "The days hold from now on, and nobody was told. A retirement plan"
                    " shows whom they touch, and writes to those people."
                ),
            )


@admin.register(Program)
class ProgramAdmin(EndingAdmin):
    """A program with what it asks of partners."""

    list_display = ["code", "name", "creation_ends_on", "redemption_ends_on"]
    inlines = [RequirementInline]
    fieldsets = PROGRAM


@admin.register(Offering)
class OfferingAdmin(EndingAdmin):
    list_display = [
        "code",
        "name",
        "program",
        "closes_on",
        "creation_ends_on",
        "redemption_ends_on",
    ]
    fieldsets = OFFERING
    list_select_related = ["program"]
    search_fields = ["code", "name"]


@admin.register(Competency)
class CompetencyAdmin(CatalogueAdmin):
    """A competency with the exams that show skill in it."""

    list_display = ["name", "area", "grace_days", "at_risk_days"]
    search_fields = ["name"]
    inlines = [CompetencyExamInline]


@admin.register(Exam)
class ExamAdmin(CatalogueAdmin):
    list_display = ["code", "name", "retired_on", "counts_until", "is_demo"]
    list_filter = ["is_demo"]
    search_fields = ["code", "name"]


@admin.register(EngagementType)
class EngagementTypeAdmin(CatalogueAdmin):
    """An engagement type with the competencies that qualify for it."""

    list_display = ["name", "offering", "lengths", "lengths_are_demo"]
    list_select_related = ["offering"]
    search_fields = ["name", "slug"]
    inlines = [QualificationInline]


@admin.register(Reason)
class ReasonAdmin(CatalogueAdmin):
    """What reviewers and partners choose from when they return, refuse or decline."""

    list_display = ["label", "topic", "code", "needs_note", "is_active", "position"]
    list_filter = ["topic", "is_active"]
    search_fields = ["code", "label"]
    ordering = ["topic", "position", "code"]
