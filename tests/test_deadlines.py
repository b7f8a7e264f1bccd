"""A deadline knows its zone: whoever reads it, on any page, reads the same number."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.template import TemplateSyntaxError, engines
from django.urls import reverse

from portal import clock
from portal.clock import Deadline
from portal.registry import tasks_of, waiting_for
from portal.roles import Role
from tests.factories.portal import (
    CustomerFactory,
    MembershipFactory,
    PartnerFactory,
    actor_of,
)
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory

LAST_DAY = date(2026, 3, 10)
# A moment, where the customer lives, and what is left there of the last day.
MOMENTS = [
    ("2026-03-10T10:59:00Z", "Pacific/Auckland", "today"),
    ("2026-03-10T11:00:00Z", "Pacific/Auckland", "1 day ago"),
    ("2026-03-11T06:59:00Z", "America/Los_Angeles", "today"),
    ("2026-03-11T07:00:00Z", "America/Los_Angeles", "1 day ago"),
    ("2026-03-10T06:59:00Z", "America/Los_Angeles", "1 day left"),
    ("2026-03-09T18:15:00Z", "Asia/Kathmandu", "today"),
]


def sources():
    for app in settings.FIRST_PARTY_APPS:
        for path in (settings.ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_every_deadline_of_a_page_names_its_owner():
    for path in (settings.ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r"{% deadline (.*?) %}", path.read_text()):
            assert len(tag.split()) == 2, f"{path}: {tag}"
    with pytest.raises(TemplateSyntaxError, match="owner"):
        engines["django"].from_string("{% load portal %}{% deadline day %}")


def test_nothing_counts_days_left_by_the_date_of_utc():
    naive = re.compile(r"- clock\.today\(\)|clock\.now\(\)\.date\(\)|date\.today\(\)")

    found = [str(path) for path in sources() if naive.search(path.read_text())]

    assert found == []


@pytest.mark.parametrize(("moment", "zone", "left"), MOMENTS)
def test_a_deadline_counts_where_its_owner_is(moment, zone, left, time_machine):
    time_machine.move_to(moment, tick=False)
    days = {"today": 0, "1 day ago": -1, "1 day left": 1}

    assert Deadline(LAST_DAY, zone).days_left == days[left]


@pytest.mark.django_db
@pytest.mark.parametrize(("moment", "zone", "left"), MOMENTS)
def test_both_sides_read_the_same_on_page_and_list(
    moment, zone, left, time_machine, client
):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    agreement = CustomerAgreementFactory(
        customer=CustomerFactory(time_zone=zone), days=100
    )
    partner = PartnerFactory(time_zone="Europe/Berlin")
    voucher = VoucherFactory(
        agreement=agreement, expires_on=LAST_DAY, assigned=True, partner=partner
    )
    readers = [
        (agreement.customer, Role.BENEFIT_ADMIN),
        (partner, Role.PARTNER_ADMIN),
    ]
    members = [
        MembershipFactory(
            organization=organization,
            organization_kind=organization.kind,
            roles=[role],
        )
        for organization, role in readers
    ]

    time_machine.move_to(moment, tick=False)
    for member in members:
        slug = member.organization.slug
        client.force_login(member.person)
        for page in (
            reverse("vouchers:detail", args=[slug, voucher.number]),
            reverse("vouchers:index", args=[slug]),
        ):
            shown = re.findall(
                r'deadline-left">\s*(.*?)\s*</span>', client.get(page).text
            )
            assert set(shown) == {left}, (slug, page)


@pytest.mark.django_db
def test_what_waits_counts_where_its_owner_is(time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    customer = CustomerFactory(time_zone="Pacific/Auckland")
    agreement = CustomerAgreementFactory(customer=customer, days=100)
    VoucherFactory(agreement=agreement, expires_on=LAST_DAY)

    time_machine.move_to("2026-03-09T11:30:00Z", tick=False)
    [task] = tasks_of(waiting_for(actor_of(customer, Role.BENEFIT_ADMIN)))

    assert task.due_on == Deadline(LAST_DAY, "Pacific/Auckland")
    assert (task.due_on.days_left, clock.days_until(LAST_DAY, "UTC")) == (0, 1)
