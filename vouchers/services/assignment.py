"""Giving a voucher to a project manager and a partner, and taking it back."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment import eligibility, rules
from portal import clock, mail
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused, refuse_unless
from portal.findings import unmet
from portal.models import Organization, User
from portal.models.organizations import introduce
from portal.services import people_with
from portal.states import why_not
from portal.tenancy import also_for, reading_directory
from vouchers.models import State, Voucher
from vouchers.models.vouchers import TYPE
from vouchers.services.people import MANAGERS, OWNERS, tell_partner

# What an assignment is judged by, read with the voucher by its owner.
WITH = ("admin", "customer", TYPE)


def assign(
    voucher: Voucher,
    *,
    project_manager: User,
    partner: Organization | None,
    by: Member,
) -> None:
    """Give a voucher to a project manager and, when named, to a partner.

    Without a partner any eligible one can reserve it by number and e-mail. Only those
    for whom something changed are told.
    """
    by.must_be(*OWNERS)
    named = partner.pk if partner else None
    with also_for(*voucher.parties, named), lock_row(voucher, *WITH) as current:
        refuse_assignment(current, project_manager, partner)
        manager_before, partner_before = current.project_manager, current.partner
        current.assign(project_manager=project_manager, partner=partner)
        current.save()
        parties = [*current.parties, partner_before.pk if partner_before else None]
        entry = record("voucher.assigned", current, by=by, parties=parties)
        key = entry.at.isoformat()
        if project_manager not in (manager_before, by.person):
            tell_manager(current, key=key)
        if partner != partner_before:
            tell_partners(current, partner_before, key=key)


def refuse_assignment(
    voucher: Voucher, manager: User, partner: Organization | None
) -> None:
    """Raise ``Refused``, beside its field, unless a locked voucher may go to them."""
    refusal = why_not(voucher, "assign")
    if refusal:
        raise Refused(refusal)
    refuse_after_last_day(voucher)
    refuse_repetition(voucher, manager, partner)
    refuse_manager(voucher, manager)
    if partner is not None:
        refuse_partner(voucher, partner)


def refuse_after_last_day(voucher: Voucher) -> None:
    today = clock.today(voucher.customer.time_zone)
    refuse_unless(rules.assignable(voucher.engagement_type.offering, today))


def refuse_repetition(
    voucher: Voucher, manager: User, partner: Organization | None
) -> None:
    same = voucher.project_manager == manager and voucher.partner == partner
    if voucher.state == State.ASSIGNED and same:
        raise Refused(_("The voucher is assigned to them already."))


def refuse_manager(voucher: Voucher, person: User) -> None:
    if person not in people_with(voucher.customer, *MANAGERS):
        raise Refused(
            _("%(name)s is not a project manager of your organization.")
            % {"name": person},
            field="project_manager",
        )


def refuse_partner(voucher: Voucher, partner: Organization) -> None:
    """Raise ``Refused`` unless the partner could deliver the voucher today, there."""
    today = clock.today(partner.time_zone)
    findings = eligibility.findings_for(
        partner, voucher.engagement_type, today, voucher.country
    )
    if not unmet(findings):
        return
    # The customer learns that it cannot be, not what is in the partner's files.
    raise Refused(
        _(
            "%(partner)s cannot deliver “%(type)s” in %(country)s at present."
            " Choose another partner."
        )
        % {
            "partner": partner,
            "type": voucher.engagement_type,
            "country": voucher.country_name,
        },
        field="partner",
    )


def tell_manager(voucher: Voucher, *, key: str) -> None:
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        "voucher-assigned-manager",
        to=voucher.project_manager,
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
    )


def tell_partners(voucher: Voucher, before: Organization | None, *, key: str) -> None:
    """Tell the partner that gets a voucher, and the one that had it."""
    if before is not None:
        tell_partner("voucher-recalled", voucher, before, key=key)
    if voucher.partner is not None:
        introduce(voucher.customer, voucher.partner)
        tell_partner("voucher-assigned-partner", voucher, voucher.partner, key=key)


def recall(voucher: Voucher, *, by: Member) -> None:
    """Take an assignment back before a partner reserves."""
    by.must_be(*OWNERS)
    with also_for(*voucher.parties), lock_row(voucher, *WITH) as current:
        partner, parties = current.partner, current.parties
        current.recall()
        current.save()
        entry = record("voucher.recalled", current, by=by, parties=parties)
        if partner is not None:
            tell_partner("voucher-recalled", current, partner, key=entry.at.isoformat())


def partners_for(voucher: Voucher) -> list[Organization]:
    """List the partners in the directory that could deliver a voucher today."""
    with reading_directory():
        return eligibility.eligible_partners(
            voucher.engagement_type, country=voucher.country
        )


def managers_for(voucher: Voucher) -> list[User]:
    """List the customer's people to whom a voucher can be given, by name."""
    members = people_with(voucher.customer, *MANAGERS)
    return sorted(members, key=lambda person: (person.name, person.pk))


def managers_of(customer: Organization) -> QuerySet[User]:
    """Give the people of a customer to whom vouchers can be given, by name."""
    members = people_with(customer, *MANAGERS)
    people = User.objects.filter(pk__in=[person.pk for person in members])
    return people.order_by("name", "pk")


def listed_partners() -> QuerySet[Organization]:
    """Give the partners of the directory, by name."""
    listed = Organization.objects.partners().filter(is_listed=True)
    return listed.order_by("name", "pk")


def eligible_for_all(vouchers: Iterable[Voucher]) -> QuerySet[Organization]:
    """Give the partners that could deliver each of these vouchers today, by name."""
    kinds = {(each.engagement_type_id, each.country): each for each in vouchers}
    able = [{each.pk for each in partners_for(one)} for one in kinds.values()]
    return listed_partners().filter(pk__in=set.intersection(*able) if able else [])
