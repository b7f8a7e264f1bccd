"""Mails about many vouchers at once: few statements, and no flood for one person.

Who is told of up to ``SINGLE`` vouchers gets a mail about each; who is told of more,
one mail that lists them.
"""

from collections import defaultdict
from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from django.urls import reverse

from portal import clock, mail
from portal.actors import Member
from portal.models import Membership, Organization, User
from portal.models.organizations import introduce
from portal.services import people
from portal.tenancy import also_for
from vouchers.models import Voucher
from vouchers.models.vouchers import TYPE
from vouchers.services import roles

# So many mails about one voucher each, and so many lines in a mail about more.
SINGLE = 5
LINES = 50


class NotificationFact(NamedTuple):
    """A voucher of which its followers are told, and the ``fact`` that they hear."""

    pk: int
    customer: int
    partner: int | None
    manager: int | None
    admin: int
    fact: Hashable = None


# The columns of the voucher in that order; a row has them first.
COLUMNS = ["pk", "customer", "partner", "project_manager", "admin"]


def fact_of(row: Sequence[Any], fact: Hashable) -> NotificationFact:
    """Return what is told of a row that begins with ``COLUMNS``."""
    pk, customer, partner, manager, admin, *_more = row
    return NotificationFact(pk, customer, partner, manager, admin, fact)


# A voucher's key, and what is told of it.
Fact = tuple[int, Hashable]


class Digests:
    """Mails ``emails/<name>`` about one voucher, and ``emails/<name>-many``.

    ``words`` gives what a mail says of a voucher beside itself, ``key`` which action it
    tells of; ``single`` is the most vouchers of which a person is told one by one.
    """

    def __init__(
        self,
        name: str,
        *,
        words: Callable[[Voucher, Any], dict[str, Any]],
        key: Callable[[Voucher, Any], str],
        single: int = SINGLE,
    ) -> None:
        self.name = name
        self.words = words
        self.key = key
        self.single = single

    def letters(self, facts_told: Iterable[NotificationFact]) -> Iterator[mail.Letter]:
        """Say what each follower is told; those who are told the same come together."""
        units = self._units(facts_told)
        voucher_ids = {pk for _place, facts in units for pk, _fact in facts[:LINES]}
        # No mail names who has them at the customer.
        rows = Voucher.objects.select_related("customer", "partner", TYPE)
        vouchers = rows.in_bulk(voucher_ids)
        places = Organization.objects.in_bulk({place for place, _facts in units})
        for (place, facts), followers in units.items():
            name, key, words = self._words(facts, places[place], vouchers)
            yield from (mail.Letter(name, person, key, words) for person in followers)

    def _units(
        self, facts_told: Iterable[NotificationFact]
    ) -> dict[tuple[int, tuple[Fact, ...]], list[User]]:
        """Gather what is told in one mail, with whom it tells."""
        units = defaultdict(list)
        for (person, place), facts in facts_of_people(facts_told).items():
            if len(facts) > self.single:
                units[place, tuple(sorted(facts))].append(person)
            else:
                for fact in facts:
                    units[place, (fact,)].append(person)
        return units

    def _words(
        self,
        facts: tuple[Fact, ...],
        place: Organization,
        vouchers: dict[int, Voucher],
    ) -> tuple[str, str, dict[str, Any]]:
        """Return the name, the key and the words of one mail."""
        lines = [
            {"voucher": vouchers[pk], **self.words(vouchers[pk], fact)}
            for pk, fact in facts[:LINES]
        ]
        if len(facts) <= self.single:
            [(pk, fact)] = facts
            words = {**lines[0], "path": vouchers[pk].url_for(place)}
            return self.name, self.key(vouchers[pk], fact), words
        words = {
            "lines": lines,
            "count": len(facts),
            "more": len(facts) - len(lines),
            "path": reverse("vouchers:index", args=[place.slug]),
        }
        # Which vouchers, and what of them: the same mail has the same key.
        key = sha256(repr(facts).encode()).hexdigest()[:32]
        return f"{self.name}-many", key, words


