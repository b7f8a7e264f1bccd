"""What all tests share: the database with its roles, and people who sign in."""

from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import (
    CaptureQueriesContext,
    setup_databases,
    teardown_databases,
)
from django.utils import translation

from portal.tenancy import NOBODY, Scope, scope_now
from tests import databases
from tests.factories import PLACES

LOGIN = ("USER", "PASSWORD", "HOST", "PORT")
# Rights of the portal's roles beyond reading and writing rows, as migrations give them.
MORE_THAN_ROWS = """
    SELECT c.relname, a.grantee::regrole::text, a.privilege_type
    FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND a.grantee::regrole::text IN ('portal_app', 'portal_sponsor')
        AND a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
"""


def pytest_configure(config):
    """Compile the translations once, before the processes that read them start."""
    if not hasattr(config, "workerinput"):
        call_command("compile_words", stdout=StringIO())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Let several processes begin with the files of long tests, not end with them."""
    if hasattr(config, "workerinput"):
        items.sort(key=commits, reverse=True)


def commits(item):
    """Ask whether a test really commits, as journeys, races and workers do."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def django_db_setup(
    request, django_test_environment, django_db_blocker, django_db_modify_db_settings
):
    """Copy the migrated database as its owner, then work as the portal's own role."""
    portal = {key: connection.settings_dict[key] for key in LOGIN}
    owner = {key: settings.OWNER[key] for key in LOGIN}
    connection.settings_dict.update(owner)
    with django_db_blocker.unblock():
        template = databases.kept_template(owner)
        connection.settings_dict["TEST"]["TEMPLATE"] = template
        built = setup_databases(verbosity=0, interactive=False, aliases={"default"})
        with connection.cursor() as cursor:
            cursor.execute(MORE_THAN_ROWS)
            rights = cursor.fetchall()
            # Only tests empty tables at once.
            cursor.execute(
                "GRANT TRUNCATE ON ALL TABLES IN SCHEMA public"
                " TO portal_app, portal_sponsor"
            )
        connection.close()
        connection.settings_dict.update(portal)
    yield rights
    with django_db_blocker.unblock():
        end_other_sessions()
        connection.close()
        connection.settings_dict.update(owner)
        teardown_databases(built, verbosity=0)


def end_other_sessions():
    """End what threads of a live server left open: it would keep the database."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            # Not the server's own, such as a vacuum: those end by themselves.
            " AND usename = session_user"
        )


@pytest.fixture(autouse=True)
def _arranging_as_sponsor(request):
    """Let a test put rows anywhere; services and pages narrow that for themselves."""
    names = set(request.fixturenames)
    if not request.node.get_closest_marker("django_db") and not names & {
        "db",
        "transactional_db",
        "live_server",
    }:
        yield
        return
    request.getfixturevalue("_django_db_helper")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE portal_sponsor")
    scope_now.set(Scope("portal_sponsor"))
    yield
    # The role stays for what empties the tables; the next test begins with it anyway.
    scope_now.set(NOBODY)
    if not connection.in_atomic_block:
        # A test that closed its connection has another, as the portal's own login.
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE portal_sponsor")


@pytest.fixture(autouse=True)
def _no_attempts_counted():
    cache.clear()


@pytest.fixture(autouse=True)
def _no_language_of_a_reader_before():
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def as_person(client):
    """Return a browser in which a person is signed in."""

    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def catalogue(db):
    """Load the real offerings, engagement types and competencies."""
    call_command("load_catalogue")


@pytest.fixture
def same_statements(request, db):
    """Hold that a test asks the database as often for many rows as for one.

    How often stands nowhere: what comes first, a block or a parameter of the same test,
    is what the next are held to.
    """
    name = request.node.nodeid.partition("[")[0]

    @contextmanager
    def counted():
        with CaptureQueriesContext(connection) as statements:
            yield
        _statements.setdefault(name, (request.node.name, len(statements)))
        first, number = _statements[name]
        assert len(statements) == number, f"{first} takes {number}"

    return counted


_statements: dict[str, tuple[str, int]] = {}


def give_second_factor(person):
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.TOTP, data={"secret": "A" * 32}
    )


@pytest.fixture
def as_owner(db):
    """Run SQL as the owner of the tables, on a connection of its own; keep nothing."""
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    name = connection.settings_dict["NAME"]

    def run(*statements):
        with psycopg.connect(dbname=name, **login) as owner:
            for statement in statements:
                owner.execute(statement)
            owner.rollback()

    return run


@pytest.fixture
def put_in_zone(transactional_db):
    """Put an organization into a zone that our database refuses, and keep that.

    So it stands after the rows were read in by a server that knows fewer zones.
    """
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    guard = "TRIGGER pgtrigger_zone_is_known_16d27"

    def put(organization, zone):
        name = connection.settings_dict["NAME"]
        with psycopg.connect(dbname=name, **login) as owner:
            owner.execute(f"ALTER TABLE portal_organization DISABLE {guard}")
            owner.execute(
                "UPDATE portal_organization SET time_zone = %s WHERE id = %s",
                [zone, organization.pk],
            )
            owner.execute(f"ALTER TABLE portal_organization ENABLE {guard}")
        organization.time_zone = zone
        return organization

    return put


@pytest.fixture
def partner(db):
    return PLACES["partner"]()


@pytest.fixture
def customer(db):
    return PLACES["customer"]()
