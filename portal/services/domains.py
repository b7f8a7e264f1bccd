"""Mail domains: proving, verifying and removing them, and where a person works."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from portal import clock, limits, mail
from portal.actors import Actor, Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import AuditEntry, Domain, Organization, PublicMailDomain, User
from portal.models.invitations import hash_of, new_token
from portal.roles import Duty
from portal.services import domains_sql, people, roles
from portal.tenancy import also_for

is_in_order = DomainNameValidator(accept_idna=False)
LONGEST = 120


def mail_domain(text: str) -> str:
    """Return the mail domain of an address in the one form that we keep.

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
    names = [_domain_or_nothing(domain.email) for domain in proven.order_by("-primary")]
    return list(dict.fromkeys(filter(None, names)))


def _domain_or_nothing(address: str) -> str:
    try:
        return mail_domain(address)
    except Refused:  # such as person@[192.0.2.1], which no company proves
        return ""


def work_domain(person: User) -> str:
    """Return the domain of the verified sign-in address, unless it is a public one."""
    addresses = EmailAddress.objects.filter(user=person, verified=True, primary=True)
    names = [_domain_or_nothing(address.email) for address in addresses]
    return next((name for name in names if name and not is_public(name)), "")


def is_public(name: str) -> bool:
    """Tell whether everybody can have an address there, or below it."""
    labels = name.split(".")
    above = [".".join(labels[start:]) for start in range(len(labels))]
    return PublicMailDomain.objects.filter(name__in=above).exists()


def companies_at(names: list[str]) -> dict[str, Organization]:
    """Return the company of each domain that is verified; for whoever proved them."""
    keys = domains_sql.companies_with_domains(names)
    with also_for(*keys.values()):
        companies = Organization.objects.in_bulk(keys.values())
    return {name: companies[key] for name, key in keys.items()}


def companies_of(person: User) -> dict[str, Organization]:
    """Return the company at each mail domain that a person has proved."""
    return companies_at(domains_of(person))


def works_at(organization: Organization, person: User) -> bool:
    """Tell whether a verified address of a person is at a domain of the company."""
    return organization in companies_of(person).values()


def save_public_domain(domain: PublicMailDomain, *, by: Staff) -> None:
    """Keep a public mail domain; what a company has verified already stays its own."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        domain.save()
        record("public_domain.saved", domain, by=by, parties=[])


def remove_public_domain(domain: PublicMailDomain, *, by: Staff) -> None:
    """Take a domain off the list, so that a company can prove it."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        record("public_domain.removed", domain, by=by, parties=[])
        domain.delete()


@dataclass(frozen=True)
class DomainOffer:
    """The mail domain of an address that a person has proved, and why not to take it.

    ``is_done`` when it is verified for the company already.
    """

    name: str
    why_not: str = ""
    is_done: bool = False


def offers(*, by: Member) -> list[DomainOffer]:
    """List the domains that the actor has proved, each with why not to verify it."""
    names = domains_of(by.person)
    companies = companies_at(names)
    return [_offer(name, companies.get(name), by) for name in names]


def _offer(name: str, company: Organization | None, by: Member) -> DomainOffer:
    if company is not None and company.pk == by.organization_id:
        return DomainOffer(name, is_done=True)
    if is_public(name):
        return DomainOffer(name, public_sentence(name))
    return DomainOffer(name, taken_sentence(name) if company else "")


def public_sentence(name: str) -> str:
    return _(
        "Everybody can have an address at %(name)s, so it proves no company."
        " Use a work address."
    ) % {"name": name}


def taken_sentence(name: str) -> str:
    return _(
        "%(name)s is the mail domain of another company here."
        " If it is yours, write to the sponsor."
    ) % {"name": name}


def verify_domain(name: str, *, by: Member) -> None:
    """Make a domain the company's own: the admin has proved an address at it."""
    by.must_be(*roles.ADMINS)
    if name not in domains_of(by.person):
        raise Refused(
            _("You have no verified e-mail address at %(name)s.") % {"name": name}
        )
    _ensure_not_public(name)
    with transaction.atomic(), lock_row(_row(name, by)) as current:
        _keep(current, by=by)


