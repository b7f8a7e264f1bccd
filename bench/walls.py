"""Row 11: what row-level security costs a page of the list.

The same query is asked under the policies and by the owner of the tables, whom none of
them binds. Both name the tenant, as every page does.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.lab import Lab, working_for
from bench.measure import Figure, at_most, each, in_turns
from bench.tenants import Tenant
from bench.visits import owner, partner
from portal.actors import Actor
from portal.lists import SIZE
from portal.tenancy import acting_for
from vouchers.models import Voucher

BOUNDS = at_most(1.25, 1.10)


def figures(lab: Lab) -> Iterator[Figure]:
    times = 20 if lab.is_quick else 60
    for tenant in lab.tenants:
        for side, reader in (("customer", owner), ("partner", partner)):
            actor = reader(tenant)
            found = in_turns(
                lab.rounds,
                within=partial(each, partial(within, actor), range(times)),
                without=partial(each, partial(read, actor, "owner"), range(times)),
            )
            name = f"11 page under the policies, {side} of {tenant.size:,}"
            yield Figure(name, "ms", found["within"], found["without"], BOUNDS)
        yield of_two(lab, tenant, times)


def of_two(lab: Lab, tenant: Tenant, times: int) -> Figure:
    """Read the page of one party while the other is in scope as well."""
    actor = owner(tenant)
    both = (actor.organization_id, partner(tenant).organization_id)
    found = in_turns(
        lab.rounds,
        within=partial(each, partial(within_two, actor, both), range(times)),
        without=partial(each, partial(read, actor, "owner"), range(times)),
    )
    name = f"11 page with both parties in scope, {tenant.size:,}"
    return Figure(name, "ms", found["within"], found["without"], BOUNDS)


def within(actor: Actor, _time: int) -> None:
    with working_for(actor):
        read(actor, "default", _time)


def within_two(actor: Actor, both: tuple[int, int], _time: int) -> None:
    with acting_for(*both, person=actor.person_id):
        read(actor, "default", _time)


def read(actor: Actor, database: str, _time: int) -> list[Any]:
    rows = Voucher.objects.using(database).visible_to(actor).for_list()
    return list(rows.order_by("-created_at", "-id")[:SIZE])
