"""Customers' agreements, as the sponsor's people see them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.actors import Actor
from portal.findings import Text
from portal.models import Organization
from portal.review import Deed, ReviewAdmin
from portal.roles import Duty
from vouchers import services
from vouchers.models import CustomerAgreement


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
