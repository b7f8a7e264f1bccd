"""Customers' agreements, as the sponsor's people see them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.actors import staff_of
from portal.admin_base import AdminAction, ReviewAdmin, refusing_form
from portal.fields import MOST_DAYS, DayField, UnusualDaysForm
from portal.findings import Refused, Text
from portal.models import Organization
from portal.roles import Duty
from vouchers.models import CustomerAgreement
from vouchers.presentation import ledger
from vouchers.services import agreements

# So many entries stand on an agreement's page; the ledger has them all.
LATEST = 10


class AgreementForm(UnusualDaysForm, forms.ModelForm):
    """An agreement to open, with the days that it begins with."""

    days = forms.IntegerField(
        label=gettext_lazy("First days"),
        min_value=0,
        max_value=MOST_DAYS,
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
        data: dict[str, Any] = super().clean() or self.cleaned_data
        keys = {name: data.get(name) for name in ("customer", "program")}
        if data.get("days") and all(keys.values()):
            try:
                agreements.ensure_accrual(CustomerAgreement(**keys))
            except Refused as refusal:
                self.add_error(refusal.field, str(refusal))
        return data


class GrantForm(UnusualDaysForm):
    """Days to add to a pool, and what they are for."""

    days = forms.IntegerField(
        label=gettext_lazy("Days"), min_value=1, max_value=MOST_DAYS
    )
    note = forms.CharField(
        label=gettext_lazy("What they are for"),
        max_length=200,
        help_text=gettext_lazy(
            "For example the order's number; the customer reads it. Days for the same"
            " thing are granted once."
        ),
    )


class AdjustForm(UnusualDaysForm):
    """Days to add to a pool or to take off it, and why."""

    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("With a minus in front, free days are taken off."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The customer reads it."),
    )


class EndAgreementForm(forms.Form):
    """The last day of an agreement that ends early, and why."""

    last_day = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Free days expire after this day."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("The customer reads it."),
    )


class RenewForm(forms.Form):
    """Until when an agreement runs that is lengthened."""

    ends_on = DayField(
        label=gettext_lazy("New last day"),
        help_text=gettext_lazy("Days that have expired meanwhile stay expired."),
    )


@admin.register(CustomerAgreement)
class CustomerAgreementAdmin(ReviewAdmin):
    """Customers' agreements; program managers open them and grant days."""

    list_display = [
        "licensing_id",
        "customer",
        "program",
        "starts_on",
        "ends_on",
        "ended_on",
        "activated_at",
    ]
    list_filter = ["program", ("ended_on", admin.EmptyFieldListFilter)]
    list_select_related = ["customer", "program"]
    search_fields = ["licensing_id", "customer__name"]
    ordering = ["-pk"]
    record_actions = (
        AdminAction(
            agreements.grant,
            gettext_lazy("Grant days"),
            Duty.PROGRAM_MANAGER,
            form=GrantForm,
        ),
        AdminAction(
            agreements.adjust,
            gettext_lazy("Adjust the days"),
            Duty.PROGRAM_MANAGER,
            form=AdjustForm,
        ),
        AdminAction(
            agreements.renew_agreement,
            gettext_lazy("Lengthen"),
            Duty.PROGRAM_MANAGER,
            form=RenewForm,
        ),
        AdminAction(
            agreements.end_agreement,
            gettext_lazy("End early"),
            Duty.PROGRAM_MANAGER,
            form=EndAgreementForm,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has(Duty.PROGRAM_MANAGER)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is None:
            return refusing_form(request, AgreementForm)
        return super().get_form(request, obj, change, **kwargs)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Open the agreement through its service."""
        actor = staff_of(request)
        agreements.open_agreement(obj, days=form.cleaned_data["days"], by=actor)

    def evidence(self, row: CustomerAgreement) -> list[tuple[Text, SafeString]]:
        """Show the pool, who is asked about it, and what moved last."""
        bar = render_to_string("partials/bar.html", {"segments": row.balance.segments})
        moves = row.entries.with_causes().order_by("-created_at", "-pk")[:LATEST]
        return [
            (_("Pool of days"), bar),
            (_("Contacts"), listing(row.contacts.all())),
            (_("Days that moved last"), listing(map(ledger.sentence_of, moves))),
        ]


def listing(lines: Iterable[object]) -> SafeString:
    """Show lines as a list; what is empty says so."""
    items = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    return format_html("<ul>{}</ul>", items or format_html("<li>{}</li>", _("None")))
