from django.contrib import admin

from portal.admin_base import ReviewAdmin
from portal.models import Membership


@admin.register(Membership)
class MembershipAdmin(ReviewAdmin):
    list_display = ["person", "organization", "role_names", "is_active"]
    fields = ["person", "organization", "role_names", "is_active"]
    list_select_related = ["person", "organization"]
    search_fields = ["person__name", "person__email", "organization__name"]
