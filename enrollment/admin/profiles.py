"""Business profiles."""

from django.contrib import admin

from enrollment.models import (
    BusinessProfile,
)
from portal.review import ReviewAdmin


@admin.register(BusinessProfile)
class BusinessProfileAdmin(ReviewAdmin):
    list_display = ["partner", "website", "published_at"]
    list_select_related = ["partner"]
    search_fields = ["partner__name"]
