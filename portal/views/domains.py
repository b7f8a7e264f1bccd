"""Mail domains of a company: which it has, how it proves one, how it loses one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from portal.forms import MailDomainForm
from portal.models import Domain
from portal.models.invitations import hash_of
from portal.services import domains, roles
from portal.views.organizations import to_company
from portal.web import Request, member, refusals_shown


@member(*roles.ADMINS)
def verify_domain(request: Request) -> HttpResponse:
    """Offer the domains that the admin has proved; the button verifies one."""
    if request.method == "POST":
        name = request.POST.get("name", "")
        with refusals_shown(request):
            domains.verify_domain(name, by=request.actor)
            _say_verified(request, name)
            return to_company(request)
    context = {"offers": domains.offers(by=request.actor)}
    return render(request, "portal/verify_domain.html", context)


@member(*roles.ADMINS)
def add_domain(request: Request) -> HttpResponse:
    form = MailDomainForm(request.POST or None)
    if form.is_valid():
        address = form.cleaned_data["address"]
        with refusals_shown(request, form):
            domains.ask_for_proof(address, by=request.actor)
            messages.success(
                request,
                _(
                    "A link is on its way to %(address)s."
                    " Open it while you are signed in."
                )
                % {"address": address},
            )
            return to_company(request)
    return render(request, "portal/add_domain.html", {"form": form})


@member(*roles.ADMINS)
def prove_domain(request: Request, token: str) -> HttpResponse:
    """Show what a mailed link proves; the button verifies the domain."""
    domains_waiting = Domain.objects.visible_to(request.actor).waiting()
    domain = domains_waiting.filter(token_hash=hash_of(token)).first()
    if domain is None:
        return render(request, "portal/domain_link_gone.html", status=404)
    if request.method == "POST":
        with refusals_shown(request):
            domains.prove_domain(domain, by=request.actor)
            _say_verified(request, domain.name)
            return to_company(request)
    return render(request, "portal/prove_domain.html", {"domain": domain})


@member(*roles.ADMINS)
def remove_domain(request: Request, pk: int) -> HttpResponse:
    """Ask first; the button takes the domain off the company."""
    domains_shown = Domain.objects.visible_to(request.actor).shown()
    domain = get_object_or_404(domains_shown, pk=pk)
    if request.method != "POST":
        return render(request, "portal/remove_domain.html", {"domain": domain})
    with refusals_shown(request):
        domains.remove_domain(domain, by=request.actor)
        messages.success(
            request, _("%(name)s is taken off your company.") % {"name": domain.name}
        )
    return to_company(request)


def _say_verified(request: Request, name: str) -> None:
    messages.success(
        request, _("%(name)s is your company's verified mail domain.") % {"name": name}
    )
