"""How days accrue and convert: tables of program managers, and what came of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from enrollment.admin.catalogue import CatalogueAdmin, RulesInline
from enrollment.forms.rules import LabeledFormSet
from enrollment.models.rules import LAST_BEFORE_FIRST, OVERLAPS
from portal.admin_base import ReviewAdmin
from portal.findings import Text
from vouchers.models import (
    Conversion,
    ConversionRule,
    DayScale,
    LicensedProduct,
    PointRule,
    Purchase,
)
from vouchers.models.accrual import amount_of


class PointRuleInline(RulesInline):
    """Each rule holds until the next begins, so that they need no last day."""

    model = PointRule
    formset = LabeledFormSet  # type: ignore[assignment]


@admin.register(LicensedProduct)
class LicensedProductAdmin(CatalogueAdmin):
    """A product with the points that a licence gives."""

    list_display = ["code", "name", "program"]
    list_filter = ["program"]
    list_select_related = ["program"]
    search_fields = ["code", "name"]
    inlines = [PointRuleInline]


@admin.register(DayScale)
class DayScaleAdmin(CatalogueAdmin):
    """The steps of the scales; those that begin on one day are one scale."""

    list_display = ["min_points", "days", "program", "valid_from", "is_demo"]
    list_filter = ["program", "is_demo"]
    list_select_related = ["program"]
    ordering = ["program", "-valid_from", "min_points"]


class ConversionRuleForm(forms.ModelForm):
    """A rule that meets no other one of the same programs on any day."""

    class Meta:
        model = ConversionRule
        fields = [
            "source",
            "target",
            "source_days",
            "target_days",
            "valid_from",
            "valid_until",
            "is_demo",
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", LAST_BEFORE_FIRST)
        elif not self.errors and self._meets_another(data):
            self.add_error("valid_from", OVERLAPS)
        return data

    def _meets_another(self, data: dict[str, Any]) -> bool:
        rule = ConversionRule(
            valid_from=data["valid_from"], valid_until=data["valid_until"]
        )
        alike = ConversionRule.objects.filter(
            source=data["source"], target=data["target"]
        )
        return any(
            rule.meets(rule_alike) for rule_alike in alike.exclude(pk=self.instance.pk)
        )


@admin.register(ConversionRule)
class ConversionRuleAdmin(CatalogueAdmin):
    """What days convert to what, and when."""

    form = ConversionRuleForm
    list_display = [
        "source",
        "source_days",
        "target",
        "target_days",
        "valid_from",
        "valid_until",
        "is_demo",
    ]
    list_select_related = ["source", "target"]
    ordering = ["-pk"]


@admin.register(Purchase)
class PurchaseAdmin(ReviewAdmin):
    """Orders that were counted, each with its count to be read."""

    list_display = [
        "reference",
        "customer",
        "agreement",
        "ordered_on",
        "term_years",
        "days",
        "is_demo",
    ]
    list_select_related = ["customer", "agreement"]
    search_fields = ["reference", "agreement__licensing_id", "customer__name"]
    ordering = ["-pk"]

    def evidence(self, row: Purchase) -> list[tuple[Text, SafeString]]:
        """Show how the days were counted."""
        amount = render_to_string("vouchers/amount.html", {"amount": amount_of(row)})
        return [(_("How the days were counted"), amount)]


@admin.register(Conversion)
class ConversionAdmin(ReviewAdmin):
    list_display = [
        "customer",
        "source",
        "source_days",
        "target",
        "target_days",
        "created_at",
    ]
    list_select_related = ["customer", "source", "target"]
    search_fields = [
        "customer__name",
        "source__licensing_id",
        "target__licensing_id",
    ]
    ordering = ["-pk"]
