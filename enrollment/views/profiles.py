"""Pages on which a partner presents itself."""

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from enrollment import services
from enrollment.forms import ProfileForm
from enrollment.models import BusinessProfile
from enrollment.views.shared import partner_page, to_overview
from portal.models import Location
from portal.web import Request, refusals_shown


@partner_page(*services.ADMINS)
def profile(request: Request) -> HttpResponse:
    """Write the profile, look at it, publish it."""
    kept = BusinessProfile.objects.visible_to(request.actor).first()
    form = ProfileForm(
        request.POST or None, initial=model_to_dict(kept) if kept else {}
    )
    if form.is_valid() and "publish" in request.POST:
        with refusals_shown(request, form):
            services.publish_profile(**form.cleaned_data, by=request.actor)
            messages.success(request, _("Your business profile is published."))
            return to_overview(request)
    context = {
        "form": form,
        "preview": form.cleaned_data if form.is_valid() else None,
        "locations": Location.objects.visible_to(request.actor).order_by("name"),
    }
    return render(request, "enrollment/profile.html", context)
