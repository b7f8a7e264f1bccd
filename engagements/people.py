"""Engagements that one person has still to lead, as open work of that person."""

from collections.abc import Iterator
from datetime import date
from functools import cache, partial

from engagements.models import Engagement
from engagements.services import give_lead
from enrollment.delivery import judge_lead
from enrollment.facts import Facts, facts_of
from enrollment.models import Program
from portal.actors import Actor
from portal.findings import Finding
from portal.models import Organization, User
from portal.work import Work


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
            due_on=each.ends_on,
            check=check,
            hand_over=partial(_give, each),
        )


def _give(engagement: Engagement, lead: User, by: Actor) -> None:
    give_lead(engagement, lead=lead, by=by)
