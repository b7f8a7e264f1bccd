"""The database's own wall between organizations, tried with raw SQL."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from portal.models import Location, Organization
from portal.tenancy import (
    TELL,
    NarrowMiddleware,
    ScopeError,
    acting_as_mailer,
    acting_as_person,
    acting_for,
    acting_for_all,
    also_for,
    choose_organization,
    reading_directory,
    rows_of_everybody,
)
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
)
from tests.walls import HEADERS, AsInProduction


def locations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM portal_location ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


@pytest.fixture
def two_offices(db):
    return LocationFactory(), LocationFactory()


def test_raw_sql_sees_only_the_named_organizations_rows(two_offices):
    ours, _theirs = two_offices

    with acting_for(ours.organization_id):
        assert locations() == [ours.pk]


def test_raw_sql_sees_nothing_when_no_organization_is_named(two_offices):
    with acting_for(0):
        assert locations() == []


def test_raw_sql_cannot_write_into_another_organization(two_offices):
    ours, theirs = two_offices

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        acting_for(ours.organization_id),
    ):
        LocationFactory(organization=theirs.organization)


def test_raw_sql_cannot_touch_another_organizations_row(two_offices):
    ours, theirs = two_offices

    with acting_for(ours.organization_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE portal_organization SET name = 'x' WHERE id = %s",
            [theirs.organization_id],
        )
        assert cursor.rowcount == 0

    kept = Organization.objects.get(pk=theirs.organization_id)
    assert kept.name == theirs.organization.name


def test_the_scope_ends_with_its_block(two_offices):
    ours, theirs = two_offices
    with acting_for(ours.organization_id):
        pass

    assert locations() == [ours.pk, theirs.pk]


def test_the_scope_ends_with_a_failed_block(two_offices):
    ours, theirs = two_offices
    with pytest.raises(ZeroDivisionError), acting_for(ours.organization_id):
        raise ZeroDivisionError

    assert locations() == [ours.pk, theirs.pk]


@pytest.mark.django_db
def test_an_organization_does_not_see_a_strangers_name():
    customer, stranger = CustomerFactory(), CustomerFactory()

    with acting_for(customer.pk), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM portal_organization")
        assert cursor.fetchall() == [(customer.pk,)]

    assert stranger.pk


def settings_now():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_setting('portal.organizations', true),"
            " current_setting('portal.person', true)"
        )
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_the_scope_of_a_block_ends_with_it_however_it_ends():
    def fail():
        with acting_for(2, person=3):
            assert 1 / 0

    with acting_for(1):
        with reading_directory():
            assert settings_now() == ("portal_directory", "", "")
        assert settings_now() == ("portal_app", "{1}", "")
        with pytest.raises(ZeroDivisionError):
            fail()
        assert settings_now() == ("portal_app", "{1}", "")
    assert not settings_now()[1]


@pytest.mark.django_db(transaction=True)
def test_a_person_goes_on_for_an_organization_until_the_block_ends():
    with acting_for_all():
        with acting_as_person(7):
            choose_organization(5)
            assert settings_now() == ("portal_app", "{5}", "7")
        assert settings_now() == ("portal_sponsor", "", "")


@pytest.mark.django_db(transaction=True)
def test_a_change_of_scope_is_one_statement_and_the_same_scope_none():
    with acting_for(1), CaptureQueriesContext(connection) as captured:
        with acting_for(1):
            pass
        with acting_for(2):
            pass
    told = [query["sql"] for query in captured if "set_config" in query["sql"]]

    assert len(told) == 2  # into the scope of 2, and back


def test_rows_in_portions_are_only_those_of_the_organization(two_offices):
    ours, theirs = two_offices

    with acting_for(ours.organization_id):
        assert list(Location.objects.iterator(chunk_size=1)) == [ours]
    with acting_for(theirs.organization_id), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT id FROM portal_location")
        assert cursor.fetchall() == [(theirs.pk,)]


def test_a_copy_has_only_rows_of_the_organization(two_offices):
    ours, _theirs = two_offices

    with (
        acting_for(ours.organization_id),
        connection.cursor() as cursor,
        cursor.copy("COPY (SELECT id FROM portal_location) TO STDOUT") as copy,
    ):
        assert [int(pk) for (pk,) in copy.rows()] == [ours.pk]


def role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


def organizations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM portal_organization ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


def test_both_parties_of_an_action_are_in_scope_and_no_third(db):
    one, two, third = (LocationFactory() for _ in "123")

    with acting_for(one.organization_id, two.organization_id):
        assert locations() == [one.pk, two.pk]

    assert third.pk in locations()


def test_a_party_that_is_not_there_is_left_out(two_offices):
    ours, _theirs = two_offices

    with acting_for(ours.organization_id, None):
        assert locations() == [ours.pk]


def test_a_party_can_be_added_for_a_while(two_offices):
    ours, theirs = two_offices

    with acting_for(ours.organization_id):
        with also_for(theirs.organization_id):
            assert locations() == [ours.pk, theirs.pk]
        assert locations() == [ours.pk]


def test_naming_who_is_named_already_asks_the_database_nothing(
    two_offices, django_assert_num_queries
):
    ours, theirs = two_offices

    with (
        acting_for(ours.organization_id, theirs.organization_id),
        django_assert_num_queries(0),
        also_for(ours.organization_id),
    ):
        pass
    with django_assert_num_queries(0), also_for(ours.organization_id):
        pass


def test_an_inner_scope_works_for_the_same_person(db):
    member, partner = MembershipFactory(), PartnerFactory()

    with acting_as_person(member.person_id):
        choose_organization(member.organization_id)
        with acting_for(partner.pk):
            # The company is seen because the person belongs to it.
            assert organizations() == [member.organization_id, partner.pk]


def test_all_rows_do_not_open_within_the_scope_of_organizations(two_offices):
    ours, _theirs = two_offices

    with acting_for(ours.organization_id):
        with pytest.raises(ScopeError):
            acting_for_all()
        assert locations() == [ours.pk]
    with acting_as_person(1), pytest.raises(ScopeError):
        acting_for_all()
    with acting_for_all(), reading_directory(), acting_for_all():
        assert role() == "portal_sponsor"


def answer_to(act):
    """Answer a request in which nobody of the sponsor was let in."""

    def view(request):
        with act():
            return HttpResponse(role())

    return NarrowMiddleware(view)(RequestFactory().get("/"))


@pytest.mark.parametrize("act", [acting_for_all, acting_as_mailer])
def test_a_service_under_a_members_request_never_opens_all_rows(db, act):
    with pytest.raises(ScopeError):
        answer_to(act)


def test_the_admin_opens_all_rows_and_what_follows_it_does_not(db):
    assert answer_to(rows_of_everybody).content == b"portal_sponsor"
    with pytest.raises(ScopeError):
        answer_to(acting_for_all)
    with acting_for_all():
        assert role() == "portal_sponsor"


def test_the_directory_reads_listed_partners_only_and_writes_nothing(db):
    listed, hidden = PartnerFactory(is_listed=True), PartnerFactory()
    LocationFactory(organization=hidden)
    office = LocationFactory(organization=listed)

    with acting_for(), reading_directory():
        assert organizations() == [listed.pk]
        assert locations() == [office.pk]
        for sql in [
            "UPDATE portal_organization SET name = 'x'",
            "SELECT 1 FROM vouchers_voucher",
            "SELECT password FROM portal_user",
        ]:
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)


@pytest.mark.parametrize("role", ["portal_sponsor", "portal_mailer"])
def test_a_request_of_any_test_that_opens_all_rows_is_seen(db, role):
    def view(request):
        with connection.cursor() as cursor:
            cursor.execute(TELL, [role, "", ""])
        return HttpResponse(headers=dict.fromkeys(HEADERS, "-"))

    page, admin = RequestFactory().get("/o/x/"), RequestFactory().get("/admin/")
    with transaction.atomic(), pytest.raises(AssertionError, match=role):
        AsInProduction(view)(page)
    with transaction.atomic():
        AsInProduction(view)(admin)
