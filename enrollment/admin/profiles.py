"""Business profiles: read as customers see them, returned with a reason."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from enrollment.admin.catalogue import CatalogueAdmin
from enrollment.models import BusinessProfile, ProfileState, Tag
from enrollment.presentation import profiles as profile_presentation
from enrollment.services import profiles as profile_services
from enrollment.services import roles
from portal import clock
from portal.admin_base import AdminAction, ReviewAdmin
from portal.findings import Text
from portal.forms import coded_reason
from portal.models import Document, Topic


@admin.register(BusinessProfile)
class BusinessProfileAdmin(ReviewAdmin):
    """Profiles in the directory, those published last first."""

    list_display = ["partner", "named_country", "state", "published_at"]
    list_filter = ["state"]
    list_select_related = ["partner"]
    search_fields = ["partner__name"]
    ordering = ["-published_at", "-pk"]
    fields = [
        "partner",
        "named_country",
        "state",
        "published_at",
        "returned_at",
        "reason",
        "note",
    ]
    record_actions = (
        AdminAction(
            profile_services.return_profile,
            _("Return"),
            *roles.REVIEWERS,
            form=coded_reason(Topic.PROFILE),
            move="return_for_correction",
        ),
    )

    @admin.display(description=_("country"), ordering="country")
    def named_country(self, row: BusinessProfile) -> str:
        return row.country_name

    def evidence(self, row: BusinessProfile) -> list[tuple[Text, SafeString]]:
        """Show what customers see, or saw until it was returned."""
        if not row.description:
            return []
        is_shown = row.state == ProfileState.PUBLISHED
        title = _("What customers see") if is_shown else _("What customers saw last")
        badges = profile_presentation.badges_of(
            row.partner, clock.today(row.partner.time_zone)
        )
        context = {"card": profile_presentation.shown_card(row, badges, _logo_url)}
        card = render_to_string("enrollment/partials/profile_card.html", context)
        return [(title, card)]


def _logo_url(logo: Document) -> str:
    return reverse("admin:portal_document_file", args=[logo.pk])


@admin.register(Tag)
class TagAdmin(CatalogueAdmin):
    list_display = ["name", "kind", "slug", "position"]
    list_filter = ["kind"]
    search_fields = ["name"]
