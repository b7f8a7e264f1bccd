"""Engagements and their reports, as the sponsor's people read them."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from engagements.models import CompletionReport, Engagement
from engagements.services import schedules
from portal.admin_base import ReviewAdmin, findings_html
from portal.findings import Text

Blocks = list[tuple[Text, SafeString]]


def report_block(report: CompletionReport | None) -> Blocks:
    """Show a report with the way to its deliverable."""
    context = {"report": report}
    html = render_to_string("engagements/evidence.html", context)
    return [(_("Completion report"), html)]


@admin.register(Engagement)
class EngagementAdmin(ReviewAdmin):
    """What partners plan and have delivered."""

    list_display = ["voucher", "partner", "customer", "starts_on", "ends_on", "state"]
    list_filter = ["state"]
    list_select_related = ["voucher", "partner", "customer"]
    search_fields = ["voucher__number", "partner__name", "customer__name"]
    ordering = ["-pk"]
    date_hierarchy = "ends_on"
    fields = [
        "voucher",
        "customer",
        "partner",
        "lead",
        "starts_on",
        "ends_on",
        "state",
    ]

    def evidence(self, row: Engagement) -> Blocks:
        findings = findings_html(schedules.check_delivery(row))
        return [
            (_("On the first day"), findings),
            *report_block(CompletionReport.objects.of(row)),
        ]


@admin.register(CompletionReport)
class CompletionReportAdmin(ReviewAdmin):
    """Reports with the deliverables that customers got."""

    list_display = ["engagement", "partner", "customer", "deliverable_kind", "filed_at"]
    list_filter = ["deliverable_kind"]
    list_select_related = ["engagement__voucher", "partner", "customer"]
    search_fields = [
        "engagement__voucher__number",
        "partner__name",
        "customer__name",
    ]
    ordering = ["-pk"]

    def evidence(self, row: CompletionReport) -> Blocks:
        return report_block(row)
