"""Row 10: the night on which enrollments turn: windows, reminders, ends.

A hundred thousand partners are enrolled; on most nights nearly all of them need nothing
and must cost nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from bench.lab import Lab
from bench.measure import Figure, at_most
from enrollment import tasks
from enrollment.services import renewals
from portal.reminders import remind
from portal.tenancy import acting_for_all
from tests.factories import OfferingFactory, ProgramFactory

PARTNERS = 100_000
FILL = """
WITH companies AS (
    INSERT INTO portal_organization (
        name, slug, kind, country, time_zone, is_listed, created_at
    )
    SELECT 'Partner ' || n, 'renewal-' || n, 'partner', 'DE', 'Europe/Berlin', true,
        now()
    FROM generate_series(1, %(partners)s) AS n
    RETURNING id, slug
), people AS (
    INSERT INTO portal_user (
        password, is_superuser, email, name, language, is_staff, is_active, date_joined
    )
    SELECT '', false, slug || '@example.com', 'Person', 'en', false, true, now()
    FROM companies
    RETURNING id, email
), members AS (
    INSERT INTO portal_membership (
        person_id, organization_id, organization_kind, roles, is_active, created_at
    )
    SELECT people.id, companies.id, 'partner', '{partner_admin}', true, now()
    FROM people JOIN companies ON people.email = companies.slug || '@example.com'
), periods AS (
    INSERT INTO enrollment_enrollment (
        partner_id, program_id, period, state, starts_on, ends_on, good_until,
        return_reason, created_at
    )
    SELECT id, %(program)s, 1, 'active', current_date - 100, current_date + 200,
        current_date + 230, '', now()
    FROM companies
    RETURNING id, partner_id
)
INSERT INTO enrollment_enrollmentline (
    enrollment_id, partner_id, offering_id, state, note
)
SELECT periods.id, partner_id, offering.id, 'approved', ''
FROM periods
CROSS JOIN enrollment_offering offering WHERE offering.program_id = %(program)s
"""
# What makes a thousand quiet ones need something tonight.
NEEDS = {
    "windows": "ends_on = current_date + 90, good_until = current_date + 120",
    "reminders": "state = 'renewal_due', reminded = 90, ends_on = current_date + 60,"
    " good_until = current_date + 90",
    "ends": "ends_on = current_date - 31, good_until = current_date - 1",
}
MAKE_DUE = """
UPDATE enrollment_enrollment SET {needs}, starts_on = current_date - 300
WHERE id IN (
    SELECT id FROM enrollment_enrollment
    WHERE program_id = %(program)s AND state = 'active' AND ends_on > current_date + 150
    ORDER BY id LIMIT %(due)s
)
"""
NIGHTS = [("windows", 0), ("windows", 100), *((need, 2_000) for need in NEEDS)]


@dataclass(frozen=True)
class Night:
    """What one nightly run did and cost; a lock is held until the commit."""

    need: str
    due: int
    seconds: float
    statements: int
    longest_lock: float


class Meter:
    """Counts statements, and how long rows are held by each transaction."""

    def __init__(self) -> None:
        self.statements = 0
        self.longest_lock = 0.0
        self._since: float | None = None

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.statements += 1
        if "FOR NO KEY UPDATE" in sql and self._since is None:
            self._since = time.perf_counter()
            transaction.on_commit(self.let_go)
        return execute(sql, *rest)

    def let_go(self) -> None:
        if self._since is not None:
            held = time.perf_counter() - self._since
            self.longest_lock = max(self.longest_lock, held)
            self._since = None


def nights(cursor: Any, partners: int = PARTNERS) -> Iterator[Night]:
    """Enroll very many partners, then live through each kind of night."""
    program = make_program()
    cursor.execute(FILL, {"partners": partners, "program": program})
    tidy(cursor)
    for need, due in NIGHTS:
        make_due = MAKE_DUE.format(needs=NEEDS[need])
        cursor.execute(make_due, {"program": program, "due": due})
        tidy(cursor)
        yield measured(need, due)


def make_program() -> int:
    """Return a program with two offerings and days of grace."""
    with acting_for_all():
        program = ProgramFactory(grace_days=30)
        OfferingFactory.create_batch(2, program=program)
    key: int = program.pk
    return key


def tidy(cursor: Any) -> None:
    """Leave the tables as autovacuum does in time."""
    for table in ("portal_organization", "portal_membership", "portal_user"):
        cursor.execute(f"VACUUM (ANALYZE) {table}")
    for table in ("enrollment_enrollment", "enrollment_enrollmentline"):
        cursor.execute(f"VACUUM (ANALYZE) {table}")


def measured(need: str, due: int) -> Night:
    meter = Meter()
    start = time.perf_counter()
    with connection.execute_wrapper(meter):
        done = tasks.turn_periods() + remind(renewals.REMINDER)
    took = time.perf_counter() - start
    assert done == due, f"{done} of {due} were turned"
    return Night(need, due, took, meter.statements, meter.longest_lock)


def figures(lab: Lab) -> Iterator[Figure]:
    partners = 20_000 if lab.is_quick else PARTNERS
    for night in nights(lab.owner, partners):
        name = f"10 renewal night, {night.due:,} {night.need} of {partners:,}"
        yield Figure(name, "ms", [1000 * night.seconds])
        bounds = None if night.due else at_most(10, 10)
        yield Figure(f"{name}: statements", "", [night.statements], bounds=bounds)
        if night.due:
            lock = [1000 * night.longest_lock]
            bounds = at_most(1000, 400)
            yield Figure(f"{name}: longest lock", "ms", lock, bounds=bounds)
