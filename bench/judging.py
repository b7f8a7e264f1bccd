"""Row 15: eligibility of one partner for all types, of all partners for one type."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from bench.crowd import ELIGIBLE
from bench.floors.moves import move
from bench.lab import Lab, working_for
from bench.measure import Figure, at_most, each, in_turns
from bench.statements import counted
from bench.tenants import TYPES, Tenant
from enrollment.eligibility import engine
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.facts import Extent
from enrollment.models import EngagementType
from portal import clock
from portal.findings import all_hold
from portal.row_fields import MOST_CHOICES
from vouchers.models import Voucher
from vouchers.services import assignment


def figures(lab: Lab) -> Iterator[Figure]:
    tenant = lab.tenants[-1]
    keys, chance = lab.floor_keys(1), Random(1)
    times = 5 if lab.is_quick else 15

    def plain(_time: int) -> None:
        move(1, chance.choice(keys), 1, using="floor")

    found = in_turns(
        lab.rounds,
        one=partial(each, partial(one_partner, tenant), range(times)),
        many=partial(each, partial(one_type, tenant), range(times)),
        plain=partial(each, plain, range(times)),
    )
    name = f"15 one partner, {TYPES} types"
    yield Figure(name, "ms", found["one"], found["plain"], at_most(3, 1.5))
    yield statements(name, partial(one_partner, tenant), 10)
    name = f"15 {ELIGIBLE:,} partners, one type"
    yield Figure(name, "ms", found["many"], found["plain"], at_most(4, 1.5))
    yield statements(name, partial(one_type, tenant), 12)


def statements(name: str, judge: Any, gate: int) -> Figure:
    _result, count = counted(partial(judge, 0))
    return Figure(
        f"{name}: statements", "", [count.statements], bounds=at_most(gate, gate)
    )


def one_partner(tenant: Tenant, _time: int) -> None:
    """Judge what a partner may deliver, as its page of prospects does."""
    with working_for(tenant.lead):
        partner, today = tenant.lead.organization, clock.today()
        facts = eligibility_facts.facts_of(
            partner, tenant.agreement.program, Extent(only_asked=True)
        )
        judged = [
            all_hold(engine.check_facts(facts, kind, today, "DE"))
            for kind in eligibility_facts.types_of(facts.program)
        ]
        assert len(judged) == TYPES
        assert any(judged)


def one_type(tenant: Tenant, _time: int) -> None:
    """Offer partners that may deliver, as the page that assigns a voucher does."""
    with working_for(tenant.owner):
        fresh = EngagementType.objects.select_related("offering__program")
        kind = fresh.get(pk=tenant.engagement_type.pk)
        voucher = Voucher(engagement_type=kind, country="DE")
        listed = assignment.partners_for(voucher)
        offered = assignment.eligible_partners(listed, [voucher])
        assert len(list(islice(offered, MOST_CHOICES))) == MOST_CHOICES
