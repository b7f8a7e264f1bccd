"""The floor's rows, and the one function that makes a whole transition."""

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.floors.models import Membership, Tenant

MOVE = """
CREATE FUNCTION floor_move(which_tenant bigint, which bigint, who bigint)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE before text; days_held smallint;
BEGIN
    SELECT state, days INTO STRICT before, days_held FROM floors_voucher
        WHERE id = which AND tenant_id = which_tenant FOR UPDATE;
    UPDATE floors_voucher
        SET state = CASE before WHEN 'created' THEN 'assigned' ELSE 'created' END
        WHERE id = which;
    INSERT INTO floors_auditentry (tenant_id, voucher_id, person_id, verb, changes, at)
        VALUES (which_tenant, which, who, 'voucher.moved',
            jsonb_build_object('state', before), now());
    INSERT INTO floors_ledgerentry (tenant_id, voucher_id, kind, days, at)
        VALUES (which_tenant, which, 'held', days_held, now());
    RETURN before;
END $$
"""
FILL = """
INSERT INTO floors_voucher (tenant_id, manager_id, number, partner, engagement_type,
    label, days, country, state, expires_on, created_at)
SELECT %(tenant)s, %(person)s,
    lpad(upper(to_hex((n * 668265263227) & 281474976710655)), 12, '0'),
    'Partner ' || n %% 100, 'Engagement type ' || n %% 10, 'Project ' || n, 5, 'DE',
    'created', current_date + 30, current_date - 500 + n * interval '30 seconds'
FROM generate_series(%(first)s::bigint, %(last)s) AS n
"""


def prepare(sizes: list[int]) -> str:
    """Fill one tenant of each size, the first with the oldest rows."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    person = User.objects.create_user("person")
    with connection.cursor() as cursor:
        cursor.execute(MOVE)
        first = 1
        for size in sizes:
            tenant = Tenant.objects.create(name=f"Tenant of {size}")
            Membership.objects.create(tenant=tenant, person=person)
            last = first + size - 1
            ids = {"tenant": tenant.pk, "person": person.pk}
            cursor.execute(FILL, {**ids, "first": first, "last": last})
            first = last + 1
        cursor.execute("VACUUM (ANALYZE) floors_voucher")
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value
