"""Every table of the database: whose rows it holds, and the wall around them.

A table that is in neither list fails ``test_every_table_is_known``, so nobody can add
one and forget its policy.
"""

from functools import partial

import pytest
from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from portal.models import Organization
from portal.roles import Role, Side
from portal.tenancy import (
    TenantQuerySet,
    acting_as_mailer,
    acting_as_person,
    acting_for,
    acting_for_all,
)
from tests.story import made_story

# Tables whose rows are nobody's in particular, each with the reason.
SHARED = {
    "account_emailaddress": "addresses of people, who may be in several organizations",
    "account_emailconfirmation": "links that prove addresses",
    "auth_group": "the sponsor's duties",
    "auth_group_permissions": "the sponsor's duties",
    "auth_permission": "Django's names of rights",
    "django_admin_log": "the admin's own notes",
    "django_content_type": "Django's names of models",
    "django_migrations": "what was migrated",
    "django_session": "browsers that are signed in",
    "enrollment_competency": "the catalogue",
    "enrollment_competencyexam": "the catalogue",
    "enrollment_engagementtype": "the catalogue",
    "enrollment_exam": "the catalogue",
    "enrollment_offering": "the catalogue",
    "enrollment_program": "the catalogue",
    "enrollment_programagreement": "texts that every partner signs",
    "enrollment_programrequirement": "the catalogue",
    "enrollment_qualification": "the catalogue",
    "enrollment_tag": "the catalogue",
    "mfa_authenticator": "second factors of people",
    "payments_rate": "the catalogue",
    "portal_cacheentry": "attempts that are counted while Redis does not answer",
    "portal_place": "cities of the world",
    "portal_publicmaildomain": "domains that prove no company",
    "portal_reason": "words that reviewers choose from",
    "portal_secondfactorrecovery": "second factors of people that are lost",
    "portal_user": "people, who may be in several organizations",
    "portal_user_groups": "duties of the sponsor's people",
    "portal_user_user_permissions": "rights of the sponsor's people",
    "vouchers_conversionrule": "the catalogue",
    "vouchers_dayscale": "the catalogue",
    "vouchers_licensedproduct": "the catalogue",
    "vouchers_pointrule": "the catalogue",
    "vouchers_policyexception": "what the sponsor granted to a whole program",
    "vouchers_retirementletter": "how a program ends, closed to the portal's own role",
    "vouchers_retirementplan": "how a program ends, closed to the portal's own role",
    "usersessions_usersession": "browsers that are signed in",
}
# Rows of people, of whom a transaction for one sees its own.
PERSONAL = {"mfa_authenticator", "portal_secondfactorrecovery"}
# Rows of a person in an organization, which need both.
PERSONAL_THERE = {"portal_tableexport", "portal_temporaryfile"}
# Rows that partners publish for everybody: a listed name, a profile.
PUBLIC = {"portal_organization", "enrollment_businessprofile"}
# Tables that organizations write into and only the sponsor reads.
DROP_BOXES = {"portal_email"}
# Tables that everybody writes into and only the worker that mails reads.
SEALED = {"portal_sealedbody"}
ROLES = {"portal_app", "portal_sponsor"}
TABLES = """
    SELECT relname, relrowsecurity, pg_get_userbyid(relowner)
    FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""


def own_models():
    """List the models that have a table of their own."""
    return [model for model in apps.get_models() if not model._meta.proxy]


def points_to_organization(model):
    return any(
        field.related_model is Organization
        or (field.name == "parties" and not field.is_relation)
        for field in model._meta.concrete_fields
    )


def tenant_tables():
    """Derive from the models which tables hold rows of organizations."""
    return {
        model._meta.db_table
        for model in own_models()
        if points_to_organization(model)
        or model is Organization
        or isinstance(model._default_manager.all(), TenantQuerySet)
    }


def rows(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@pytest.fixture
def tables(db):
    return {name: (has_wall, owner) for name, has_wall, owner in rows(TABLES)}


@pytest.fixture
def story(db):
    return made_story()


def count(table):
    return rows(f"SELECT count(*) FROM {table}")[0][0]


def test_every_table_is_known(tables):
    assert set(tables) == tenant_tables() | set(SHARED) | DROP_BOXES | SEALED


def test_every_key_and_condition_of_a_model_stands_in_its_table(db):
    with connection.cursor() as cursor:
        for model in own_models():
            meta = model._meta
            if meta.app_label not in settings.FIRST_PARTY_APPS:
                continue
            built = connection.introspection.get_constraints(cursor, meta.db_table)
            keys = {tuple(key["columns"]) for key in built.values() if key["unique"]}
            unique = {(f.column,) for f in meta.local_concrete_fields if f.unique}
            assert unique <= keys, meta.db_table
            assert {c.name for c in meta.constraints} <= {*built}, meta.db_table


def test_every_trigger_of_a_model_stands_at_its_table(db):
    built = set(rows("SELECT tgrelid::regclass::text, tgname FROM pg_trigger"))
    declared = {
        (model._meta.db_table, trigger.get_pgid(model))
        for model in own_models()
        for trigger in getattr(model._meta, "triggers", [])
    }

    assert len(declared) > 20
    assert declared <= built


def test_no_table_is_both_shared_and_an_organizations():
    assert not tenant_tables() & set(SHARED)


def test_exactly_the_tables_of_organizations_have_a_wall(tables):
    walled = {name for name, (has_wall, _owner) in tables.items() if has_wall}

    assert walled == tenant_tables() | DROP_BOXES | PERSONAL


@pytest.mark.django_db
def test_each_wall_has_a_door_for_its_parties_and_one_for_the_sponsor():
    found = rows("SELECT tablename, policyname, roles::text FROM pg_policies")
    doors = {(t, roles) for t, name, roles in found if name != "directory"}

    expected = {
        (table, f"{{{role}}}")
        for table in tenant_tables() | DROP_BOXES | PERSONAL
        for role in ROLES
    }
    assert doors == expected


@pytest.mark.django_db
def test_only_the_sponsors_door_is_open_to_all_rows():
    found = rows("SELECT tablename, roles::text FROM pg_policies WHERE qual = 'true'")

    assert set(found) == {
        (table, "{portal_sponsor}") for table in tenant_tables() | DROP_BOXES | PERSONAL
    }


def test_the_portals_roles_own_nothing(tables):
    assert not {owner for _wall, owner in tables.values()} & ROLES


@pytest.mark.django_db
def test_the_portals_roles_cannot_pass_by_a_policy():
    found = rows(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)"
        " AND (rolbypassrls OR rolsuper OR rolcreaterole OR rolcreatedb)",
        [list(ROLES)],
    )

    assert found == []


def test_the_portals_roles_read_and_write_rows_and_no_more(django_db_setup):
    assert django_db_setup == []


@pytest.mark.parametrize("action", ["ALTER TABLE {} ADD x int", "DROP TABLE {}"])
@pytest.mark.django_db
def test_the_portals_role_cannot_tear_down_a_wall(action):
    for table in sorted(tenant_tables()):
        refused = pytest.raises(ProgrammingError, match=f"must be owner .* {table}$")
        with refused, transaction.atomic():
            rows(action.format(table))


@pytest.mark.parametrize("scope", [acting_for_all, partial(acting_for, 1)])
@pytest.mark.parametrize(
    "action", ["SELECT words FROM {}", "UPDATE {} SET words = ''", "DELETE FROM {}"]
)
@pytest.mark.django_db
def test_nobody_looks_into_a_sealed_table(scope, action):
    for table in SEALED:
        with pytest.raises(ProgrammingError, match="permission denied"), scope():
            rows(action.format(table))


@pytest.mark.django_db
def test_who_mails_reads_what_is_sealed_and_nothing_else():
    with acting_as_mailer():
        assert count("portal_sealedbody") == 0
    for table in ["portal_email", "portal_user", "mfa_authenticator"]:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            acting_as_mailer(),
        ):
            count(table)


def test_without_an_organization_there_are_no_rows(story):
    full = {table for table in tenant_tables() if count(table)}
    assert len(full) > len(tenant_tables()) * 0.6, "the story fills most tables"

    with acting_for(0):
        seen = {table: count(table) for table in sorted(tenant_tables())}

    assert {table for table, number in seen.items() if number} <= PUBLIC


def test_a_person_before_choosing_sees_only_the_places_to_choose_from(story):
    member = story.rivals["partner"]

    with acting_as_person(member.person_id):
        seen = {table for table in tenant_tables() if count(table)}
        places = rows("SELECT person_id FROM portal_membership")

    assert seen - PUBLIC == {"portal_membership", "portal_organization"} - PUBLIC
    assert places == [(member.person_id,)]


def test_an_organization_sees_nothing_of_others(story):
    rival = story.rivals["partner"].organization

    with acting_for(rival.pk):
        seen = {table for table in tenant_tables() if count(table)}

    assert seen - PUBLIC == {"portal_membership", "portal_organization"} - PUBLIC


def parties_of(table):
    """Name the columns that hold a row's parties, by the models."""
    [model] = [m for m in own_models() if m._meta.db_table == table]
    if model is Organization:
        return ["id"]
    return [
        field.column
        for field in model._meta.concrete_fields
        if field.related_model is Organization or field.name == "parties"
    ]


