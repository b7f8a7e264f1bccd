"""Queries that are kept give what the ORM gives, for every value and every actor."""

import pytest
from django.db import ProgrammingError, connection

from portal.audit import record
from portal.db import locked, save
from portal.kept import kept, kept_for
from portal.models import AuditEntry, Location, Membership, Organization
from portal.roles import Role
from portal.statements import insert, read_locked
from portal.tenancy import acting_for
from tests.factories import LocationFactory, MembershipFactory, actor_of

pytestmark = pytest.mark.django_db


def of_organization(slug):
    mine = Membership.objects.active().filter(organization__slug=slug)
    return mine.select_related("organization", "person").order_by("pk")


def places(viewer, name):
    return Location.objects.visible_to(viewer).filter(name=name)


def stored(row):
    """Give all values of a row, as they were read."""
    return {field.name: getattr(row, field.attname) for field in row._meta.fields}


def test_a_kept_query_gives_the_same_rows_for_each_value():
    here, there = MembershipFactory(), MembershipFactory()
    MembershipFactory(organization=there.organization)
    MembershipFactory(organization=there.organization, is_active=False)

    for place in (here, there):
        slug = place.organization.slug
        expected = list(of_organization(slug))
        found = kept(of_organization, slug=slug)

        assert list(map(stored, found)) == list(map(stored, expected))
        assert [each.organization.name for each in found] == [
            each.organization.name for each in expected
        ]
    assert kept(of_organization, slug="nobody's") == []


def kept_plans():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


def test_behind_a_pooler_the_same_is_read_and_written_without_kept_plans(settings):
    settings.DATABASE_IS_POOLED = True
    member, before = MembershipFactory(), kept_plans()

    slug = member.organization.slug
    assert kept(of_organization, slug=slug) == [member]
    assert kept(of_organization, slug="100 % 'nobody'") == []
    with locked(member.organization) as held:
        held.name = "50 % more: $1"
        save(held)
    member.organization.refresh_from_db()

    assert member.organization.name == "50 % more: $1"
    assert kept_plans() == before


def test_a_kept_query_fetches_what_it_joins(django_assert_num_queries):
    slug = MembershipFactory().organization.slug
    kept(of_organization, slug=slug)

    with django_assert_num_queries(1):
        [found] = kept(of_organization, slug=slug)
        assert found.person.email
        assert found.organization.slug == slug


def test_a_value_that_is_held_against_nothing_is_no_slip():
    with pytest.raises(AssertionError):
        kept(lambda slug, other: of_organization(slug), slug="a", other=1)


def test_a_text_in_a_kept_query_stays_a_text():
    MembershipFactory()

    assert kept(of_organization, slug="'; DROP TABLE portal_user; --") == []
    assert kept(of_organization, slug="100 % %s") == []


def test_each_actor_gets_only_what_is_visible_to_it(partner, customer):
    for organization in (partner, customer):
        LocationFactory(organization=organization, name="Berlin")

    for actor in (
        actor_of(partner, Role.DELIVERY_LEAD),
        actor_of(customer, Role.BENEFIT_ADMIN),
        actor_of(customer, Role.PROJECT_MANAGER),
    ):
        [found] = kept_for(actor, places, name="Berlin")
        assert found.organization_id == actor.organization_id


def test_the_wall_of_the_database_stands_around_kept_queries(partner, customer):
    mine = LocationFactory(organization=partner)
    theirs = LocationFactory(organization=customer)

    # The plan that was made for the sponsor first is not the organization's.
    assert read_locked(Location, theirs.pk) == theirs
    with acting_for(partner.pk):
        assert read_locked(Location, mine.pk) == mine
        with pytest.raises(Location.DoesNotExist):
            read_locked(Location, theirs.pk)
    with acting_for(customer.pk):
        assert read_locked(Location, theirs.pk) == theirs


def test_the_wall_stands_around_kept_insertions(partner, customer):
    with acting_for(partner.pk):
        insert(LocationFactory.build(organization=partner))
        with pytest.raises(ProgrammingError, match="row-level security"):
            insert(LocationFactory.build(organization=customer))


def test_an_inserted_row_has_every_value_and_its_number(partner):
    made = LocationFactory.build(organization=partner, latitude=1.5, city="Köln, 'D'")

    insert(made)

    assert stored(Location.objects.get(pk=made.pk)) == stored(made)


def test_saving_writes_what_changed_and_nothing_else(django_assert_num_queries):
    location = LocationFactory(name="Before", city="Berlin")
    with locked(location) as held:
        # Somebody without manners writes past the lock.
        Location.objects.filter(pk=location.pk).update(city="Bonn")
        held.name = "After"
        save(held)
        assert Location.objects.get(pk=location.pk).name == "After"
        with django_assert_num_queries(0):
            save(held)

    location.refresh_from_db()
    assert (location.name, location.city) == ("After", "Bonn")


def test_what_was_saved_is_recorded_after_it(partner):
    actor = actor_of(partner, Role.PARTNER_ADMIN)
    location = LocationFactory(organization=partner, name="Before", latitude=None)
    with locked(location) as held:
        held.name, held.latitude = "After", 2.5
        save(held)
        entry = record("location.added", held, by=actor, parties=[partner.pk])

    written = AuditEntry.objects.get(pk=entry.pk)
    assert written.changes == {"name": ["Before", "After"], "latitude": ["", "2.5"]}
    assert written.roles == [Role.PARTNER_ADMIN]
    assert written.parties == [partner.pk]
    assert written.at == entry.at


def test_a_lock_reads_what_is_around_the_row_anew(partner):
    location = LocationFactory(organization=partner)
    Organization.objects.filter(pk=partner.pk).update(time_zone="Asia/Tokyo")

    with locked(location) as held:
        assert held.organization.time_zone == "Asia/Tokyo"


def test_a_lock_keeps_what_it_is_told_to(partner, django_assert_num_queries):
    location = LocationFactory(organization=partner)

    with (
        locked(location, keeping=["organization"]) as held,
        django_assert_num_queries(0),
    ):
        assert held.organization is location.organization


def test_a_lock_drops_what_is_not_the_rows_any_more(partner, customer):
    location = LocationFactory(organization=partner)
    Location.objects.filter(pk=location.pk).update(organization=customer)

    with locked(location, keeping=["organization"]) as held:
        assert held.organization == customer
