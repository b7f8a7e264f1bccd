"""The audit trail: what an entry holds, who reads it, and that it stays."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone
from psycopg.errors import RaiseException

from portal.actors import CLOCK
from portal.audit import display_value, news, record, record_all, remember, timeline
from portal.db import lock_row
from portal.models import AuditEntry, Location
from portal.roles import Duty, Role
from portal.services import invitations, locations, memberships
from portal.tenancy import acting_for
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import VoucherFactory

pytestmark = pytest.mark.django_db


def move_office(location, by):
    with lock_row(location) as held:
        held.city = "Hamburg"
        held.save()
        return record("location.moved", held, by=by, parties=[held.organization_id])


def test_an_entry_says_who_for_whom_in_which_role_and_what_changed():
    location = LocationFactory(city="Munich")
    actor = actor_of(location.organization, Role.PARTNER_ADMIN)

    move_office(location, actor)

    entry = AuditEntry.objects.get()
    assert entry.person == actor.person
    assert entry.organization == location.organization
    assert entry.roles == ["partner_admin"]
    assert entry.changes == {"city": ["Munich", "Hamburg"]}


def test_the_first_entry_of_a_row_keeps_its_first_values():
    partner = PartnerFactory()

    locations.add_location(
        Location(name="Office", street="Street 1", city="Munich", country="DE"),
        by=actor_of(partner, Role.PARTNER_ADMIN),
    )

    assert AuditEntry.objects.get().changes["city"] == [None, "Munich"]


@pytest.mark.parametrize("asks", ["member", "clock"])
def test_what_is_recorded_of_many_is_what_is_recorded_of_each(asks, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    location = LocationFactory(city="Munich")
    by = actor_of(location.organization, Role.PARTNER_ADMIN)
    by = CLOCK if asks == "clock" else by
    one = move_office(location, by)
    location.refresh_from_db()
    remember(location)
    location.city = "Bremen"

    record_all("location.moved", [(location, location.organization_id)], by=by)

    kept, of_many = AuditEntry.objects.order_by("pk")
    assert kept == one
    assert of_many.changes == {"city": ["Hamburg", "Bremen"]}
    for field in AuditEntry._meta.concrete_fields:
        if field.name not in {"id", "changes"}:
            name = field.attname
            assert getattr(of_many, name) == getattr(kept, name), name


def test_recording_nothing_writes_nothing():
    record_all("location.moved", [], by=CLOCK)

    assert not AuditEntry.objects.exists()


def test_a_timeline_speaks_in_words():
    member = MembershipFactory(roles=[Role.PARTNER_ADMIN])
    other = MembershipFactory(organization=member.organization)
    actor = actor_of(member.organization, Role.PARTNER_ADMIN)
    memberships.change_roles(member, [Role.FINANCE], by=actor)
    memberships.end_membership(other, by=actor)

    (changed,) = timeline(member, actor)

    assert changed.sentence == "changed the roles"
    assert changed.changes == [("Roles", "Partner admin", "Finance")]
    assert changed.who == (
        f"{actor.person.name} ({member.organization.name}, Partner admin)"
    )


def test_a_yes_or_no_is_told_as_such():
    member = MembershipFactory()
    actor = actor_of(member.organization, Role.PARTNER_ADMIN)

    memberships.end_membership(member, by=actor)

    assert timeline(member, actor)[0].changes == [("Active", "yes", "no")]


def test_the_sponsors_people_are_told_as_such():
    location = LocationFactory()
    staff = staff_actor(Duty.PROGRAM_MANAGER)

    move_office(location, staff)

    assert timeline(location, staff)[0].who == f"{staff.person.name} (sponsor)"


def test_a_party_reads_only_what_was_written_while_it_was_one():
    location = LocationFactory()
    customer = CustomerFactory()
    clerk = actor_of(customer, Role.BENEFIT_ADMIN)
    staff = staff_actor(Duty.PROGRAM_MANAGER)
    record("location.before", location, by=staff, parties=[location.organization_id])
    record("location.with", location, by=staff, parties=[customer.pk])

    with acting_for(customer.pk):
        assert [e.sentence for e in timeline(location, clerk)] == ["location.with"]
        assert AuditEntry.objects.count() == 1
    assert len(timeline(location, staff)) == 2


def test_news_name_each_record_the_last_first():
    partner = PartnerFactory()
    admin = actor_of(partner, Role.PARTNER_ADMIN)
    invitations.invite("guest@example.com", [Role.FINANCE], by=admin)
    locations.add_location(
        Location(name="Office", street="Street 1", city="Munich", country="DE"),
        by=admin,
    )

    told = news(admin, Location.objects.all(), partner.invitations.all())

    assert [line.sentence for line in told] == [
        "added the location: Office, Germany",
        f"sent an invitation: guest@example.com → {partner}",
    ]


@pytest.mark.parametrize("role", ["portal_app", "portal_sponsor"])
@pytest.mark.parametrize(
    "action",
    ["UPDATE portal_auditentry SET verb = 'x'", "DELETE FROM portal_auditentry"],
)
def test_the_portals_roles_cannot_touch_an_entry(role, action):
    move_office(LocationFactory(), staff_actor())

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL ROLE {role}; {action}")

    assert AuditEntry.objects.get().verb == "location.moved"


@pytest.mark.parametrize(
    "action",
    ["UPDATE portal_auditentry SET verb = 'x'", "DELETE FROM portal_auditentry"],
)
def test_not_even_the_owner_changes_an_entry(action, as_owner):
    with pytest.raises(RaiseException, match="Cannot"):
        as_owner(
            "INSERT INTO portal_auditentry (verb, subject_type, subject_id,"
            " subject_name, person_name, organization_name, side, roles, parties,"
            " reason, changes, at) VALUES ('x', 'y', 1, 'z', '', '', 'clock', '{}',"
            " '{}', '', '{}', now())",
            action,
        )


def test_moments_are_told_by_the_clocks_of_the_reader(time_machine):
    time_machine.move_to("2026-06-10T09:30:00Z", tick=False)
    voucher = VoucherFactory(reserved=True)
    field = voucher._meta.get_field("reserved_at")

    with timezone.override("Europe/Berlin"):
        assert (
            display_value(field, "2026-06-10T09:30:00+00:00") == "10 June 2026, 11:30"
        )
    with timezone.override("Asia/Taipei"):
        assert (
            display_value(field, "2026-06-10T20:30:00+00:00") == "11 June 2026, 04:30"
        )
