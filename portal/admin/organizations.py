"""Organizations and their places; customers are opened here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal import zones
from portal.actors import staff_of
from portal.admin_base import AdminAction, ReviewAdmin, refusing_form
from portal.findings import Text
from portal.forms import CountryField, TimeZoneField, TimeZoneForm, ZoneOfCountry
from portal.models import Membership, Organization
from portal.roles import Duty
from portal.services import organizations


class CustomerForm(ZoneOfCountry, forms.ModelForm):
    """A customer to open, and the address of its first benefit admin."""

    country = CountryField()
    time_zone = TimeZoneField(is_open=True)
    admin_email = forms.EmailField(
        label=_("E-mail address of the benefit admin"),
        help_text=_("Gets an invitation by mail."),
    )

    class Meta:
        model = Organization
        fields = ["name", "country", "time_zone"]


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ["person", "role_names", "is_active"]
    readonly_fields = ["role_names"]
    can_delete = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ZoneFilter(admin.SimpleListFilter):
    """Keeps organizations that the clock passes over."""

    title = _("time zone")
    parameter_name = "zone"

    def lookups(self, request: HttpRequest, page: Any) -> Any:
        return [("unknown", _("unknown"))]

    def queryset(self, request: HttpRequest, rows: Any) -> Any:
        return rows.in_unknown_zones() if self.value() == "unknown" else rows


@admin.register(Organization)
class OrganizationAdmin(ReviewAdmin):
    """Partners register themselves; customers are opened here by program managers."""

    list_display = ["name", "kind", "country", "time_zone", "is_listed", "created_at"]
    list_filter = ["kind", "is_listed", ZoneFilter]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]
    record_actions = (
        AdminAction(
            organizations.change_time_zone,
            _("Change the time zone"),
            Duty.PROGRAM_MANAGER,
            form=TimeZoneForm,
        ),
    )

    def evidence(self, row: Any) -> list[tuple[Text, SafeString]]:
        """Say that the clock passes over an organization, and why."""
        if row.time_zone in zones.names():
            return []
        sentence = _(
            "%(zone)s is no time zone that the portal knows. Deadlines of this"
            " organization are passed over until a program manager changes it."
        )
        words = format_html("<p>{}</p>", sentence % {"zone": row.time_zone})
        return [(_("Time zone"), words)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_of(request).has(Duty.PROGRAM_MANAGER)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is None:
            return refusing_form(request, CustomerForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return self.inlines if obj else []

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Open the customer through its service."""
        actor = staff_of(request)
        organizations.open_customer(obj, form.cleaned_data["admin_email"], by=actor)