def facts_of_people(
    facts_told: Iterable[NotificationFact],
) -> dict[tuple[User, int], list[Fact]]:
    """Return what each person is told, at the organization where they follow it."""
    alike: dict[tuple, list[Fact]] = defaultdict(list)
    for pk, customer, partner, manager, admin, fact in facts_told:
        alike[customer, partner, manager, admin].append((pk, fact))
    members = members_of(
        {
            organization_id
            for row in alike
            for organization_id in row[:2]
            if organization_id
        }
    )
    facts_by_person: dict[tuple[User, int], list[Fact]] = defaultdict(list)
    for (customer, partner, *own), facts in alike.items():
        for person in of_customer(members[customer], own):
            facts_by_person[person, customer].extend(facts)
        for person in of_partner(members[partner]):
            facts_by_person[person, partner].extend(facts)
    return facts_by_person


def members_of(organizations: Iterable[int]) -> dict[int | None, list[Membership]]:
    """Return who may follow vouchers at each of the organizations, in one statement."""
    members: dict[int | None, list[Membership]] = defaultdict(list)
    rows = Membership.objects.with_role(*roles.MANAGERS, *roles.HOLDERS).filter(
        organization__in=organizations, person__is_active=True
    )
    for member in rows.select_related("person").order_by("pk"):
        members[member.organization_id].append(member)
    return members


def of_customer(members: list[Membership], own: list[int | None]) -> list[User]:
    """Return a voucher's project manager and admin; all admins for one who is gone.

    ``own`` are the project manager's and the admin's keys.
    """
    able = {
        member.person_id: member for member in members if holds(member, roles.MANAGERS)
    }
    _manager, admin = own
    keys = [key for key in own if key in able]
    if admin not in able:
        keys += [key for key, member in able.items() if holds(member, roles.OWNERS)]
    return [able[key].person for key in dict.fromkeys(keys)]


def of_partner(members: list[Membership]) -> list[User]:
    return [member.person for member in members if holds(member, roles.HOLDERS)]


def holds(member: Membership, roles: Iterable[str]) -> bool:
    return not set(roles).isdisjoint(member.roles)


# More numbers than these are read in the list behind the link.
MOST_LISTED = 100
Pairs = Iterable[tuple[Any, Voucher]]


@dataclass(frozen=True)
class VoucherChange:
    """A voucher that an action was done to, and who had it before."""

    voucher: Voucher
    manager: int | None
    partner: Organization | None

    @property
    def party(self) -> tuple[Voucher, int | None, int | None, int | None]:
        """Return the voucher with all who may read of the action."""
        before = self.partner.pk if self.partner else None
        return self.voucher, self.voucher.customer_id, self.voucher.partner_id, before


def notify_assigned(changes: Sequence[VoucherChange], *, by: Member) -> None:
    """Tell the project managers and partners that get vouchers, and who had them."""
    moved = [change for change in changes if change.voucher.partner != change.partner]
    gained = [
        (change.voucher.partner, change.voucher)
        for change in moved
        if change.voucher.partner
    ]
    if gained:
        introduce(gained[0][1].customer, *{partner for partner, _voucher in gained})
    mail.queue_letters(
        *_to_managers(changes, by),
        *_to_partners(
            ("voucher-recalled", _partners_before(moved)),
            ("voucher-assigned-partner", gained),
        ),
    )


def notify_recalled(changes: Sequence[VoucherChange]) -> None:
    """Tell partners of vouchers that are theirs no more."""
    mail.queue_letters(*_to_partners(("voucher-recalled", _partners_before(changes))))


def notify_handed_over(changes: Sequence[VoucherChange], *, by: Member) -> None:
    """Tell the next project manager, and partners whom to ask from now on."""
    mail.queue_letters(
        *_to_managers(changes, by),
        *_to_partners(("voucher-manager-changed", _partners_before(changes))),
    )


