"""Row 1: every action of the eight steps, beside T in the same minute.

T is the floor's plain transition: lock, update, audit row, ledger row, commit. After
each action one T is made, so that both sides see the same machine.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random
from statistics import median

from bench.crowd import add_people, add_staff
from bench.floors.moves import move
from bench.lab import Lab, empty_caches
from bench.measure import Figure, Rounds, at_most, seconds
from bench.statements import Count, counted
from bench.stories import ACTIONS, NOT_BUILT, stories
from bench.story import Action, play
from bench.tenants import Tenant, make_tenants
from portal.roles import Role

TIME = at_most(3, 1.5)
# It holds against the rules every voucher of an invoice.
TIME_OF_REQUEST = at_most(4, 1.5)
PEOPLE = (1, 10, 100)


def figures(lab: Lab) -> Iterator[Figure]:
    for number, tenant in lab.numbered:
        yield from times(lab, tenant, number)
    yield from times(lab, tenant, number, heat=", cold")
    yield from counts()
    for name in NOT_BUILT:
        yield Figure(f"1 {name}", "ms", bounds=TIME)


def times(lab: Lab, tenant: Tenant, number: int, heat: str = "") -> Iterator[Figure]:
    """Hold each action against T, both in process and by turns.

    Every story is about rows that no process has seen; cold, no cache knows anything.
    """
    ours: Rounds = defaultdict(list)
    floor: list[float] = []
    for this_round in range(-1, lab.rounds):
        before = empty_caches if heat else None
        took = played(lab, tenant, number, 3 if lab.is_quick else 8, before)
        if this_round >= 0:
            floor.append(median(took.pop("T")))
            for name, each in took.items():
                ours[name].append(median(each))
    for name in ACTIONS:
        if name in ours:
            bounds = TIME_OF_REQUEST if name == "request" else TIME
            yield Figure(
                f"1 {name}, {tenant.size:,}{heat}", "ms", ours[name], floor, bounds
            )


def played(
    lab: Lab,
    tenant: Tenant,
    number: int,
    times: int,
    before: Callable[[], None] | None,
) -> Rounds:
    """Play all stories a few times; returns the milliseconds of each action and T.

    ``before`` happens before each action, and is not measured.
    """
    took: Rounds = defaultdict(list)
    keys, chance = lab.floor_keys(number), Random(number)

    def perform(action: Action) -> object:
        results = []
        if before:
            before()
        took[action.name].append(1000 * seconds(lambda: results.append(action())))
        key = chance.choice(keys)
        took["T"].append(1000 * seconds(lambda: move(number, key, 1, using="floor")))
        return results[0]

    for _time in range(times):
        for story in stories(tenant):
            play(story, perform)
    return took


def counts() -> Iterator[Figure]:
    """Count what each action asks, and whether that grows with the people told."""
    found = dict(crowds())
    few = found[PEOPLE[0]]
    for name, (count, took) in few.items():
        yield Figure(
            f"1 {name}: statements", "", [count.statements], bounds=at_most(20, 12)
        )
        yield Figure(
            f"1 {name}: asked twice", "", [count.asked_twice], bounds=at_most(0, 0)
        )
        many = [found[people][name] for people in PEOPLE[1:]]
        more = max(each.statements - count.statements for each, _took in many)
        yield Figure(f"1 {name}: more for 100 told", "", [more], bounds=at_most(0, 0))
        _count, slow = many[-1]
        yield Figure(f"1 {name}: time for 100 told / 1", "ms", [slow], [took])


def crowds() -> Iterator[tuple[int, dict[str, tuple[Count, float]]]]:
    """Play the stories among few people, more, and many."""
    [tenant] = make_tenants(0)
    before = 1
    for people in PEOPLE:
        grow(tenant, people - before)
        before = people
        # What a process learns once is not asked by every action.
        counted_stories(tenant, people)
        yield people, counted_stories(tenant, people)


def grow(tenant: Tenant, more: int) -> None:
    """Let more people be told on each side."""
    owner, lead = tenant.owner, tenant.lead
    add_people(owner.organization, more, Role.BENEFIT_ADMIN)
    add_people(lead.organization, more, *lead.roles)
    add_staff(more, like=tenant.approver.person)


def counted_stories(tenant: Tenant, people: int) -> dict[str, tuple[Count, float]]:
    found: dict[str, tuple[Count, float]] = {}

    def perform(action: Action) -> object:
        results: list[tuple] = []
        took = 1000 * seconds(lambda: results.append(counted(action)))
        [(result, count)] = results
        # The last time counts: by then a voucher was assigned before.
        found[action.name] = count, took
        return result

    for story in stories(tenant, people):
        play(story, perform)
    return found
