"""Addresses: the mail domain of one, and where a person has proved to work."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from portal.errors import Refused
from portal.models import Organization, PublicMailDomain, User
from portal.services.domains_sql import companies_with_domains
from portal.tenancy import also_for

is_in_order = DomainNameValidator(accept_idna=False)
LONGEST = 120


def mail_domain(text: str) -> str:
    """Give the mail domain of an address in the one form that we keep.

    Letters beyond ASCII become what Django writes to when it sends a mail there, so
    that nobody proves another domain than the one where the mail arrived.
    """
    name = text.strip().rpartition("@")[2].rstrip(".").lower()
    try:
        name = punycode(name).lower()
        is_in_order(name)
    except (UnicodeError, ValidationError):
        name = ""
    if not name or len(name) > LONGEST:
        raise Refused(
            _(
                "“%(text)s” has no mail domain. Type an address such as"
                " office@your-company.com."
            )
            % {"text": text.strip()}
        )
    return name


def domains_of(person: User) -> list[str]:
    """List the domains of the addresses that a person has verified, sign-in first."""
    proven = EmailAddress.objects.filter(user=person, verified=True)
    names = [_domain_or_nothing(each.email) for each in proven.order_by("-primary")]
    return list(dict.fromkeys(filter(None, names)))


def _domain_or_nothing(address: str) -> str:
    try:
        return mail_domain(address)
    except Refused:  # such as person@[192.0.2.1], which no company proves
        return ""


def work_domain(person: User) -> str:
    """Give the domain of the verified sign-in address, unless it is a public one."""
    mine = EmailAddress.objects.filter(user=person, verified=True, primary=True)
    names = [_domain_or_nothing(address.email) for address in mine]
    return next((name for name in names if name and not is_public(name)), "")


def is_public(name: str) -> bool:
    """Tell whether everybody can have an address there, or below it."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(len(labels))]
    return PublicMailDomain.objects.filter(name__in=above).exists()


def companies_at(names: list[str]) -> dict[str, Organization]:
    """Give the company of each domain that is verified; for whoever proved them."""
    keys = companies_with_domains(names)
    with also_for(*keys.values()):
        companies = Organization.objects.in_bulk(keys.values())
    return {name: companies[key] for name, key in keys.items()}


def companies_of(person: User) -> dict[str, Organization]:
    """Give the company at each mail domain that a person has proved."""
    return companies_at(domains_of(person))


def works_at(organization: Organization, person: User) -> bool:
    """Tell whether a verified address of a person is at a domain of the company."""
    return organization in companies_of(person).values()
