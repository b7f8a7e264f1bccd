"""Enquiries, for the sponsor to read."""

from django.contrib import admin

from enrollment.models import Enquiry
from portal.admin_base import ReviewAdmin


@admin.register(Enquiry)
class EnquiryAdmin(ReviewAdmin):
    """What customers ask and partners answer; the sponsor takes no part in it."""

    list_display = ["customer", "partner", "state", "created_at", "answer_by"]
    list_filter = ["state"]
    list_select_related = ["customer", "partner"]
    search_fields = ["customer__name", "partner__name"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "customer",
        "partner",
        "country_name",
        "engagement_type",
        "asked_by",
        "message",
        "state",
        "created_at",
        "answer_by",
        "closed_at",
        "answered_by",
        "reason",
        "answer",
    ]
