"""Each guard of the database can be left out, and the statements for it are sound."""

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from portal.db import lock_row
from tests.conftest import LOGIN
from tests.factories import PLACES
from tests.mutants import database
from tests.mutants.unlocked import unlocked


@pytest.fixture
def owner(db):
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    with psycopg.connect(dbname=connection.settings_dict["NAME"], **login) as owner:
        yield owner
        owner.rollback()


def guards(owner):
    return list(database.loosened(owner, settings.FIRST_PARTY_APPS))


def test_every_statement_is_one_that_the_database_takes(owner):
    found = guards(owner)

    for *_guard, statement in found:
        with owner.transaction(force_rollback=True):
            owner.execute(statement)
    assert {operator for operator, *_guard in found} == {
        "constraint",
        "missing key",
        "policy",
        "trigger",
    }


@pytest.mark.parametrize(
    "statement",
    [
        'ALTER TABLE vouchers_voucher DROP CONSTRAINT "voucher_state_is_known"',
        "ALTER POLICY party ON vouchers_voucher USING (true)",
        "ALTER POLICY party ON vouchers_voucher WITH CHECK (true)",
        "GRANT UPDATE ON portal_auditentry TO portal_app",
    ],
)
def test_guards_that_matter_are_among_them(owner, statement):
    assert statement in {each for *_guard, each in guards(owner)}


@pytest.mark.parametrize(
    ("condition", "moved"),
    [
        (
            "((a >= 1) AND (a <= b))",
            ["((a > 1) AND (a <= b))", "((a >= 1) AND (a < b))"],
        ),
        ("(a <> 1)", []),
        ("(a = ANY (b))", []),
    ],
)
def test_each_boundary_of_a_condition_is_moved_alone(condition, moved):
    assert list(database.swapped(condition)) == moved


def test_a_guard_is_found_where_it_is_written(owner):
    models = {model._meta.db_table: model for model in apps.get_models()}
    own = {t: m for t, m in models.items() if m._meta.app_label == "vouchers"}

    found = database.mistakes(owner, settings.ROOT, own)

    [place] = {each.path for each in found if "voucher_state_is_known" in each.words}
    assert '"voucher_state_is_known"' in (settings.ROOT / place).read_text()


@pytest.mark.django_db
def test_a_block_without_its_lock_reads_the_row_as_it_is_now():
    partner = PLACES["partner"]()
    type(partner).objects.filter(pk=partner.pk).update(name="Renamed")

    with unlocked(lock_row)(partner) as current:
        locks = locks_of_rows()

    assert (current.name, locks) == ("Renamed", 0)
    with lock_row(partner):
        assert locks_of_rows() == 1


def locks_of_rows():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock'"
            " AND relation = 'portal_organization'::regclass"
            # Other processes of tests have the same numbers for their tables.
            " AND pid = pg_backend_pid()"
        )
        return cursor.fetchone()[0]
