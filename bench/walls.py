"""Row 11: what row-level security costs a page of the list.

The same query is asked under the policies and by the owner of the tables, whom none of
them binds. Both name the tenant, as every page does.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.lab import Lab, working_for
from bench.measure import Figure, at_most, each, in_turns
from bench.visits import owner, partner
from portal.actors import Actor
from portal.lists import SIZE
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


def within(actor: Actor, _time: int) -> None:
    with working_for(actor):
        read(actor, "default", _time)


def read(actor: Actor, database: str, _time: int) -> list[Any]:
    rows = Voucher.objects.using(database).visible_to(actor).for_list()
    return list(rows.order_by("-created_at", "-id")[:SIZE])
