"""Mails about many vouchers at once: few statements, and no flood for one person.

Who is told of up to ``SINGLE`` vouchers gets a mail about each; who is told of more,
one mail that lists them. Mails are written before rows are locked, as far as it is
known then what they will say, so that nobody waits for them.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from django.urls import reverse

from portal import mail
from portal.models import Email, Membership, Organization, User
from vouchers.models import Voucher
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS

# So many mails about one voucher each, and so many lines in a mail about more.
SINGLE = 5
LINES = 50


class Told(NamedTuple):
    """A voucher of which its followers are told, and the ``fact`` that they hear."""

    pk: int
    customer: int
    partner: int | None
    manager: int | None
    admin: int
    fact: Hashable = None


# The columns of the voucher in that order; a row has them first.
COLUMNS = ["pk", "customer", "partner", "project_manager", "admin"]


def told_of(row: Sequence[Any], fact: Hashable) -> Told:
    """Give what is told of a row that begins with ``COLUMNS``."""
    pk, customer, partner, manager, admin, *_more = row
    return Told(pk, customer, partner, manager, admin, fact)


# A voucher's key, and what is told of it.
Fact = tuple[int, Hashable]
# What one mail tells one person at one organization.
Unit = tuple[User, int, tuple[Fact, ...]]


class Digests:
    """Mails ``emails/<name>`` about one voucher, and ``emails/<name>-many``.

    ``words`` gives what a mail says of a voucher beside itself, ``key`` which deed it
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
        self._written: dict[Unit, list[Email]] = {}

    def write(self, told: Iterable[Told]) -> None:
        """Write mails ahead, as things stand."""
        units = list(self._units(told))
        self._written.update(self._emails(units))

    def post(self, told: Iterable[Told]) -> None:
        """Put the mails about these vouchers, as they are now, into the outbox."""
        units = list(self._units(told))
        missing = [unit for unit in units if unit not in self._written]
        written = self._written | self._emails(missing)
        mail.put_all(email for unit in units for email in written[unit])

    def _units(self, told: Iterable[Told]) -> Iterator[Unit]:
        """Say who is told of what, each person's vouchers together."""
        for (person, place), facts in by_person(told).items():
            if len(facts) > self.single:
                yield person, place, tuple(sorted(facts))
            else:
                yield from ((person, place, (fact,)) for fact in facts)

    def _emails(self, units: list[Unit]) -> dict[Unit, list[Email]]:
        named = {pk for *_, facts in units for pk, _fact in facts[:LINES]}
        vouchers = Voucher.objects.whole().in_bulk(named)
        places = Organization.objects.in_bulk({place for _, place, _ in units})
        return {unit: [self._email(unit, places[unit[1]], vouchers)] for unit in units}

    def _email(
        self, unit: Unit, place: Organization, vouchers: dict[int, Voucher]
    ) -> Email:
        person, _place, facts = unit
        lines = [
            {"voucher": vouchers[pk], **self.words(vouchers[pk], fact)}
            for pk, fact in facts[:LINES]
        ]
        if len(facts) <= self.single:
            [(pk, fact)] = facts
            words = {**lines[0], "path": vouchers[pk].url_for(place)}
            key = self.key(vouchers[pk], fact)
            return mail.Letter(person, key, words).write(self.name)
        words = {
            "lines": lines,
            "count": len(facts),
            "more": len(facts) - len(lines),
            "path": reverse("vouchers:index", args=[place.slug]),
        }
        # Which vouchers, and what of them: the same mail has the same key.
        key = sha256(repr(facts).encode()).hexdigest()[:32]
        return mail.Letter(person, key, words).write(f"{self.name}-many")


def by_person(told: Iterable[Told]) -> dict[tuple[User, int], list[Fact]]:
    """Give what each person is told, at the organization where they follow it."""
    alike: dict[tuple, list[Fact]] = defaultdict(list)
    for pk, customer, partner, manager, admin, fact in told:
        alike[customer, partner, manager, admin].append((pk, fact))
    members = members_of({each for row in alike for each in row[:2] if each})
    found: dict[tuple[User, int], list[Fact]] = defaultdict(list)
    for (customer, partner, *own), facts in alike.items():
        for person in of_customer(members[customer], own):
            found[person, customer].extend(facts)
        for person in of_partner(members[partner]):
            found[person, partner].extend(facts)
    return found


def members_of(organizations: Iterable[int]) -> dict[int | None, list[Membership]]:
    """Give who may follow vouchers at each of the organizations, in one statement."""
    found: dict[int | None, list[Membership]] = defaultdict(list)
    rows = Membership.objects.with_role(*MANAGERS, *HOLDERS).filter(
        organization__in=organizations, person__is_active=True
    )
    for member in rows.select_related("person").order_by("pk"):
        found[member.organization_id].append(member)
    return found


def of_customer(members: list[Membership], own: list[int | None]) -> list[User]:
    """Give a voucher's project manager and admin; all admins in the place of one gone.

    ``own`` are the project manager's and the admin's keys.
    """
    able = {each.person_id: each for each in members if holds(each, MANAGERS)}
    _manager, admin = own
    wanted = [key for key in own if key in able]
    if admin not in able:
        wanted += [key for key, each in able.items() if holds(each, OWNERS)]
    return [able[key].person for key in dict.fromkeys(wanted)]


def of_partner(members: list[Membership]) -> list[User]:
    return [each.person for each in members if holds(each, HOLDERS)]


def holds(member: Membership, roles: Iterable[str]) -> bool:
    return not set(roles).isdisjoint(member.roles)
