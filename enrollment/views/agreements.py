"""Pages of the program agreement: reading, signing, and what was signed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.forms.agreements import SignForm
from enrollment.models import Program, ProgramAgreement, Signature
from enrollment.presentation.enrollments import Overview
from enrollment.presentation.exports import Sheet
from enrollment.services import agreements, roles
from enrollment.views.enrollments import partner_page
from portal.accounts import client_address
from portal.web import Request, refusals_shown


@partner_page(*roles.READERS)
def agreement(request: Request, program: str) -> HttpResponse:
    """Show the whole text in force, and take the signature."""
    overview = Overview(request.organization, get_object_or_404(Program, code=program))
    version = overview.facts.agreement_on(overview.today)
    if version is None:
        raise Http404
    return _sheet(request, overview, version)


@partner_page(*roles.READERS)
def agreement_version(request: Request, program: str, version: int) -> HttpResponse:
    """Show a version by itself: one that was replaced, or the next one to sign."""
    overview = Overview(request.organization, get_object_or_404(Program, code=program))
    version_row = get_object_or_404(
        ProgramAgreement, pk=version, program=overview.program
    )
    return _sheet(request, overview, version_row)


def _sheet(
    request: Request, overview: Overview, version: ProgramAgreement
) -> HttpResponse:
    initial = {"name": request.user.name}
    form = SignForm(request.POST or None, version=version, initial=initial)
    sheet = Sheet(overview, version)
    asks = sheet.is_signable and request.actor.has(*roles.ADMINS)
    if form.is_valid():
        with refusals_shown(request, form if asks else None):
            agreements.sign(
                version,
                name=form.cleaned_data["name"],
                title=form.cleaned_data["title"],
                address=client_address(request),
                by=request.actor,
            )
            messages.success(
                request, _("The agreement is signed. The signed copy comes by mail.")
            )
            return redirect(overview.url("program"))
    context = {"sheet": sheet, "form": form, "asks": asks}
    return render(request, "enrollment/agreement.html", context)


@require_safe
@partner_page(*roles.READERS)
def signatures(request: Request, program: str) -> HttpResponse:
    """List every version that the company has signed, with its copy."""
    program_row = get_object_or_404(Program, code=program)
    signatures = Signature.objects.visible_to(request.actor).filter(
        agreement__program=program_row
    )
    context = {
        "program": program_row,
        "signatures": signatures.select_related("agreement", "copy").order_by(
            "-signed_at"
        ),
    }
    return render(request, "enrollment/agreement_history.html", context)
