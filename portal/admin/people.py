"""People, their memberships and invitations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from portal.admin.second_factors import IdentityForm
from portal.admin_base import AdminAction, RecordedReasonForm, ReviewAdmin
from portal.models import User
from portal.roles import Duty
from portal.services import people, second_factors


@admin.register(User)
class UserAdmin(ReviewAdmin):
    list_display = ["name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "language", "is_staff", "is_active", "groups"]
    record_actions = (
        AdminAction(
            people.close_account,
            _("Close the account"),
            Duty.PROGRAM_MANAGER,
            form=RecordedReasonForm,
        ),
        AdminAction(
            people.reopen_account,
            _("Open the account again"),
            Duty.PROGRAM_MANAGER,
            form=RecordedReasonForm,
        ),
        AdminAction(
            second_factors.start_removal,
            _("Have the lost second factor removed"),
            *second_factors.OPENERS,
            form=IdentityForm,
        ),
    )
