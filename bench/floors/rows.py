"""The floor's rows."""

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.floors.models import Membership, Tenant

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