def ask_for_proof(address: str, *, by: Member) -> Domain:
    """Mail a link to an address: who has it can prove the domain for the company."""
    by.must_be(*roles.ADMINS)
    name = mail_domain(address)
    _ensure_not_public(name)
    limits.count_attempt("domain", by.organization_id, settings.DOMAIN_LIMIT)
    token = new_token()
    with transaction.atomic(), lock_row(_row(name, by)) as current:
        _ensure_not_verified(current)
        # Whose it is otherwise is told to nobody who has not proved an address there.
        current.proof_address = address.strip()
        current.token_hash = hash_of(token)
        current.expires_at = clock.now() + timedelta(
            days=settings.DOMAIN_LINK_LIFE_DAYS
        )
        current.save()
        entry = record(
            "domain.asked", current, by=by, parties=[current.organization_id]
        )
        mail.queue_sealed(
            "domain-proof",
            to=User(email=current.proof_address, language=by.person.language),
            key=str(entry.pk),
            caused_by=by.person,
            domain=current,
            asker=by.person,
            path=_link(by, token),
        )
    return current


def _link(by: Member, token: str) -> str:
    return reverse("organization:prove_domain", args=[by.organization.slug, token])


def prove_domain(domain: Domain, *, by: Member) -> None:
    """Make a domain the company's own: an admin holds the link that was mailed."""
    by.must_be(*roles.ADMINS)
    with lock_row(domain) as current:
        if not current.is_waiting or current.token_hash != domain.token_hash:
            raise Refused(_("This link was used already or has expired."))
        _ensure_not_public(current.name)
        _keep(current, by=by)


def remove_domain(domain: Domain, *, by: Member) -> None:
    """Take a domain off the company; only the sponsor takes the last verified one."""
    by.must_be(*roles.ADMINS)
    # The organization's row is the lock: two domains cannot both be the last but one.
    with lock_row(domain.organization), lock_row(domain) as current:
        other_domains = Domain.objects.verified().exclude(pk=current.pk)
        if (
            current.is_verified
            and not other_domains.filter(organization=current.organization_id).exists()
        ):
            raise Refused(
                _(
                    "The last verified mail domain stays: it shows who works for you."
                    " Verify another one first, or write to the sponsor."
                )
            )
        _clear(current)
        record("domain.removed", current, by=by, parties=[current.organization_id])


def confirm_domain(domain: Domain, *, reason: str, by: Staff) -> None:
    """Verify a company's domain without the link; the reason says on what proof."""
    by.must_be(*roles.SAFETY)
    _ensure_not_public(domain.name)
    with lock_row(domain) as current:
        entry = _keep(current, by=by, reason=reason)
        _notify_admins("domain-verified", current, entry)


def take_domain_away(domain: Domain, *, reason: str, by: Staff) -> None:
    """Take a domain from a company; another one can prove it then."""
    by.must_be(*roles.SAFETY)
    with lock_row(domain) as current:
        if not current.is_verified and not current.token_hash:
            raise Refused(_("This mail domain was taken away already."))
        _clear(current)
        parties = [current.organization_id]
        entry = record("domain.removed", current, by=by, parties=parties, reason=reason)
        _notify_admins("domain-removed", current, entry)


def _row(name: str, by: Member) -> Domain:
    """Return the company's row of a domain, a new one if there is none."""
    row, _is_new = Domain.objects.get_or_create(organization=by.organization, name=name)
    return row


def _ensure_not_public(name: str) -> None:
    if is_public(name):
        raise Refused(public_sentence(name))


def _ensure_not_verified(current: Domain) -> None:
    if current.is_verified:
        raise Refused(
            _("%(name)s is a verified mail domain of your company already.")
            % {"name": current.name}
        )


def _keep(current: Domain, *, by: Actor, reason: str = "") -> AuditEntry:
    _ensure_not_verified(current)
    current.verified_at = clock.now()
    current.verified_by = by.person
    current.token_hash = ""
    current.expires_at = None
    try:
        with transaction.atomic():
            current.save()
    except IntegrityError as error:  # domain_verified_once
        raise Refused(taken_sentence(current.name)) from error
    parties = [current.organization_id]
    return record("domain.verified", current, by=by, parties=parties, reason=reason)


def _clear(current: Domain) -> None:
    current.verified_at = current.verified_by = current.expires_at = None
    current.token_hash = ""
    current.save()


def _notify_admins(name: str, domain: Domain, entry: AuditEntry) -> None:
    organization = domain.organization
    mail.queue_all(
        name,
        people.people_with(organization, *roles.ADMINS),
        key=str(entry.pk),
        domain=domain,
        reason=entry.reason,
        path=reverse("organization:company", args=[organization.slug]),
    )
