"""Whom a retirement plan still concerns today, each with the numbers of their own.

Benefit admins read of their whole organization, project managers of the vouchers that
are theirs, partner admins and delivery leads of what their company holds or is named
for. One statement over all unused vouchers, for any number of people.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from portal import clock
from portal.roles import Role
from vouchers.models import LetterAbout, RetirementPlan
from vouchers.models.states import UNUSED, values

PEOPLE = """
WITH counted AS (
    SELECT v.customer_id, v.project_manager_id, v.partner_id,
        GROUPING(v.customer_id, v.project_manager_id, v.partner_id) AS kind,
        count(*) FILTER (WHERE v.state = 'created') AS created,
        count(*) FILTER (WHERE v.state = 'assigned') AS assigned,
        count(*) FILTER (WHERE v.state = 'reserved') AS reserved,
        sum(v.days) AS held_days
    FROM vouchers_voucher v
    JOIN enrollment_engagementtype t ON t.id = v.engagement_type_id
    WHERE v.state = ANY (%(unused)s) AND t.offering_id = ANY (%(offerings)s)
    GROUP BY GROUPING SETS ((v.customer_id), (v.customer_id, v.project_manager_id),
        (v.partner_id))
), pools AS (
    SELECT a.customer_id, sum(b.free) AS free
    FROM vouchers_customeragreement a
    JOIN vouchers_balance b ON b.agreement_id = a.id
    WHERE a.program_id = %(program)s AND b.free > 0
        AND coalesce(a.ended_on, a.ends_on) >= %(today)s
    GROUP BY a.customer_id
), members AS (
    SELECT m.person_id, m.organization_id, m.roles
    FROM portal_membership m JOIN portal_user p ON p.id = m.person_id
    WHERE m.is_active AND p.is_active
), told AS (
    SELECT m.person_id, m.organization_id, 'owner' AS part,
        coalesce(p.free, 0) AS free, coalesce(c.created, 0) AS created,
        coalesce(c.assigned, 0) AS assigned, coalesce(c.reserved, 0) AS reserved,
        coalesce(c.held_days, 0) AS held_days
    FROM members m
    LEFT JOIN counted c ON c.kind = 3 AND c.customer_id = m.organization_id
    LEFT JOIN pools p ON p.customer_id = m.organization_id
    WHERE m.roles && %(owners)s AND (c.kind = 3 OR p.free > 0)
    UNION ALL
    SELECT m.person_id, m.organization_id, 'manager', 0, 0, c.assigned, c.reserved,
        c.held_days
    FROM members m
    JOIN counted c ON c.kind = 1 AND c.customer_id = m.organization_id
        AND c.project_manager_id = m.person_id
    WHERE m.roles && %(managers)s AND NOT m.roles && %(owners)s
    UNION ALL
    SELECT m.person_id, m.organization_id, 'holder', 0, 0, c.assigned, c.reserved,
        c.held_days
    FROM members m
    JOIN counted c ON c.kind = 6 AND c.partner_id = m.organization_id
    WHERE m.roles && %(holders)s
)
"""
ROWS = """
SELECT t.person_id, o.slug, o.name, t.part, t.free, t.created, t.assigned, t.reserved,
    t.held_days
FROM told t JOIN portal_organization o ON o.id = t.organization_id
ORDER BY t.person_id, o.name, o.id
"""
# The questions of ``Recipient.is_concerned``, in its order, asked of all at once.
COUNTS = """
SELECT count(DISTINCT person_id),
    count(DISTINCT person_id) FILTER (WHERE part = 'owner' AND free + created > 0),
    count(DISTINCT person_id) FILTER (WHERE part = 'owner' AND free > 0),
    count(DISTINCT person_id) FILTER (WHERE created + assigned > 0),
    count(DISTINCT person_id) FILTER (WHERE created + assigned + reserved > 0)
FROM told
"""


@dataclass(frozen=True)
class Recipient:
    """A person in one organization, with what a plan means there."""

    person_id: int
    slug: str
    organization: str
    part: str
    free: int
    created: int
    assigned: int
    reserved: int
    held_days: int

    @property
    def unused(self) -> int:
        return self.created + self.assigned + self.reserved

    def is_concerned(self, about: str) -> bool:
        """Tell whether a kind of letter is this person's business today."""
        is_owner = self.part == "owner"
        return {
            LetterAbout.ANNOUNCEMENT.value: True,
            LetterAbout.CREATION.value: is_owner and self.free + self.created > 0,
            LetterAbout.WIPE.value: is_owner and self.free > 0,
            LetterAbout.RESERVATION.value: self.created + self.assigned > 0,
            LetterAbout.REDEMPTION.value: self.unused > 0,
        }[about]


def recipients_of(plan: RetirementPlan) -> Iterator[Recipient]:
    """Give everybody whom the plan concerns today, person by person."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + ROWS, _values(plan))
        while rows := cursor.fetchmany(500):
            for person, slug, name, part, *numbers in rows:
                yield Recipient(person, slug, name, part, *map(int, numbers))


def count_recipients(plan: RetirementPlan) -> dict[str, int]:
    """Count the people whom each kind of letter would reach if it went out today."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + COUNTS, _values(plan))
        [row] = cursor.fetchall()
    return dict(zip(LetterAbout.values, row, strict=True))


def _values(plan: RetirementPlan) -> dict[str, Any]:
    return {
        "unused": values(UNUSED),
        "offerings": _offerings(plan),
        "program": plan.program_id,
        "today": clock.today(),
        "owners": [Role.BENEFIT_ADMIN.value],
        "managers": [Role.PROJECT_MANAGER.value],
        "holders": [Role.PARTNER_ADMIN.value, Role.DELIVERY_LEAD.value],
    }


def _offerings(plan: RetirementPlan) -> Iterable[int]:
    if plan.offering_id is not None:
        return [plan.offering_id]
    return list(plan.program.offerings.values_list("pk", flat=True))