def rows_of(table, organizations):
    """Return keys of a table's rows to which one of the organizations is a party."""
    [model] = [m for m in own_models() if m._meta.db_table == table]
    key = model._meta.pk.column
    which = " OR ".join(
        f"{column} {'&&' if column == 'parties' else '= ANY'} (%s::bigint[])"
        for column in parties_of(table)
    )
    sql = f"SELECT {key}::text FROM {table} WHERE {which}"
    return {pk for (pk,) in rows(sql, [organizations] * len(parties_of(table)))}


def seen_in(table):
    [model] = [m for m in own_models() if m._meta.db_table == table]
    return {pk for (pk,) in rows(f"SELECT {model._meta.pk.column}::text FROM {table}")}


# Names that the two know from elsewhere, and rows that are published.
ALSO_READ = {"portal_organization"}


def test_two_parties_see_the_rows_of_both_and_of_no_third(story):
    made_story()
    pair = [story.organization[kind].pk for kind in story.organization]
    tables = tenant_tables() - PERSONAL_THERE
    expected = {table: rows_of(table, pair) for table in tables}
    others = {t: seen_in(t) - expected[t] for t in tables}
    assert sum(map(bool, others.values())) > len(others) * 0.6, "there is a third"

    with acting_for(*pair):
        seen = {table: seen_in(table) for table in tables}

    for table in tables - ALSO_READ:
        assert seen[table] == expected[table], table
    assert expected["portal_organization"] <= seen["portal_organization"]


def test_each_party_alone_sees_its_own_rows(story):
    for organization in story.organization.values():
        own = [organization.pk]
        tables = tenant_tables() - PERSONAL_THERE
        expected = {table: rows_of(table, own) for table in tables}

        with acting_for(organization.pk):
            seen = {table: seen_in(table) for table in tables}

        for table in tables - ALSO_READ:
            assert seen[table] == expected[table], table


def test_rows_of_a_person_in_an_organization_need_both(story):
    """Neither a colleague sees them, nor the person in another organization."""
    owner, colleague = (
        story.people[Side.CUSTOMER][role]
        for role in (Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER)
    )
    customer, partner = (story.organization[k] for k in (Side.CUSTOMER, Side.PARTNER))

    for table in sorted(PERSONAL_THERE):
        with acting_for(customer.pk, person=owner.pk):
            assert count(table) == 1, table
        for organization, person in ((customer, colleague), (partner, owner)):
            with acting_for(organization.pk, person=person.pk):
                assert count(table) == 0, table
        with acting_for(customer.pk):
            assert count(table) == 0, table
