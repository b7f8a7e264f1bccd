"""Organizations, people and records, as the sponsor's people read them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from portal import services
from portal.actors import Actor
from portal.forms import CountryField, TimeZoneField
from portal.models import (
    AuditEntry,
    Document,
    Email,
    Invitation,
    Location,
    Membership,
    Organization,
    User,
)
from portal.review import ReviewAdmin
from portal.roles import Duty
from portal.views import file_response


class CustomerForm(forms.ModelForm):
    """A customer to open, and the address of its first benefit admin."""

    country = CountryField()
    time_zone = TimeZoneField()
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


@admin.register(Organization)
class OrganizationAdmin(ReviewAdmin):
    """Partners register themselves; customers are opened here by program managers."""

    list_display = ["name", "kind", "country", "is_listed", "created_at"]
    list_filter = ["kind", "is_listed"]
    search_fields = ["name", "slug"]
    inlines = [MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return Actor.staff(request.user).has(Duty.PROGRAM_MANAGER)  # type: ignore[arg-type]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        if obj is None:
            return CustomerForm
        return super().get_form(request, obj, change, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return self.inlines if obj else []

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Open the customer through its service."""
        actor = Actor.staff(request.user)  # type: ignore[arg-type]
        services.open_customer(obj, form.cleaned_data["admin_email"], by=actor)


@admin.register(User)
class UserAdmin(ReviewAdmin):
    list_display = ["name", "email", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "language", "is_staff", "is_active", "groups"]


@admin.register(Membership)
class MembershipAdmin(ReviewAdmin):
    list_display = ["person", "organization", "role_names", "is_active"]
    fields = ["person", "organization", "role_names", "is_active"]
    list_select_related = ["person", "organization"]
    search_fields = ["person__name", "person__email", "organization__name"]


@admin.register(Invitation)
class InvitationAdmin(ReviewAdmin):
    list_display = ["email", "organization", "created_at", "expires_at", "accepted_at"]
    list_select_related = ["organization"]
    fields = [
        "organization",
        "email",
        "role_names",
        "invited_by",
        "expires_at",
        "accepted_at",
    ]
    search_fields = ["email", "organization__name"]


@admin.register(Location)
class LocationAdmin(ReviewAdmin):
    list_display = ["name", "organization", "city", "country"]
    list_select_related = ["organization"]
    search_fields = ["name", "organization__name", "city"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReviewAdmin):
    list_display = ["at", "verb", "subject_name", "person_name", "organization_name"]
    list_filter = ["side", "subject_type"]
    search_fields = ["subject_name", "person_name", "organization_name"]
    ordering = ["-pk"]


@admin.register(Email)
class EmailAdmin(ReviewAdmin):
    list_display = ["subject", "to", "queued_at", "sent_at", "attempts"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["to", "subject"]
    ordering = ["-pk"]


@admin.register(Document)
class DocumentAdmin(ReviewAdmin):
    """Files of all parties; each is handed out as an attachment."""

    list_display = ["name", "content_type", "size", "uploaded_by", "uploaded_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256"]
    change_form_template = "admin/document.html"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.download)
        return [
            path("<int:pk>/file/", page, name="portal_document_file"),
            *super().get_urls(),
        ]

    def download(self, request: HttpRequest, pk: int) -> FileResponse:
        return file_response(get_object_or_404(Document, pk=pk))
