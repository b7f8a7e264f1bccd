"""Logos of partners in the directory, for everybody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enrollment.forms.profiles import CountryOfProfileForm, ProfileForm, StoredLogo
from enrollment.models import BusinessProfile, ProfileDraft
from enrollment.presentation import profiles as profile_presentation
from enrollment.services import profiles as profile_services
from enrollment.services import roles
from enrollment.views.enrollments import partner_page
from portal import clock
from portal.audit import timeline
from portal.findings import unmet_findings
from portal.models import Location
from portal.web import Request, refusals_shown

# A browser may show a logo that long after its profile has left the directory.
KEPT_SECONDS = 600


@login_not_required
@require_safe
def logo(_request: HttpRequest, profile: int, sha256: str) -> FileResponse:
    """Show the logo of a published profile; its type is ours, not the file's word."""
    logo_file = profile_services.public_logo(profile, sha256)
    if logo_file is None:
        raise Http404
    response = FileResponse(logo_file.open(), content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return response


def profile_of(request: Request, country: str) -> BusinessProfile:
    profiles_shown = BusinessProfile.objects.visible_to(request.actor)
    profiles = profiles_shown.select_related("partner", "logo", "reason")
    return get_object_or_404(profiles, country=country.upper())


def free_countries(request: Request) -> list[str]:
    """List the countries with a location of the company and without a profile."""
    places = Location.objects.visible_to(request.actor)
    taken = BusinessProfile.objects.visible_to(request.actor).values("country")
    free = places.exclude(country__in=taken).order_by("country")
    return list(free.values_list("country", flat=True).distinct())


def to_page(page: str, profile: BusinessProfile) -> HttpResponse:
    return redirect(f"enrollment:{page}", profile.partner.slug, profile.address)


@require_safe
@partner_page(*roles.READERS)
def profiles(request: Request) -> HttpResponse:
    """List the company's profiles, one for each country."""
    profiles = BusinessProfile.objects.visible_to(request.actor)
    context = {
        "profiles": profiles.for_list(),
        "countries": free_countries(request),
        "is_admin": request.actor.has(*roles.ADMINS),
    }
    return render(request, "enrollment/profiles.html", context)


@partner_page(*roles.ADMINS)
def profile_add(request: Request) -> HttpResponse:
    """Begin a profile for another country."""
    countries = free_countries(request)
    form = CountryOfProfileForm(request.POST or None, countries=countries)
    if form.is_valid():
        with refusals_shown(request, form):
            country = form.cleaned_data["country"]
            return to_page(
                "profile", profile_services.begin_profile(country, by=request.actor)
            )
    context = {"form": form, "countries": countries}
    return render(request, "enrollment/profile_add.html", context)


@partner_page(*roles.ADMINS)
def profile(request: Request, country: str) -> HttpResponse:
    """Write the draft of a profile; a logo is kept even if another field is wrong."""
    profile_row = profile_of(request, country)
    form = form_of(request, profile_row)
    if form.is_bound:
        with refusals_shown(request, form):
            keep_logo(request, profile_row, form)
            if form.is_valid():
                profile_services.save_profile(
                    profile_row, form.typed_draft(), by=request.actor
                )
                messages.success(request, _("The draft is kept."))
                return to_page("profile_preview", profile_row)
    context = {"form": form, "profile": profile_row}
    return render(request, "enrollment/profile.html", context)


def form_of(request: Request, profile: BusinessProfile) -> ProfileForm:
    draft = ProfileDraft.of(profile)
    locations = Location.objects.visible_to(request.actor).filter(
        country=profile.country
    )
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    return ProfileForm(
        *typed, draft=draft, places=locations.order_by("name"), logo=kept_logo(draft)
    )


def kept_logo(draft: ProfileDraft) -> StoredLogo | None:
    if draft.logo is None:
        return None
    return StoredLogo(
        draft.logo.name,
        profile_presentation.own_logo_url(draft.profile.partner, draft.logo),
    )


def keep_logo(request: Request, profile: BusinessProfile, form: ProfileForm) -> None:
    """Keep an upload as the draft's logo, or take the logo away if that was asked."""
    form.full_clean()
    file = form.cleaned_data.get("logo")
    if file is False or isinstance(file, UploadedFile):
        profile_services.change_logo(profile, file or None, by=request.actor)
        form.show_logo(kept_logo(ProfileDraft.of(profile)))


@require_safe
@partner_page(*roles.READERS)
def profile_preview(request: Request, country: str) -> HttpResponse:
    """Show exactly what customers will see, and what is still missing for that."""
    profile_row = profile_of(request, country)
    draft = ProfileDraft.of(profile_row)
    today = clock.today(profile_row.partner.time_zone)
    obstacles = unmet_findings(profile_services.check_profile(profile_row, draft))
    context = {
        "profile": profile_row,
        "has_draft": draft.pk is not None,
        "card": profile_presentation.preview_card(
            draft, profile_presentation.badges_of(profile_row.partner, today)
        ),
        "can_publish": not obstacles,
        # Nothing new is no obstacle to what customers see already.
        "obstacles": obstacles if draft.pk or profile_row.state == "returned" else [],
        "is_admin": request.actor.has(*roles.ADMINS),
        "timeline": timeline(profile_row, request.actor),
    }
    return render(request, "enrollment/profile_preview.html", context)


@require_POST
@partner_page(*roles.ADMINS)
def profile_publish(request: Request, country: str) -> HttpResponse:
    profile_row = profile_of(request, country)
    with refusals_shown(request):
        profile_services.publish_profile(profile_row, by=request.actor)
        messages.success(
            request,
            _("Your business profile for %(country)s is published.")
            % {"country": profile_row.country_name},
        )
    return to_page("profile_preview", profile_row)


@partner_page(*roles.ADMINS)
def profile_withdraw(request: Request, country: str) -> HttpResponse:
    """Ask first; the button on the page takes the profile back."""
    profile_row = profile_of(request, country)
    if request.method != "POST":
        return render(
            request, "enrollment/profile_withdraw.html", {"profile": profile_row}
        )
    with refusals_shown(request):
        profile_services.withdraw_profile(profile_row, by=request.actor)
        messages.success(request, _("Customers no longer see the profile."))
    return to_page("profile_preview", profile_row)
