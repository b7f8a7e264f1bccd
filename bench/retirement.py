"""The page of a retirement plan, held against very many unused vouchers.

They belong to a thousand customers and partners and end on a hundred days, so that
little of them is alike. The floor reads the same rows once and counts them.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.crowd import add_bystanders
from bench.lab import Lab
from bench.measure import Figure, in_turns, seconds
from bench.tables import without_indexes
from bench.tenants import make_tenants
from portal.tenancy import acting_for_all
from tests.factories.vouchers import RetirementPlanFactory
from vouchers.models import RetirementPlan
from vouchers.presentation import retirement
from vouchers.presentation.retirement import PlanSheet
from vouchers.services import retirement_effects, retirement_letters

VOUCHERS, QUICK = 1_000_000, 100_000
PEOPLE = """
WITH people AS (
    INSERT INTO portal_user (
        password, is_superuser, email, name, language, is_staff, is_active, date_joined
    )
    SELECT '', false, slug || '@example.com', 'Person', 'en', false, true, now()
    FROM portal_organization WHERE slug LIKE 'bystander-%%'
    RETURNING id, email
)
INSERT INTO portal_membership (
    person_id, organization_id, organization_kind, roles, is_active, created_at
)
SELECT people.id, o.id, o.kind, CASE o.kind WHEN 'partner' THEN '{partner_admin}'
    ELSE '{benefit_admin,project_manager}' END::varchar[], true, now()
FROM people JOIN portal_organization o ON people.email = o.slug || '@example.com'
"""
POOLS = """
INSERT INTO vouchers_customeragreement
    (customer_id, program_id, licensing_id, starts_on, ends_on, accepted_terms,
    created_at)
SELECT o.id, %(program)s, 'bench-' || o.id, current_date - 100,
    current_date + 100 + (o.id %% 300)::int, '', now()
FROM portal_organization o WHERE o.slug LIKE 'bystander-%%' AND o.kind = 'customer'
"""
GRANTS = """
INSERT INTO vouchers_ledgerentry (
    agreement_id, customer_id, kind, source, target, days, note, created_at
)
SELECT id, customer_id, 'granted', 'sponsor', 'free', 20, 'Order', now()
FROM vouchers_customeragreement WHERE program_id = %(program)s
"""
UNUSED = """
WITH pools AS (
    SELECT a.id, a.customer_id, m.person_id, row_number() OVER (ORDER BY a.id) AS place
    FROM vouchers_customeragreement a
    JOIN portal_membership m ON m.organization_id = a.customer_id
    WHERE a.licensing_id LIKE 'bench-%%'
), partners AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM portal_organization WHERE slug LIKE 'bystander-%%' AND kind = 'partner'
)
INSERT INTO vouchers_voucher (
    number, agreement_id, engagement_type_id, days, country, label, state, expires_on,
    customer_id, admin_id, project_manager_id, partner_id,
    created_at, reserved_at, suspension_reason
)
SELECT 'B' || lpad(n::text, 13, '0'), p.id, %(type)s,
    (ARRAY[1, 3, 5, 10, 15])[n %% 5 + 1], 'DE', '', s.state,
    current_date + 1 + (n * 7919 %% 180)::int, p.customer_id, p.person_id,
    CASE WHEN s.state <> 'created' THEN p.person_id END,
    CASE WHEN s.state = 'reserved' THEN r.id END,
    now(), CASE WHEN s.state = 'reserved' THEN now() END, ''
FROM generate_series(1, %(vouchers)s::bigint) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['created', 'assigned', 'reserved'])[n / 5 %% 3 + 1] AS state
) AS s
JOIN pools p ON p.place = n %% 1000 + 1
JOIN partners r ON r.place = (n / 3) %% 1000 + 1
"""
FLOOR = """
SELECT t.offering_id, v.state, count(*), sum(v.days), max(v.expires_on)
FROM vouchers_voucher v JOIN enrollment_engagementtype t ON t.id = v.engagement_type_id
WHERE v.state IN ('created', 'assigned', 'reserved') AND t.id = %(type)s
GROUP BY 1, 2
"""


def figures(lab: Lab) -> Iterator[Figure]:
    """Return what each question about a plan takes, beside reading the rows once."""
    number = QUICK if lab.is_quick else VOUCHERS
    with acting_for_all():
        [tenant] = make_tenants(1)
        program = tenant.agreement.program
        plan = RetirementPlanFactory(program=program)
    given = {
        "program": program.pk,
        "type": tenant.engagement_type.pk,
        "vouchers": number,
    }
    fill(lab.owner, given)
    name = f"retirement plan, {number:,} unused vouchers"
    rounds = in_turns(
        lab.rounds,
        floor=partial(seconds, partial(read, lab.owner, given)),
        **{title: partial(asked, plan, ask) for title, ask in QUESTIONS.items()},
    )
    for title in QUESTIONS:
        ours = [1000 * each for each in rounds[title]]
        floor = [1000 * each for each in rounds["floor"]]
        yield Figure(f"{name}: {title}", "ms", ours, floor)


def fill(cursor: Any, given: dict[str, int]) -> None:
    add_bystanders(cursor)
    for statement in (PEOPLE, POOLS, GRANTS):
        cursor.execute(statement, given)
    with without_indexes(cursor, ["vouchers_voucher"]):
        cursor.execute(UNUSED, given)
    for table in ("vouchers_voucher", "vouchers_customeragreement", "vouchers_balance"):
        cursor.execute(f"VACUUM (ANALYZE) {table}")


def read(cursor: Any, given: dict[str, int]) -> None:
    cursor.execute(FLOOR, given)
    cursor.fetchall()


def asked(plan: RetirementPlan, ask: Any) -> float:
    with acting_for_all():
        fresh = RetirementPlan.objects.select_related("program").get(pk=plan.pk)
        return seconds(partial(ask, fresh))


def whole(plan: RetirementPlan) -> None:
    """Ask for all that the page shows."""
    sheet = PlanSheet(plan)
    assert sheet.lines
    assert sheet.customers
    assert sheet.partners
    assert sheet.posts


def five_scenarios(plan: RetirementPlan) -> None:
    assert PlanSheet(plan).columns


def one_scenario(plan: RetirementPlan) -> None:
    assert retirement_effects.totals_of(
        plan, [retirement_effects.scenario(plan, retirement_effects.days_of(plan))]
    )[0].at_stake


def customers(plan: RetirementPlan) -> None:
    assert list(
        retirement_effects.touched_customers(
            plan,
            retirement_effects.scenario(plan, retirement_effects.days_of(plan)),
            retirement.MOST,
        )
    )


def people(plan: RetirementPlan) -> None:
    assert retirement_letters.count_recipients(plan)["announced"]


QUESTIONS = {
    "the plan's figures": one_scenario,
    "five sets of days": five_scenarios,
    "first 50 customers": customers,
    "people to be written to": people,
    "the whole page": whole,
}
