"""What of this app hangs on people: engagements to lead, vouchers still to begin."""

from collections.abc import Collection, Iterator
from datetime import date
from functools import cache, partial

from django.db.models import Q

from engagements.models import Engagement, EngagementState
from engagements.services import give_lead
from enrollment.delivery import judge_lead
from enrollment.facts import Facts, facts_of
from enrollment.models import Program
from portal.actors import Member
from portal.clock import Deadline
from portal.findings import Finding
from portal.models import Organization, User
from portal.waiting import Waiting
from portal.work import Work
from vouchers.models import Reservation, State

# More than these are found in the list of vouchers.
MOST = 50


def work_of(person: User, organization: Organization, after: date) -> Iterator[Work]:
    """Give the scheduled engagements that a person leads beyond a date."""
    led = Engagement.objects.scheduled().filter(
        partner=organization, lead=person, ends_on__gt=after
    )

    @cache
    def facts_in(program: Program) -> Facts:
        return facts_of(organization, program)

    for each in led.whole().order_by("starts_on", "pk"):
        program = each.voucher.engagement_type.offering.program

        def check(
            lead: User, each: Engagement = each, program: Program = program
        ) -> list[Finding]:
            kind = each.voucher.engagement_type
            return judge_lead(facts_in(program), kind, lead, each.starts_on)

        yield Work(
            title=f"{each.voucher.number}: {each.voucher.engagement_type}",
            url=each.url_for(organization),
            detail=str(each.customer),
            due_on=Deadline(each.ends_on, organization.time_zone),
            check=check,
            hand_over=partial(_give, each),
        )


def _give(engagement: Engagement, lead: User, by: Member) -> None:
    give_lead(engagement, lead=lead, by=by)


def at_risk(
    organization: Organization, engagement_types: Collection[int], after: date
) -> Iterator[Waiting]:
    """Give the reserved vouchers of lost types whose work has not begun by a date.

    What has begun keeps the competency and the lead of its first day.
    """
    to_come = Q(
        engagement__state=EngagementState.SCHEDULED, engagement__starts_on__gt=after
    )
    held = Reservation.objects.live().filter(
        Q(engagement=None) | to_come,
        partner=organization,
        voucher__state=State.RESERVED,
        voucher__engagement_type__in=engagement_types,
        voucher__expires_on__gt=after,
    )
    named = held.select_related("voucher__engagement_type", "customer")
    for each in named.order_by("voucher__expires_on", "pk")[:MOST]:
        yield Waiting(
            f"{each.voucher.number}: {each.voucher.engagement_type}",
            each.voucher.url_for(organization),
            str(each.customer),
            Deadline(each.voucher.expires_on, each.customer.time_zone),
        )