def _partners_before(changes: Iterable[VoucherChange]) -> Pairs:
    """Return the partners that had vouchers, each with one of them."""
    return [(change.partner, change.voucher) for change in changes if change.partner]


def _to_managers(changes: Iterable[VoucherChange], by: Member) -> Iterator[mail.Letter]:
    """Tell project managers of vouchers that somebody else gave them."""
    gained = [
        (change.voucher.project_manager, change.voucher)
        for change in changes
        if change.voucher.project_manager_id not in (change.manager, by.person_id)
    ]
    for manager, vouchers in _vouchers_by_owner(gained):
        reader = vouchers[0].customer
        yield from _letters("voucher-assigned-manager", [manager], vouchers, reader)


def _to_partners(*news: tuple[str, Pairs]) -> Iterator[mail.Letter]:
    """Tell partners' people, found for all of them at once, what each mail names."""
    groups = [
        (name, *group) for name, pairs in news for group in _vouchers_by_owner(pairs)
    ]
    if not groups:
        return
    partners = {partner.pk for _name, partner, _vouchers in groups}
    with also_for(*partners, savepoint=False):
        members = members_of(partners)
    for name, partner, vouchers in groups:
        yield from _letters(name, of_partner(members[partner.pk]), vouchers, partner)


def _vouchers_by_owner(pairs: Pairs) -> Iterable[tuple[Any, list[Voucher]]]:
    groups = defaultdict(list)
    for owner, voucher in pairs:
        groups[owner].append(voucher)
    return sorted(groups.items(), key=lambda group: group[0].pk)


def _letters(
    name: str, people: list[User], vouchers: list[Voucher], reader: Organization
) -> Iterator[mail.Letter]:
    """Write one mail to each; a voucher alone is told in its own words."""
    first, key = vouchers[0], clock.now().isoformat()
    sees_it = reader.pk in first.parties
    single = len(vouchers) == 1
    words = {
        "voucher": first,
        "vouchers": vouchers[:MOST_LISTED],
        "count": len(vouchers),
        "more": max(0, len(vouchers) - MOST_LISTED),
        "path": first.url_for(reader)
        if single and sees_it
        else reverse("vouchers:index", args=[reader.slug]),
    }
    for person in people:
        named = name if single else f"{name}-many"
        yield mail.Letter(named, person, f"{first.number}:{key}", words)


def customer_people(voucher: Voucher) -> list[User]:
    """List who at the customer follows a voucher: its admin and its project manager.

    Who has left is not told; when nobody is left, the benefit admins are.
    """
    own = {voucher.admin_id, voucher.project_manager_id}
    members = people.people_with(voucher.customer, *roles.MANAGERS)
    followers = [person for person in members if person.pk in own]
    return followers or people.people_with(voucher.customer, *roles.OWNERS)


def notify_followers(name: str, voucher: Voucher, *, key: str, **context: Any) -> None:
    """Tell both sides of a voucher, each with the page of their side."""
    notify_customer(name, voucher, key=key, **context)
    if voucher.partner is not None:
        notify_partner(name, voucher, voucher.partner, key=key, **context)


def notify_customer(name: str, voucher: Voucher, *, key: str, **context: Any) -> None:
    mail.queue_all(
        name,
        customer_people(voucher),
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
        **context,
    )


def notify_partner(
    name: str, voucher: Voucher, partner: Organization, *, key: str, **context: Any
) -> None:
    """Tell a partner of a voucher; who lost it finds the list behind the link."""
    is_theirs = voucher.partner_id == partner.pk
    mail.queue_all(
        name,
        people.people_with(partner, *roles.HOLDERS),
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(partner)
        if is_theirs
        else reverse("vouchers:index", args=[partner.slug]),
        **context,
    )
