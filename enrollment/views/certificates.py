"""The page on which a certificate is added, by its holder or by an admin."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enrollment import services
from enrollment.forms import CertificateForm
from enrollment.models import Certificate
from enrollment.views.consultants import find
from enrollment.views.shared import partner_page
from portal.web import Request, refusals_shown


@partner_page(*services.READERS)
def add(request: Request, pk: int) -> HttpResponse:
    consultant = find(request, pk)
    form = CertificateForm(
        request.POST or None,
        request.FILES or None,
        initial={"exam": request.GET.get("exam", "")},
    )
    if form.is_valid():
        typed = form.cleaned_data
        certificate = Certificate(
            consultant=consultant,
            exam=typed["exam"],
            passed_on=typed["passed_on"],
            valid_until=typed["valid_until"],
        )
        with refusals_shown(request, form):
            services.add_certificate(certificate, typed["proof"], by=request.actor)
            messages.success(
                request, _("Added. The sponsor checks the proof and writes to you.")
            )
            return redirect(consultant)
    context = {"form": form, "consultant": consultant}
    return render(request, "enrollment/consultants/certificate_add.html", context)
