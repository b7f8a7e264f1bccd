from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.actors import staff_of
from portal.admin_base import AdminAction, ReviewAdmin
from portal.models import Email
from portal.roles import Duty
from portal.services import mail


@admin.register(Email)
class EmailAdmin(ReviewAdmin):
    """What was mailed to whom and when; what it said is for support only.

    A mail that opens an account says nothing here to anybody: its words are sealed.
    Those that no server takes are set aside, with the reason, and wait.
    """

    list_display = ["subject", "to", "queued_at", "sent_at", "set_aside_at", "attempts"]
    list_filter = [
        ("sent_at", admin.EmptyFieldListFilter),
        ("set_aside_at", admin.EmptyFieldListFilter),
    ]
    record_actions = (
        AdminAction(mail.try_again, _("Try again"), Duty.PROGRAM_MANAGER),
    )
    search_fields = ["to", "subject"]
    ordering = ["-pk"]

    @admin.display(description=_("last refusal"))
    def refusal(self, email: Email) -> str:
        return email.problem or email.last_error

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the words to support, where there are any."""
        known = ["to", "subject", "attachment", "queued_at", "sent_at", "attempts"]
        shown = [*known, "refusal"]
        is_support = staff_of(request).has(Duty.SUPPORT)
        return [*shown, "body"] if obj and obj.body and is_support else shown
