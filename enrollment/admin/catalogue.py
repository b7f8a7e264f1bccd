"""The catalogue: program managers edit it, the others read."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from enrollment import services
from enrollment.models import (
    Competency,
    EngagementType,
    Offering,
    Program,
    Qualification,
)
from portal.actors import Actor
from portal.review import ReviewAdmin


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
