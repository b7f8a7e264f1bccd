"""Time zones: what Python and PostgreSQL both know, and what happens where not."""

import logging
from datetime import date
from io import StringIO
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.module_loading import import_string

from portal import clock, zones
from portal.beat import BEAT
from portal.findings import Refused
from portal.forms import TimeZoneForm
from portal.models import AuditEntry, Organization
from portal.roles import Duty, Role
from portal.services import organizations
from portal.tasks import check_zones
from tests.conftest import give_second_factor
from tests.factories.enrollment import CertificateFactory, HeldCompetencyFactory
from tests.factories.portal import (
    CustomerFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import VoucherFactory
from vouchers.models import State, Voucher
from vouchers.tasks import expire_overdue

pytestmark = pytest.mark.django_db
OLDER_NAMES = [
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
    ("Pacific/Ponape", "Pacific/Pohnpei"),
    ("US/Pacific", "America/Los_Angeles"),
    ("ROC", "Asia/Taipei"),
    ("Etc/UTC", "UTC"),
    ("GMT", "UTC"),
]


def test_what_is_offered_is_known_to_both():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        to_database = {name for (name,) in cursor.fetchall()}

    offered = set(zones.names())

    assert offered <= to_database & available_timezones()
    assert len(offered) > 400
    assert {"UTC", "Europe/Berlin", "Asia/Taipei", "America/New_York"} <= offered


def test_nothing_offered_is_an_older_name():
    offered = zones.names()

    assert [name for name in offered if zones.canonical(name) != name] == []


def test_every_older_name_leads_to_a_place_that_is_offered():
    aliases = zones._shipped_data()["aliases"]

    assert set(aliases.values()) <= set(zones.names())
    assert len(aliases) > 100


@pytest.mark.parametrize(("older", "name"), OLDER_NAMES)
def test_an_older_name_is_taken_as_today_s(older, name):
    form = TimeZoneForm({"time_zone": older})

    assert form.is_valid()
    assert form.cleaned_data == {"time_zone": name}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Etc/GMT+5", "posixrules", "CST", ""])
def test_what_is_no_place_is_no_choice(zone):
    assert "time_zone" in TimeZoneForm({"time_zone": zone}).errors


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
def test_the_database_refuses_an_unknown_zone(zone, partner):
    with pytest.raises(IntegrityError, match="is no time zone"), transaction.atomic():
        PartnerFactory(time_zone=zone)
    with pytest.raises(IntegrityError, match="is no time zone"), transaction.atomic():
        Organization.objects.filter(pk=partner.pk).update(time_zone=zone)

    Organization.objects.filter(pk=partner.pk).update(time_zone="Asia/Tokyo")


def test_the_clock_knows_older_names(time_machine):
    time_machine.move_to("2026-03-10T20:00:00Z", tick=False)

    assert clock.today("Asia/Calcutta") == date(2026, 3, 11)
    assert zones.zone("America/Buenos_Aires") == ZoneInfo(
        "America/Argentina/Buenos_Aires"
    )


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "/etc/passwd", "\0"])
def test_by_an_unknown_zone_no_day_ends_early(zone, time_machine, caplog):
    time_machine.move_to("2026-03-10T11:59:00Z", tick=False)
    zones.zone.cache_clear()

    assert clock.today(zone) == date(2026, 3, 9)
    assert "No such time zone" in caplog.text


@pytest.fixture
def good():
    return VoucherFactory(expires_on=clock.in_days(-3))


@pytest.fixture
def broken(put_in_zone):
    voucher = VoucherFactory(expires_on=clock.in_days(-3))
    put_in_zone(voucher.customer, "Mars/Olympus")
    return voucher


@pytest.mark.django_db(transaction=True)
def test_no_work_of_the_clock_stops_at_an_unknown_zone(broken, good, put_in_zone):
    partner = put_in_zone(PartnerFactory(), "America/Nowhere")
    HeldCompetencyFactory(partner=partner)
    CertificateFactory(consultant__partner=partner)

    works = {(entry["task"], *entry.get("args", ())) for entry in BEAT.values()}
    for name, *arguments in sorted(works):
        import_string(name)(*arguments)


