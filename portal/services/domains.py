"""Mail domains: how a company gets its own, and how it loses one."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, limits, mail
from portal.actors import Actor, Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import AuditEntry, Domain, Organization, User
from portal.models.people import hash_of, new_token
from portal.services.addresses import (
    companies_at,
    domains_of,
    is_public,
    mail_domain,
)
from portal.services.people import people_with
from portal.services.rights import ADMINS, SAFETY


@dataclass(frozen=True)
class Offer:
    """The mail domain of an address that a person has proved, and why not to take it.

    ``is_done`` when it is verified for the company already.
    """

    name: str
    why_not: str = ""
    is_done: bool = False


def offers(*, by: Member) -> list[Offer]:
    """List the domains that the actor has proved, each with why not to verify it."""
    names = domains_of(by.person)
    companies = companies_at(names)
    return [_offer(name, companies.get(name), by) for name in names]


def _offer(name: str, company: Organization | None, by: Member) -> Offer:
    if company is not None and company.pk == by.organization_id:
        return Offer(name, is_done=True)
    if is_public(name):
        return Offer(name, public_sentence(name))
    return Offer(name, taken_sentence(name) if company else "")


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
    by.must_be(*ADMINS)
    if name not in domains_of(by.person):
        raise Refused(
            _("You have no verified e-mail address at %(name)s.") % {"name": name}
        )
    _must_not_be_public(name)
    with transaction.atomic(), lock_row(_row(name, by)) as current:
        _keep(current, by=by)


def ask_for_proof(address: str, *, by: Member) -> Domain:
    """Mail a link to an address: who has it can prove the domain for the company."""
    by.must_be(*ADMINS)
    name = mail_domain(address)
    _must_not_be_public(name)
    limits.count_attempt("domain", by.organization_id, settings.DOMAIN_LIMIT)
    token = new_token()
    with transaction.atomic(), lock_row(_row(name, by)) as current:
        _must_not_be_verified(current)
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
    by.must_be(*ADMINS)
    with lock_row(domain) as current:
        if not current.is_waiting or current.token_hash != domain.token_hash:
            raise Refused(_("This link was used already or has expired."))
        _must_not_be_public(current.name)
        _keep(current, by=by)


def remove_domain(domain: Domain, *, by: Member) -> None:
    """Take a domain off the company; only the sponsor takes the last verified one."""
    by.must_be(*ADMINS)
    # The organization's row is the lock: two domains cannot both be the last but one.
    with lock_row(domain.organization), lock_row(domain) as current:
        others = Domain.objects.verified().exclude(pk=current.pk)
        if (
            current.is_verified
            and not others.filter(organization=current.organization_id).exists()
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
    by.must_be(*SAFETY)
    _must_not_be_public(domain.name)
    with lock_row(domain) as current:
        entry = _keep(current, by=by, reason=reason)
        _tell_admins("domain-verified", current, entry)


def take_domain_away(domain: Domain, *, reason: str, by: Staff) -> None:
    """Take a domain from a company; another one can prove it then."""
    by.must_be(*SAFETY)
    with lock_row(domain) as current:
        if not current.is_verified and not current.token_hash:
            raise Refused(_("This mail domain was taken away already."))
        _clear(current)
        parties = [current.organization_id]
        entry = record("domain.removed", current, by=by, parties=parties, reason=reason)
        _tell_admins("domain-removed", current, entry)


def _row(name: str, by: Member) -> Domain:
    """Give the company's row of a domain; an added one is nothing until it is kept."""
    row, _is_new = Domain.objects.get_or_create(organization=by.organization, name=name)
    return row


def _must_not_be_public(name: str) -> None:
    if is_public(name):
        raise Refused(public_sentence(name))


def _must_not_be_verified(current: Domain) -> None:
    if current.is_verified:
        raise Refused(
            _("%(name)s is a verified mail domain of your company already.")
            % {"name": current.name}
        )


def _keep(current: Domain, *, by: Actor, reason: str = "") -> AuditEntry:
    _must_not_be_verified(current)
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


def _tell_admins(name: str, domain: Domain, entry: AuditEntry) -> None:
    organization = domain.organization
    mail.queue_all(
        name,
        people_with(organization, *ADMINS),
        key=str(entry.pk),
        domain=domain,
        reason=entry.reason,
        path=reverse("organization:company", args=[organization.slug]),
    )
