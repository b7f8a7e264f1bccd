"""Vouchers and their reservations, as the sponsor's people see them."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.findings import Text
from portal.review import Deed, ReasonForm, ReviewAdmin
from portal.roles import Duty
from vouchers import services
from vouchers.models import Reservation, Voucher


@admin.register(Voucher)
class VoucherAdmin(ReviewAdmin):
    """Vouchers; the apps above add their deeds to ``deeds``."""

    list_display = [
        "number",
        "state",
        "customer",
        "partner",
        "engagement_type",
        "days",
        "expires_on",
    ]
    list_filter = ["state", "engagement_type__offering"]
    list_select_related = ["customer", "partner", "engagement_type"]
    search_fields = ["number", "customer__name", "partner__name"]
    ordering = ["-pk"]
    deeds: tuple[Deed, ...] = (
        Deed(
            services.release_silent,
            gettext_lazy("Release the reservation"),
            Duty.DELIVERY_REVIEWER,
            Duty.PROGRAM_MANAGER,
            form=ReasonForm,
            move="release",
        ),
    )

    def evidence(self, row: Voucher) -> list[tuple[Text, SafeString]]:
        """Show what comes next."""
        return [(_("Next"), format_html("<p>{}</p>", row.next_step))]


@admin.register(Reservation)
class ReservationAdmin(ReviewAdmin):
    list_display = ["voucher", "partner", "customer", "reserved_at", "release_reason"]
    list_filter = ["release_reason"]
    list_select_related = ["voucher", "partner", "customer"]
    search_fields = ["voucher__number", "partner__name", "customer__name"]
    ordering = ["-pk"]
