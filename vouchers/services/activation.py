"""Activating a benefit: its terms are accepted, and its contacts are named [SEED]."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import clock, mail
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from vouchers.models import BenefitContact, ContactPart, CustomerAgreement, Standing
from vouchers.services.people import OWNERS


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
    by.must_be(*OWNERS)
    with lock_row(agreement) as current:
        refuse_activation(current, accepts)
        current.activated_at = clock.now()
        current.activated_by = by.person
        current.accepted_terms = accepts
        current.save()
        keep(current, contacts)
        record("entitlement.activated", current, by=by, parties=[current.customer_id])
        tell("entitlement-activated", current, contacts, by=by)


def refuse_activation(current: CustomerAgreement, accepts: str) -> None:
    if current.activated_at:
        raise Refused(_("The benefit of this agreement is active already."))
    if current.standing == Standing.ENDED:
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
    by.must_be(*OWNERS)
    with lock_row(agreement) as current:
        if not current.activated_at:
            raise Refused(_("Activate the benefit first: it names the contacts."))
        before = contacts_of(current)
        if before == dict(contacts):
            return
        keep(current, contacts)
        record(
            "entitlement.contacted",
            current,
            by=by,
            parties=[current.customer_id],
            reason=moved(before, contacts),
        )
        told = set(before.values())
        new = {part: each for part, each in contacts.items() if each not in told}
        tell("entitlement-contact", current, new, by=by)


def moved(before: Contacts, after: Contacts) -> str:
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
    """Give the contacts of an agreement by what they are asked about."""
    return {
        ContactPart(each.part): Contact(each.name, each.email, each.phone)
        for each in agreement.contacts.all()
    }


def keep(current: CustomerAgreement, contacts: Contacts) -> None:
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


def tell(
    name: str, current: CustomerAgreement, contacts: Contacts, *, by: Member
) -> None:
    """Write to contacts, each address once; they may have no account."""
    addresses = {each.email.casefold(): each for each in contacts.values()}
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
