"""Payment requests to decide, payments, and the rates: for the sponsor's people."""

from typing import Any

from babel.numbers import get_currency_precision, get_territory_currencies
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagements.services import schedules
from enrollment.admin.catalogue import CatalogueAdmin
from payments.forms import PaymentForm
from payments.models import Payment, PaymentLine, PaymentRequest, Rate
from payments.services import reviews
from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin, findings_html
from portal.findings import Text
from portal.forms import CountryField
from portal.models.organizations import country_choices
from portal.roles import Duty
from portal.templatetags.portal import money
from portal.text import parse_int
from vouchers.admin.vouchers import VoucherAdmin
from vouchers.models import Voucher

Blocks = list[tuple[Text, SafeString]]
SILENT_DAYS = [14, 30, 60, 90]


@admin.register(PaymentRequest)
class PaymentRequestAdmin(ReviewAdmin):
    """Requests to approve or return, and to pay: by two people."""

    list_display = ["reference", "partner", "amount", "state", "created_at", "due_on"]
    list_filter = ["state", "currency"]
    list_select_related = ["partner"]
    search_fields = ["reference", "invoice_number", "partner__name"]
    ordering = ["-pk"]
    fields = [
        "reference",
        "partner",
        "location",
        "state",
        "invoice_number",
        "vat_number",
        "submitted_by",
        "created_at",
        "approved_by",
        "approved_at",
        "due_on",
        "released_by",
        "return_reason",
    ]
    record_actions = (
        AdminAction(reviews.approve, gettext_lazy("Approve"), Duty.PAYMENT_APPROVER),
        AdminAction(
            reviews.return_for_correction,
            gettext_lazy("Return"),
            Duty.PAYMENT_APPROVER,
            form=ReasonForm,
        ),
        AdminAction(
            reviews.record_payment,
            gettext_lazy("Record the payment"),
            Duty.PAYMENT_RELEASER,
            form=PaymentForm,
            move="pay",
        ),
    )

    @admin.display(description=gettext_lazy("Total"), ordering="total")
    def amount(self, row: PaymentRequest) -> str:
        return money(row.total, row.currency)

    def evidence(self, row: PaymentRequest) -> Blocks:
        """Show what was checked, the lines with their reports, and who may decide."""
        lines = list(PaymentLine.objects.of(row))
        reports = reviews.reports_of(lines)
        context = {
            "payment_request": row,
            "lines": [(line, reports.get(line.engagement_id)) for line in lines],
        }
        return [
            (_("Checked automatically"), findings_html(reviews.check_request(row))),
            (_("Lines"), render_to_string("payments/evidence.html", context)),
            (_("Two people"), two_people(row)),
        ]


def two_people(row: PaymentRequest) -> SafeString:
    """Say who approved, and that somebody else pays."""
    if row.approved_by:
        sentence = _("%(name)s approved this request; another person pays it.") % {
            "name": row.approved_by
        }
    else:
        sentence = _("Who approves a request does not record its payment.")
    return format_html("<p>{}</p>", sentence)


@admin.register(Payment)
class PaymentAdmin(ReviewAdmin):
    """Money that left; written once."""

    list_display = ["request", "partner", "sum", "paid_on", "bank_reference"]
    list_select_related = ["request", "partner"]
    list_filter = ["currency"]
    search_fields = ["request__reference", "partner__name", "bank_reference"]
    ordering = ["-pk"]
    date_hierarchy = "paid_on"
    fields = ["request", "partner", "sum", "paid_on", "bank_reference", "recorded_by"]
    readonly_fields = ["sum"]

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def sum(self, row: Payment) -> str:
        return money(row.amount, row.currency)


def currencies() -> list[str]:
    """List the money in which the world's countries pay today."""
    codes = [code for code, _name in country_choices()]
    used = (get_territory_currencies(code) for code in codes)
    return sorted(
        {
            currency
            for currencies_of_country in used
            for currency in currencies_of_country
        }
    )


class RateForm(forms.ModelForm):
    """A rate that begins on a date; earlier promises keep the earlier one."""

    country = CountryField()
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=lambda: [("", _("Choose")), *((code, code) for code in currencies())],
    )

    class Meta:
        model = Rate
        fields = [
            "offering",
            "country",
            "amount_per_day",
            "currency",
            "valid_from",
            "is_demo",
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse an amount with more digits than its currency has."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        amount, currency = data.get("amount_per_day"), data.get("currency")
        if amount is not None and currency:
            digits = get_currency_precision(currency)
            if amount != round(amount, digits):
                words = {"currency": currency, "digits": digits}
                text = _("%(currency)s has %(digits)s digits behind the point.") % words
                self.add_error("amount_per_day", ValidationError(text))
        return data


@admin.register(Rate)
class RateAdmin(CatalogueAdmin):
    """Rates per day; one that began stays, a later one takes its place."""

    form = RateForm
    list_display = ["offering", "country", "amount", "valid_from", "is_demo"]
    list_filter = ["is_demo", "offering", "currency"]
    list_select_related = ["offering"]
    ordering = ["offering__code", "country", "-valid_from"]
    search_fields = ["country", "offering__code"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Amount per day"))
    def amount(self, row: Rate) -> str:
        return money(row.amount_per_day, row.currency)


class SilentFilter(admin.SimpleListFilter):
    """Vouchers that a partner holds, for so many days, with nothing scheduled."""

    title = gettext_lazy("reserved, nothing scheduled")
    parameter_name = "silent"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[str, str]]:
        words = _("for more than %(days)s days")
        return [(str(days), words % {"days": days}) for days in SILENT_DAYS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        days = parse_int(self.value() or "")
        if days is None:
            return queryset
        return schedules.reserved_in_silence(queryset, min(days, 9999))


admin.site.unregister(Voucher)


@admin.register(Voucher)
class PaidVoucherAdmin(VoucherAdmin):
    """Vouchers; a redemption is undone here, where payment requests are known."""

    list_filter = [*VoucherAdmin.list_filter, SilentFilter]
    record_actions = (
        *VoucherAdmin.record_actions,
        AdminAction(
            reviews.reverse_redemption,
            gettext_lazy("Reverse the redemption"),
            Duty.DELIVERY_REVIEWER,
            form=ReasonForm,
            move="reverse",
        ),
    )

    def evidence(self, row: Voucher) -> Blocks:
        """Show first, beside the buttons, whether the holding partner is silent."""
        silence = schedules.check_silence(row)
        evidence = [(_("Is the partner silent?"), findings_html(silence))]
        return [*(evidence if silence else []), *super().evidence(row)]
