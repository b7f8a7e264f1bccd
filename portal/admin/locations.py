from django.contrib import admin

from portal.admin_base import ReviewAdmin
from portal.models import Location


@admin.register(Location)
class LocationAdmin(ReviewAdmin):
    list_display = ["name", "organization", "city", "country"]
    list_select_related = ["organization"]
    search_fields = ["name", "organization__name", "city"]
