from django.contrib import admin

from portal.admin_base import ReviewAdmin
from portal.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(ReviewAdmin):
    list_display = ["email", "organization", "created_at", "expires_at", "accepted_at"]
    list_select_related = ["organization"]
    fields = [
        "organization",
        "email",
        "role_names",
        "invited_by",
        "expires_at",
        "accepted_at",
    ]
    search_fields = ["email", "organization__name"]
