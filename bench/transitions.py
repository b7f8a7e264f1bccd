"""Rows 1 and 2: one voucher's transition, in process and by eight people over HTTP.

What the floor does is what cancelling does: lock, update, ledger, audit, commit. Other
deeds do more (rules of eligibility, mails): they are shown beside it, without a gate.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from random import Random

from django.urls import reverse

from bench.data import Tenant
from bench.lab import Lab, session_of
from bench.measure import Figure, Turn, at_least, at_most, each, in_turns
from bench.web import Address, Drive, drive, post, serving
from portal.actors import Actor
from portal.models import Location
from portal.tenancy import acting_for, acting_for_all
from vouchers import services
from vouchers.models import ReleaseReason, Voucher


def figures(lab: Lab) -> Iterator[Figure]:
    for number, tenant in enumerate(lab.tenants, start=1):
        yield from in_process(lab, tenant, number)
    with (
        serving("portal.wsgi", "portal.settings") as ours,
        serving("bench.floors.wsgi", "bench.floors.settings") as floor,
    ):
        for number, tenant in lab.crowded:
            yield from over_http(lab, tenant, number, (ours, floor))


def working_for(actor: Actor) -> AbstractContextManager[None]:
    assert actor.organization_id is not None, "tenants have organizations"
    return acting_for(actor.organization_id, person=actor.person_id)


def cancel(tenant: Tenant, voucher: Voucher) -> None:
    with working_for(tenant.owner):
        services.cancel(voucher, by=tenant.owner)


def reserve(tenant: Tenant, location: Location, voucher: Voucher) -> None:
    with working_for(tenant.lead):
        services.reserve(voucher, location=location, accepts_terms=True, by=tenant.lead)


def release(tenant: Tenant, voucher: Voucher) -> None:
    with working_for(tenant.lead):
        services.release(voucher, reason=ReleaseReason.CHANGED, by=tenant.lead)


def in_process(lab: Lab, tenant: Tenant, number: int) -> Iterator[Figure]:
    """Hold each deed against one call of a function that does the least."""
    times = 12 if lab.is_quick else 60
    with acting_for_all():
        location = Location.objects.get(organization=tenant.lead.organization)

    def ours(state: str, deed: partial) -> float:
        return each(deed, lab.fresh(tenant, times, state))

    found = in_turns(
        lab.rounds,
        cancel=lambda: ours("created", partial(cancel, tenant)),
        reserve=lambda: ours("assigned", partial(reserve, tenant, location)),
        release=lambda: ours("reserved", partial(release, tenant)),
        floor=function_calls(lab, number, times),
    )
    floor = found.pop("floor")
    for deed, took in found.items():
        bounds = at_most(3.0, 1.5) if deed == "cancel" else None
        name = f"1 {deed}, in process, {tenant.size:,}"
        yield Figure(name, "ms", took, floor, bounds)


def floor_keys(lab: Lab, number: int) -> range:
    """Give the keys of a floor tenant's vouchers, which it was given at once."""
    with lab.floor as cursor:
        cursor.execute(
            "SELECT min(id), max(id) FROM floors_voucher WHERE tenant_id = %s", [number]
        )
        first, last = cursor.fetchone()
        return range(first, last + 1)


def function_calls(lab: Lab, number: int, times: int) -> Turn:
    """Call the floor's function through Django's cursor, each call a transaction."""
    keys, chance = floor_keys(lab, number), Random(number)

    def call(key: int) -> None:
        with lab.floor as cursor:
            cursor.execute("SELECT floor_move(%s, %s, 1)", [number, key])

    return lambda: each(call, chance.choices(keys, k=times))


def over_http(
    lab: Lab, tenant: Tenant, number: int, servers: tuple[Address, Address]
) -> Iterator[Figure]:
    """Let eight people cancel vouchers by the page's own form."""
    times = 60 if lab.is_quick else 240
    keys, chance = floor_keys(lab, number), Random(number)
    drives: dict[str, list[Drive]] = {"ours": [], "floor": []}

    def turn(side: str, address: Address, requests: list[bytes]) -> float:
        drives[side].append(drive(address, requests, status=302))
        return drives[side][-1].rate

    def ours() -> float:
        vouchers = lab.fresh(tenant, times, "created")
        rate = turn("ours", servers[0], cancelling(tenant, vouchers))
        assert_cancelled(vouchers)
        return rate

    def floor() -> float:
        moves = [f"/{number}/{key}/move/" for key in chance.choices(keys, k=times)]
        return turn("floor", servers[1], [post(m, lab.floor_session) for m in moves])

    found = in_turns(lab.rounds, ours=ours, floor=floor)
    name = f"2 cancel over HTTP, {tenant.size:,}"
    yield Figure(name, "/s", found["ours"], found["floor"], at_least(1.0, 2.5))
    late = {side: [d.percentile(95) for d in all_[1:]] for side, all_ in drives.items()}
    name = f"2 cancel over HTTP, {tenant.size:,}, 95 % within"
    yield Figure(name, "ms", late["ours"], late["floor"], at_most(1.0, 0.6))


def cancelling(tenant: Tenant, vouchers: list[Voucher]) -> list[bytes]:
    assert tenant.owner.organization is not None, "tenants have organizations"
    slug, session = tenant.owner.organization.slug, session_of(tenant.owner)
    return [
        post(reverse("vouchers:cancel", args=[slug, voucher.number]), session)
        for voucher in vouchers
    ]


def assert_cancelled(vouchers: list[Voucher]) -> None:
    """Look at what became of the rows: a refusal redirects too."""
    with acting_for_all():
        rows = Voucher.objects.filter(pk__in=[voucher.pk for voucher in vouchers])
        assert rows.filter(state="cancelled").count() == len(vouchers)
