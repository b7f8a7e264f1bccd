"""Carrying the answers of a period over into the next, for one partner or thousands."""

from collections.abc import Sequence

from django.db import connection

from enrollment.models import Enrollment
from portal import clock
from portal.actors import Actor
from portal.audit import record_all

# Two rows that say the same at once: the unique constraints let one of them in.
NEXT_PERIODS = """
    INSERT INTO enrollment_enrollment
        (partner_id, program_id, period, follows_id, state, return_reason, created_at)
    SELECT old.partner_id, old.program_id, last.period + 1, old.id,
        'in_progress', '', %(now)s
    FROM enrollment_enrollment old
    CROSS JOIN LATERAL (
        SELECT max(each.period) AS period,
            bool_or(
                each.period > old.period AND each.state <> 'rejected'
            ) AS is_followed
        FROM enrollment_enrollment each
        WHERE each.partner_id = old.partner_id AND each.program_id = old.program_id
    ) last
    WHERE old.id = ANY(%(old)s) AND NOT last.is_followed
    ON CONFLICT DO NOTHING
    RETURNING id, follows_id, period
"""
# What was refused, and what closes before the next period, is not asked for again.
LINES = """
    INSERT INTO enrollment_enrollmentline
        (enrollment_id, partner_id, offering_id, state, note)
    SELECT new.id, new.partner_id, line.offering_id, 'asked', ''
    FROM enrollment_enrollment new
    JOIN enrollment_enrollment old ON old.id = new.follows_id
    JOIN enrollment_enrollmentline line ON line.enrollment_id = old.id
    JOIN enrollment_offering offering ON offering.id = line.offering_id
    WHERE new.id = ANY(%(new)s) AND line.state <> 'refused'
        AND (offering.closes_on IS NULL OR offering.closes_on > old.ends_on)
"""


def roll_forward(periods: Sequence[Enrollment], *, by: Actor) -> list[Enrollment]:
    """Begin the period after each of these, with its offerings still to be approved.

    A period that another, sent or not, follows already is passed over. Three
    statements, however many there are.
    """
    old = {each.pk: each for each in periods}
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PERIODS, {"old": list(old), "now": clock.now()})
        made = cursor.fetchall()
        cursor.execute(LINES, {"new": [pk for pk, _follows, _period in made]})
    begun = [_next(old[follows], pk, period) for pk, follows, period in made]
    record_all("enrollment.rolled", [(each, each.partner_id) for each in begun], by=by)
    return begun


def _next(old: Enrollment, pk: int, period: int) -> Enrollment:
    return Enrollment(
        pk=pk, partner=old.partner, program=old.program, period=period, follows=old
    )
