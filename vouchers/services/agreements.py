"""Agreements: opening, granting days, activating, contacts, renewing, ending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.eligibility.rules import last_days
from portal import clock, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused, refuse_unless
from portal.roles import Duty, Role
from portal.services import people
from vouchers.models import (
    AgreementStatus,
    BenefitContact,
    ContactPart,
    CustomerAgreement,
)
from vouchers.models.ledger import EntryType
from vouchers.services import ledger, roles


def end_agreement(
    agreement: CustomerAgreement, *, last_day: date, reason: str, by: Staff
) -> None:
    """End an agreement before its time; its free days expire after its last day."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as current:
        ensure_end(current, last_day)
        current.ended_on = last_day
        current.save()
        record(
            "entitlement.ended",
            current,
            by=by,
            parties=[current.customer_id],
            reason=reason,
        )
        notify_admins("entitlement-ended", current, last_day.isoformat(), reason=reason)


def ensure_end(current: CustomerAgreement, last_day: date) -> None:
    if current.ended_on:
        raise Refused(
            _("The agreement was ended on %(day)s already.")
            % {"day": date_format(current.ended_on)}
        )
    if not current.starts_on <= last_day < current.ends_on:
        raise Refused(
            _("Choose a day from %(start)s to the day before %(end)s.")
            % {
                "start": date_format(current.starts_on),
                "end": date_format(current.ends_on),
            },
            field="last_day",
        )


def renew_agreement(agreement: CustomerAgreement, *, ends_on: date, by: Staff) -> None:
    """Lengthen an agreement; days that have expired meanwhile stay expired."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as current:
        if current.ended_on:
            raise Refused(
                _("The agreement was ended early. Open a new one in its place.")
            )
        if ends_on <= current.ends_on:
            raise Refused(
                _("The agreement runs until %(day)s. Choose a later day.")
                % {"day": date_format(current.ends_on)},
                field="ends_on",
            )
        current.ends_on = ends_on
        current.save()
        record("entitlement.renewed", current, by=by, parties=[current.customer_id])
        notify_admins("entitlement-renewed", current, ends_on.isoformat())


def adjust(agreement: CustomerAgreement, *, days: int, reason: str, by: Staff) -> None:
    """Add days to a pool, or take free ones off it, with a reason that all read.

    The same days for the same reason are taken for a form that was sent twice.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        kind = EntryType.RAISED if days > 0 else EntryType.LOWERED
        ensure_adjustment(pool, kind, days, reason)
        written = ledger.entry(kind, pool, abs(days), note=reason)
        ledger.post([written])
        record(
            "entitlement.adjusted",
            pool,
            by=by,
            parties=[pool.customer_id],
            reason=_("%(days)+d days: %(reason)s") % {"days": days, "reason": reason},
        )
        pool.balance.refresh_from_db()
        notify_admins(
            "entitlement-adjusted",
            pool,
            f"adjusted:{written.pk}",
            days=abs(days),
            is_more=days > 0,
            reason=reason,
        )


def ensure_adjustment(
    pool: CustomerAgreement, kind: EntryType, days: int, reason: str
) -> None:
    if days == 0:
        raise Refused(_("Add or take off at least one day."), field="days")
    if days > 0:
        ledger.ensure_pool(pool)
    ledger.ensure_room(pool, days)
    free = pool.balance.free
    if days + free < 0:
        sentence = ngettext(
            "The pool has %(free)s free day; no more can be taken off.",
            "The pool has %(free)s free days; no more can be taken off.",
            free,
        )
        raise Refused(sentence % {"free": free}, field="days")
    there = pool.entries.noted(kind, reason).filter(days=abs(days))
    if there.exists():
        raise Refused(
            _("The pool was adjusted by these days for this reason already."),
            field="reason",
        )


def notify_admins(
    name: str, current: CustomerAgreement, action: str, **context: Any
) -> None:
    """Tell an agreement's benefit admins; ``action`` tells one action from the next."""
    mail.queue_all(
        name,
        people.people_with(current.customer, Role.BENEFIT_ADMIN),
        key=f"{current.pk}:{action}",
        agreement=current,
        path=current.get_absolute_url(),
        days_left=clock.days_until(current.last_day, current.customer.time_zone),
        **context,
    )


@dataclass(frozen=True)
class Contact:
    """Whom to ask: a person in the company, who need not have an account."""

    name: str
    email: str
    phone: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [f"{self.name} <{self.email}>", self.phone]))


Contacts = Mapping[ContactPart, Contact]


def activate(
    agreement: CustomerAgreement, *, accepts: str, contacts: Contacts, by: Member
) -> None:
    """Activate the benefit: vouchers can be created from then on.

    ``accepts`` are the terms that were read; other ones by now are read first.
    """
    by.must_be(*roles.OWNERS)
    with lock_row(agreement) as current:
        ensure_activation(current, accepts)
        current.activated_at = clock.now()
        current.activated_by = by.person
        current.accepted_terms = accepts
        current.save()
        save_contacts(current, contacts)
        record("entitlement.activated", current, by=by, parties=[current.customer_id])
        notify_contacts("entitlement-activated", current, contacts, by=by)


