"""Rows 2 and 12: a mixed day of very many clients, and the memory that it takes.

Of a hundred requests 95 open one of the twelve pages of a tenant of any size, and five
send a form. The floor opens its page and posts its transition in the same mix.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from bench.lab import Lab, session_of
from bench.lists import floor_pages
from bench.measure import Figure, at_least, at_most, in_turns
from bench.tenants import Tenant
from bench.visits import PAGES
from bench.web import FLOOR, PORTAL, Address, Drive, drive, get, post, serving
from portal.actors import Actor
from portal.models import Location
from portal.shown import FIELD, token_of
from portal.tenancy import acting_for_all
from vouchers.models import ReleaseReason, Voucher

CLIENTS = (8, 32)
ACTIONS = 0.05
# Opened in a row by one reader, as many as differ.
DIFFERENT = 100
Fields = dict[str, str | int]


class Sent(NamedTuple):
    """A form that somebody sends about a voucher, in the state it needs."""

    page: str
    state: str
    becomes: str
    by: Callable[[Tenant], Actor]
    fields: Callable[[Tenant], Fields]


def assigning(tenant: Tenant) -> Fields:
    return {
        "project_manager": tenant.manager.person_id,
        "partner": tenant.lead.organization_id,
    }


def reserving(tenant: Tenant) -> Fields:
    with acting_for_all():
        here = Location.objects.filter(organization=tenant.lead.organization)
        return {"location": here.earliest("pk").pk, "accepts_terms": "on"}


def releasing(_tenant: Tenant) -> Fields:
    return {"reason": ReleaseReason.CHANGED}


def nothing(_tenant: Tenant) -> Fields:
    return {}


FORMS = (
    Sent("assign", "created", "assigned", lambda t: t.owner, assigning),
    Sent("recall", "assigned", "created", lambda t: t.owner, nothing),
    Sent("reserve", "assigned", "reserved", lambda t: t.lead, reserving),
    Sent("release", "reserved", "assigned", lambda t: t.lead, releasing),
    Sent("cancel", "created", "cancelled", lambda t: t.owner, nothing),
)


class Day:
    """The requests of a mixed day, on both sides."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.chance = Random(1)
        self.sessions: dict[int, str] = {}
        self.pages = [
            [get(url, self.session(page.reader(tenant))) for url in urls]
            for page in PAGES
            for tenant in lab.tenants
            if (urls := page.addresses(tenant, DIFFERENT))
        ]
        self.floor_pages = [
            get(url, lab.floor_session)
            for number, _tenant in lab.numbered
            for url in floor_pages(lab, number, 4 * DIFFERENT)
        ]
        self.expected: dict[str, list[int]] = defaultdict(list)

    def session(self, actor: Actor) -> str:
        if actor.person_id not in self.sessions:
            self.sessions[actor.person_id] = session_of(actor)
        return self.sessions[actor.person_id]

    def requests(self, count: int) -> list[bytes]:
        """Return the portal's requests; each form is about a voucher of its own."""
        forms = [
            request for _time in range(self.times(count)) for request in self.sent()
        ]
        rest = count - len(forms)
        opened = [
            self.chance.choice(self.chance.choice(self.pages)) for _ in range(rest)
        ]
        return self.chance.sample([*opened, *forms], k=len(opened) + len(forms))

    def times(self, count: int) -> int:
        return max(1, round(count * ACTIONS / len(FORMS)))

    def sent(self) -> Iterator[bytes]:
        tenant = self.chance.choice(self.lab.tenants)
        for form in FORMS:
            [voucher] = self.lab.fresh(tenant, 1, form.state)
            self.expected[form.becomes].append(voucher.pk)
            actor = form.by(tenant)
            args = [actor.organization.slug, voucher.number]
            fields = {FIELD: token_of([voucher]), **form.fields(tenant)}
            url = reverse(f"vouchers:{form.page}", args=args)
            yield post(url, self.session(actor), urlencode(fields))

    def floor_requests(self, count: int) -> list[bytes]:
        forms = self.times(count) * len(FORMS)
        moves = [self.moved() for _time in range(forms)]
        opened = self.chance.choices(self.floor_pages, k=count - forms)
        return self.chance.sample([*opened, *moves], k=count)

    def moved(self) -> bytes:
        number = self.chance.choice(self.lab.numbered)[0]
        key = self.chance.choice(self.lab.floor_keys(number))
        return post(f"/{number}/{key}/move/", self.lab.floor_session)

    def assert_done(self) -> None:
        """Look at what became of the rows: a refusal leads on, too."""
        with acting_for_all():
            for state, keys in self.expected.items():
                done = Voucher.objects.filter(pk__in=keys, state=state).count()
                assert done == len(keys), f"{len(keys) - done} are not {state}"


def figures(lab: Lab) -> Iterator[Figure]:
    day = Day(lab)
    with serving(*PORTAL) as ours, serving(*FLOOR) as floor:
        for clients in CLIENTS:
            yield from among(day, clients, ours, floor)
        day.assert_done()
        bounds = at_most(2.0, 1.3)
        yield Figure("12 memory of web", "MiB", [ours.memory], [floor.memory], bounds)


def among(day: Day, clients: int, ours: Address, floor: Address) -> Iterator[Figure]:
    """Let so many clients work through the day, by turns on either side."""
    count = 200 if day.lab.is_quick else 900
    drives: dict[str, list[Drive]] = defaultdict(list)
    memory: list[float] = []

    def our_turn() -> float:
        drives["ours"].append(drive(ours, day.requests(count), clients))
        memory.append(ours.memory)
        return drives["ours"][-1].rate

    def floor_turn() -> float:
        drives["floor"].append(drive(floor, day.floor_requests(count), clients))
        return drives["floor"][-1].rate

    found = in_turns(day.lab.rounds, ours=our_turn, floor=floor_turn)
    name = f"2 mixed day, {clients} clients"
    yield Figure(name, "/s", found["ours"], found["floor"], at_least(0.8, 1.5))
    late = {side: [d.percentile(95) for d in each[1:]] for side, each in drives.items()}
    bounds = at_most(2.5, 1.2)
    yield Figure(f"{name}: p95", "ms", late["ours"], late["floor"], bounds)
    errors = [error for each in drives["ours"] for error in each.errors]
    for error in errors[:3]:
        print(error)
    yield Figure(f"{name}: errors", "", [len(errors)], bounds=at_most(0, 0))
    growth = at_most(1.1, 1.1)
    yield Figure(f"{name}: memory end / begin", "MiB", memory[-1:], memory[:1], growth)
