"""Agreements, the ledger and vouchers, as the sponsor's people see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.actors import Actor
from portal.findings import Text
from portal.models import Organization
from portal.review import Deed, ReasonForm, ReviewAdmin
from portal.roles import Duty
from vouchers import services
from vouchers.models import (
    Balance,
    CustomerAgreement,
    LedgerEntry,
    Reservation,
    Voucher,
)


class AgreementForm(forms.ModelForm):
    """An agreement to open, with the days that it begins with."""

    days = forms.IntegerField(
        label=gettext_lazy("First days"),
        min_value=0,
        help_text=gettext_lazy("The days that the agreement holds when it opens."),
    )

    class Meta:
        model = CustomerAgreement
        fields = ["customer", "program", "licensing_id", "starts_on", "ends_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.fields["customer"]
        assert isinstance(customer, forms.ModelChoiceField)
        customer.queryset = Organization.objects.customers().order_by("name")

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = typed.get("starts_on"), typed.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The agreement ends before it starts."))
        return typed


class GrantForm(forms.Form):
    """Days to add to a pool, and what they are for."""

    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1)
    note = forms.CharField(
        label=gettext_lazy("What they are for"),
        max_length=200,
        help_text=gettext_lazy(
            "For example the order's number; the customer reads it. Days for the same"
            " thing are granted once."
        ),
    )


@admin.register(CustomerAgreement)
class CustomerAgreementAdmin(ReviewAdmin):
    """Customers' agreements; program managers open them and grant days."""

    list_display = ["licensing_id", "customer", "program", "starts_on", "ends_on"]
    list_filter = ["program"]
    list_select_related = ["customer", "program"]
    search_fields = ["licensing_id", "customer__name"]
    ordering = ["-pk"]
    deeds = (
        Deed(
            services.grant,
            gettext_lazy("Grant days"),
            Duty.PROGRAM_MANAGER,
            form=GrantForm,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return Actor.staff(request.user).has(Duty.PROGRAM_MANAGER)  # type: ignore[arg-type]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is None:
            return AgreementForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Open the agreement through its service."""
        actor = Actor.staff(request.user)  # type: ignore[arg-type]
        services.open_agreement(obj, days=form.cleaned_data["days"], by=actor)

    def evidence(self, row: CustomerAgreement) -> list[tuple[Text, SafeString]]:
        """Show the pool."""
        bar = render_to_string("partials/bar.html", {"segments": row.balance.segments})
        return [(_("Pool of days"), bar)]


@admin.register(Balance)
class BalanceAdmin(ReviewAdmin):
    """The sums of the ledger, which the database keeps."""

    list_display = [
        "agreement",
        "customer",
        "free",
        "held",
        "delivered",
        "paid",
        "lost",
    ]
    list_select_related = ["agreement", "customer"]
    search_fields = ["agreement__licensing_id", "customer__name"]


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReviewAdmin):
    list_display = ["created_at", "agreement", "kind", "days", "voucher", "note"]
    list_filter = ["kind"]
    list_select_related = ["agreement", "voucher"]
    search_fields = ["agreement__licensing_id", "voucher__number", "note"]
    ordering = ["-pk"]


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