def ensure_activation(current: CustomerAgreement, accepts: str) -> None:
    if current.activated_at:
        raise Refused(_("The benefit of this agreement is active already."))
    if current.standing == AgreementStatus.ENDED:
        raise Refused(
            _("The agreement ended on %(day)s.")
            % {"day": date_format(current.last_day)}
        )
    if current.program.benefit_terms != accepts:
        raise Refused(
            _("The terms were changed meanwhile. Read them again."), field="accepts"
        )


def change_contacts(
    agreement: CustomerAgreement, *, contacts: Contacts, by: Member
) -> None:
    """Name other contacts of an active benefit; the new ones are told."""
    by.must_be(*roles.OWNERS)
    with lock_row(agreement) as current:
        if not current.activated_at:
            raise Refused(_("Activate the benefit first: it names the contacts."))
        before = contacts_of(current)
        if before == dict(contacts):
            return
        save_contacts(current, contacts)
        record(
            "entitlement.contacted",
            current,
            by=by,
            parties=[current.customer_id],
            reason=contact_changes(before, contacts),
        )
        known_contacts = set(before.values())
        new = {
            part: contact
            for part, contact in contacts.items()
            if contact not in known_contacts
        }
        notify_contacts("entitlement-contact", current, new, by=by)


def contact_changes(before: Contacts, after: Contacts) -> str:
    """Say who was a contact and who takes the place."""
    lines = [
        _("%(name)s: from %(before)s to %(after)s")
        % {
            "name": part.label,
            "before": before.get(part) or _("nobody"),
            "after": after.get(part) or _("nobody"),
        }
        for part in ContactPart
        if before.get(part) != after.get(part)
    ]
    return "\n".join(lines)


def contacts_of(agreement: CustomerAgreement) -> dict[ContactPart, Contact]:
    """Return the contacts of an agreement by what they are asked about."""
    return {
        ContactPart(contact.part): Contact(contact.name, contact.email, contact.phone)
        for contact in agreement.contacts.all()
    }


def save_contacts(current: CustomerAgreement, contacts: Contacts) -> None:
    """Keep exactly these contacts; the benefit has one always."""
    assert ContactPart.BENEFIT in contacts, "the form asks for it"
    current.contacts.exclude(part__in=contacts).delete()
    BenefitContact.objects.bulk_create(
        [
            BenefitContact(
                agreement=current,
                customer_id=current.customer_id,
                part=part,
                name=contact.name,
                email=contact.email,
                phone=contact.phone,
            )
            for part, contact in contacts.items()
        ],
        update_conflicts=True,
        unique_fields=["agreement", "part"],
        update_fields=["name", "email", "phone"],
    )


def notify_contacts(
    name: str, current: CustomerAgreement, contacts: Contacts, *, by: Member
) -> None:
    """Write to contacts, each address once; they may have no account."""
    addresses = {contact.email.casefold(): contact for contact in contacts.values()}
    moment = clock.now().isoformat()
    for address, contact in addresses.items():
        mail.queue_to(
            name,
            contact.email,
            key=f"{current.pk}:{address}:{moment}",
            caused_by=by.person,
            contact=contact,
            agreement=current,
            path=current.get_absolute_url(),
        )


def open_agreement(agreement: CustomerAgreement, *, days: int, by: Staff) -> None:
    """Open a customer's agreement with its first days; for program managers."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        agreement.save()
        record("entitlement.opened", agreement, by=by, parties=[agreement.customer_id])
        if days:
            grant(agreement, days=days, note=_("Opening balance"), by=by)
        mail.queue_all(
            "entitlement-opened",
            people.people_with(agreement.customer, Role.BENEFIT_ADMIN),
            key=str(agreement.pk),
            agreement=agreement,
            days=days,
            path=agreement.get_absolute_url(),
        )


def grant(agreement: CustomerAgreement, *, days: int, note: str, by: Staff) -> None:
    """Add days to an agreement's pool, until the program's accrual ends.

    The note names what they are for; days for the same thing are granted once.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        ensure_grant(pool, days, note)
        ledger.post([ledger.entry(EntryType.GRANTED, pool, days, note=note)])
        record(
            "entitlement.granted",
            pool,
            by=by,
            parties=[pool.customer_id],
            reason=_("%(days)s days: %(note)s") % {"days": days, "note": note},
        )


def ensure_grant(pool: CustomerAgreement, days: int, note: str) -> None:
    ledger.ensure_pool(pool)
    ensure_accrual(pool)
    if days < 1:
        raise Refused(_("Grant at least one day."), field="days")
    ledger.ensure_room(pool, days)
    if pool.entries.noted(EntryType.GRANTED, note).exists():
        raise Refused(
            _("Days for “%(note)s” were granted already.") % {"note": note},
            field="note",
        )


def ensure_accrual(pool: CustomerAgreement) -> None:
    """Raise ``Refused``, beside the days, when the program grants none any more."""
    today = clock.today(pool.customer.time_zone)
    refuse_unless(last_days.ACCRUAL.finding(pool.program, today), field="days")