@pytest.mark.django_db(transaction=True)
def test_a_voucher_in_an_unknown_zone_is_passed_over_and_the_next_expires(broken, good):
    assert expire_overdue() == 1

    states = {each.pk: each.state for each in Voucher.objects.all()}
    assert states == {broken.pk: broken.state, good.pk: State.EXPIRED}


@pytest.mark.django_db(transaction=True)
def test_whose_deadlines_are_passed_over_is_logged_and_shown(
    broken, good, client, caplog
):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    client.force_login(person)

    with caplog.at_level(logging.ERROR):
        assert check_zones() == 1

    assert "'Mars/Olympus'" in caplog.text
    index = client.get(reverse("admin:index")).text
    assert "The time zone of these organizations is unknown" in index
    assert str(broken.customer) in index
    assert str(good.customer) not in index
    listed = client.get(
        reverse("admin:portal_organization_changelist"), {"zone": "unknown"}
    ).text
    assert str(broken.customer) in listed
    assert str(good.customer) not in listed
    page = reverse("admin:portal_organization_change", args=[broken.customer.pk])
    assert "Mars/Olympus is no time zone" in client.get(page).text


@pytest.mark.django_db(transaction=True)
def test_the_sponsor_mends_it_and_the_clock_goes_on(broken, client):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    client.force_login(person)

    response = client.post(
        reverse("admin:portal_organization_changelist"),
        {
            "action": "change_time_zone",
            "_selected_action": broken.customer.pk,
            "carry_out": "1",
            "time_zone": "Asia/Tokyo",
        },
        follow=True,
    )

    assert "done." in response.text
    assert "The time zone of these" not in client.get(reverse("admin:index")).text
    assert expire_overdue() == 1


@pytest.mark.django_db(transaction=True)
def test_an_older_name_is_mended_at_start(put_in_zone):
    old = put_in_zone(CustomerFactory(), "Asia/Calcutta")
    unknown = put_in_zone(CustomerFactory(name="Red Rocks"), "Mars/Olympus")
    said, complained = StringIO(), StringIO()

    call_command("mend_zones", stdout=said, stderr=complained)
    call_command("mend_zones", stdout=StringIO(), stderr=StringIO())

    old.refresh_from_db()
    unknown.refresh_from_db()
    assert old.time_zone == "Asia/Kolkata"
    assert unknown.time_zone == "Mars/Olympus"
    assert "1 time zones" in said.getvalue()
    assert "Red Rocks" in complained.getvalue()
    entry = AuditEntry.objects.get(verb="organization.moved")
    assert entry.changes == {"time_zone": ["Asia/Calcutta", "Asia/Kolkata"]}


def test_an_admin_changes_the_zone_of_the_own_organization(partner):
    actor = actor_of(partner, Role.PARTNER_ADMIN)

    organizations.change_time_zone(partner, time_zone="Asia/Calcutta", by=actor)

    partner.refresh_from_db()
    assert partner.time_zone == "Asia/Kolkata"
    entry = AuditEntry.objects.get(verb="organization.moved")
    assert entry.changes == {"time_zone": ["UTC", "Asia/Kolkata"]}


def test_a_zone_that_nobody_knows_is_refused_by_the_service(partner):
    actor = actor_of(partner, Role.PARTNER_ADMIN)

    with pytest.raises(Refused, match="Mars/Olympus is no time zone"):
        organizations.change_time_zone(partner, time_zone="Mars/Olympus", by=actor)


def test_others_do_not_change_it(partner):
    for actor in (actor_of(partner, Role.FINANCE), staff_actor(Duty.AUDITOR)):
        with pytest.raises(Refused):
            organizations.change_time_zone(partner, time_zone="Asia/Tokyo", by=actor)
