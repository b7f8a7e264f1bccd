"""Vouchers and their reservations, as the sponsor's people see them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin
from portal.findings import Text
from portal.roles import Duty
from portal.tables_admin import TableAdmin, list_of
from vouchers.admin.suspension import SuspensionAction
from vouchers.models import Reservation, Voucher
from vouchers.presentation import vouchers
from vouchers.services import exports, reservations, suspension

SOURCE = list_of(Voucher, exports.VOUCHERS)
Blocks = list[tuple[Text, SafeString]]


@admin.register(Voucher)
class VoucherAdmin(TableAdmin):
    """Vouchers; the apps above add their actions to ``actions``."""

    list_display = [
        "number",
        "state",
        "customer",
        "partner",
        "engagement_type",
        "days",
        "expires_on",
    ]
    list_filter: ClassVar[list[Any]] = [
        "state",
        ("suspended_at", admin.EmptyFieldListFilter),
        "engagement_type__offering",
    ]
    list_select_related = ["customer", "partner", "engagement_type"]
    search_fields = ["number", "customer__name", "partner__name"]
    ordering = ["-pk"]
    source = SOURCE
    record_actions: tuple[AdminAction, ...] = (
        AdminAction(
            reservations.release_silent,
            gettext_lazy("Release the reservation"),
            Duty.DELIVERY_REVIEWER,
            Duty.PROGRAM_MANAGER,
            form=ReasonForm,
            move="release",
        ),
        SuspensionAction(
            suspension.suspend,
            gettext_lazy("Suspend"),
            *suspension.SUSPENDERS,
            form=ReasonForm,
        ),
        SuspensionAction(
            suspension.reactivate,
            gettext_lazy("Reactivate"),
            *suspension.SUSPENDERS,
            form=ReasonForm,
        ),
    )

    def evidence(self, row: Voucher) -> Blocks:
        """Show how far the voucher is, how it stands, and what was promised."""
        context = {
            "voucher": row,
            "stages": vouchers.stages_of(row),
            "health": vouchers.health_of(row, None),
            "promise": vouchers.promise_of(reservations.live_reservation(row)),
            "shows_rate": True,
            "extensions": vouchers.extensions_of(row),
            "last_days": vouchers.last_days_of(row),
        }
        return [
            (_("Stage"), render_to_string("vouchers/partials/stages.html", context)),
            (_("How it stands"), render_to_string("vouchers/standing.html", context)),
        ]


@admin.register(Reservation)
class ReservationAdmin(ReviewAdmin):
    list_display = ["voucher", "partner", "customer", "reserved_at", "release_reason"]
    list_filter = ["release_reason"]
    list_select_related = ["voucher", "partner", "customer"]
    search_fields = ["voucher__number", "partner__name", "customer__name"]
    ordering = ["-pk"]
