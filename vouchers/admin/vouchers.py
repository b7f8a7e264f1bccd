"""Vouchers and their reservations, as the sponsor's people see them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.admin_tables import TableAdmin
from portal.findings import Text
from portal.review import Deed, ReasonForm, ReviewAdmin
from portal.roles import Duty
from portal.sheets import Form
from vouchers import services
from vouchers.health import (
    extensions_of,
    health_of,
    last_days_of,
    promise_of,
    stages_of,
)
from vouchers.models import Reservation, Voucher

Blocks = list[tuple[Text, SafeString]]


class SuspensionDeed(Deed):
    """A deed that is no move of the voucher: it says itself why it is refused."""

    def why_not(self, row: Voucher) -> str:
        """Say why the service would refuse; empty when it would not."""
        if self.serve is services.suspend:
            return services.why_not_suspended(row)
        return services.why_not_reactivated(row)


@admin.register(Voucher)
class VoucherAdmin(TableAdmin):
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
    list_filter: ClassVar[list[Any]] = [
        "state",
        ("suspended_at", admin.EmptyFieldListFilter),
        "engagement_type__offering",
    ]
    list_select_related = ["customer", "partner", "engagement_type"]
    search_fields = ["number", "customer__name", "partner__name"]
    ordering = ["-pk"]
    writers = {Form.CSV: services.as_csv, Form.XLSX: services.as_xlsx}
    deeds: tuple[Deed, ...] = (
        Deed(
            services.release_silent,
            gettext_lazy("Release the reservation"),
            Duty.DELIVERY_REVIEWER,
            Duty.PROGRAM_MANAGER,
            form=ReasonForm,
            move="release",
        ),
        SuspensionDeed(
            services.suspend,
            gettext_lazy("Suspend"),
            *services.SUSPENDERS,
            form=ReasonForm,
        ),
        SuspensionDeed(
            services.reactivate,
            gettext_lazy("Reactivate"),
            *services.SUSPENDERS,
            form=ReasonForm,
        ),
    )

    def evidence(self, row: Voucher) -> Blocks:
        """Show how far the voucher is, how it stands, and what was promised."""
        context = {
            "voucher": row,
            "stages": stages_of(row),
            "health": health_of(row, None),
            "promise": promise_of(services.live_reservation(row)),
            "shows_rate": True,
            "extensions": extensions_of(row),
            "last_days": last_days_of(row),
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
