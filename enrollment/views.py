"""Pages on which a partner proves, signs, enrolls and presents itself."""

from functools import partial

from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment import services
from enrollment.forms import CompetencyForm, OfferingsForm, ProfileForm, SignForm
from enrollment.models import BusinessProfile, Enrollment, HeldCompetency, Program
from enrollment.overview import Overview, all_programs
from portal.accounts import client_address
from portal.audit import timeline
from portal.models import Location
from portal.roles import Kind
from portal.web import Request, member, refusals_shown

partner_page = partial(member, side=Kind.PARTNER)


def to_overview(request: Request) -> HttpResponse:
    return redirect("enrollment:overview", request.organization.slug)


@require_safe
@partner_page(*services.READERS)
def overview(request: Request, program: str = "") -> HttpResponse:
    """Show how far the partner is, and what it can deliver."""
    programs = {each.code: each for each in all_programs()}
    code = program or next(iter(programs), "")
    if code not in programs:
        raise Http404
    is_admin = request.actor.has(*services.ADMINS)
    here = Overview(request.organization, programs[code], may_act=is_admin)
    held = HeldCompetency.objects.visible_to(request.actor)
    context = {
        "overview": here,
        "programs": programs.values(),
        "held": held.select_related("competency", "proof").order_by("-pk"),
        "is_admin": is_admin,
        "timeline": timeline(here.current, request.actor) if here.current else [],
    }
    return render(request, "enrollment/overview.html", context)


@partner_page(*services.ADMINS)
def competency_add(request: Request) -> HttpResponse:
    form = CompetencyForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        with refusals_shown(request, form):
            services.add_competency(
                form.save(commit=False), form.cleaned_data["proof"], by=request.actor
            )
            messages.success(
                request, _("Added. The sponsor checks the proof and writes to you.")
            )
            return to_overview(request)
    return render(request, "enrollment/competency_add.html", {"form": form})


@partner_page(*services.ADMINS)
def agreement(request: Request, program: str) -> HttpResponse:
    """Show the whole text in force, and take the signature."""
    here = Overview(request.organization, get_object_or_404(Program, code=program))
    text = here.facts.agreement_on(here.today)
    if text is None:
        raise Http404
    form = SignForm(request.POST or None, initial={"name": request.user.name})
    if form.is_valid():
        with refusals_shown(request, form):
            services.sign(
                text,
                name=form.cleaned_data["name"],
                title=form.cleaned_data["title"],
                address=client_address(request),
                by=request.actor,
            )
            messages.success(request, _("The agreement is signed."))
            return redirect(here.url("program"))
    context = {
        "overview": here,
        "agreement": text,
        "signature": here.facts.signature_on(here.today),
        "form": form,
    }
    return render(request, "enrollment/agreement.html", context)


@partner_page(*services.ADMINS)
def offerings(request: Request, program: str) -> HttpResponse:
    """Choose offerings; the first choice begins the enrollment."""
    here = Overview(request.organization, get_object_or_404(Program, code=program))
    chosen = here.facts.latest.chosen if here.facts.latest else []
    form = OfferingsForm(
        request.POST or None,
        offerings=here.program.offerings.all(),
        initial={"offerings": chosen},
    )
    if form.is_valid():
        with refusals_shown(request, form):
            services.apply_for(
                here.program, form.cleaned_data["offerings"], by=request.actor
            )
            messages.success(request, _("Your choice is kept."))
            return redirect(here.url("program"))
    context = {"overview": here, "form": form}
    return render(request, "enrollment/offerings.html", context)


@partner_page(*services.ADMINS)
def check(request: Request, program: str) -> HttpResponse:
    """Show everything that is about to be sent; the button sends it."""
    here = Overview(request.organization, get_object_or_404(Program, code=program))
    mine = Enrollment.objects.visible_to(request.actor).open()
    enrollment = get_object_or_404(mine, program=here.program)
    if request.method == "POST":
        with refusals_shown(request):
            services.submit(enrollment, by=request.actor)
            messages.success(
                request,
                _("Your enrollment is sent. You get a mail when the sponsor decides."),
            )
            return redirect(here.url("program"))
    context = {"overview": here, "enrollment": enrollment}
    return render(request, "enrollment/check.html", context)


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
