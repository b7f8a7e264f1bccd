"""People, their memberships and invitations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal import services
from portal.admin.safety import RecordedReasonForm
from portal.models import Invitation, Membership, User
from portal.review import Deed, ReviewAdmin
from portal.roles import Duty


@admin.register(User)
class UserAdmin(ReviewAdmin):
    list_display = ["name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "language", "is_staff", "is_active", "groups"]
    deeds = (
        Deed(
            services.close_account,
            _("Close the account"),
            Duty.PROGRAM_MANAGER,
            form=RecordedReasonForm,
        ),
        Deed(
            services.reopen_account,
            _("Open the account again"),
            Duty.PROGRAM_MANAGER,
            form=RecordedReasonForm,
        ),
    )


@admin.register(Membership)
class MembershipAdmin(ReviewAdmin):
    list_display = ["person", "organization", "role_names", "is_active"]
    fields = ["person", "organization", "role_names", "is_active"]
    list_select_related = ["person", "organization"]
    search_fields = ["person__name", "person__email", "organization__name"]


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
