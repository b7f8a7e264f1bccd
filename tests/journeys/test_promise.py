"""A voucher is created, reserved under a promise, given back and reserved again."""

import pytest
from django.utils.formats import date_format

from enrollment.models import EngagementType
from portal import clock
from portal.roles import Role
from tests.factories.enrollment import eligible_partner
from tests.factories.payments import RateFactory
from tests.factories.portal import CustomerFactory, MembershipFactory, UserFactory
from tests.factories.vouchers import CustomerAgreementFactory
from tests.journeys.walker import Walker, subjects_to
from vouchers.models import Reservation, Voucher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TYPE = "SharePoint Deployment Planning"


def person(organization, name, role):
    user = UserFactory(name=name, email=f"{name.lower()}@{organization.slug}.example")
    MembershipFactory(person=user, organization=organization, roles=[role])
    return user.email


@pytest.fixture
def asked(catalogue):
    """Return an engagement type, in a program that asks for no consultants."""
    kind = EngagementType.objects.with_rules().get(name=TYPE)
    kind.offering.program.requirements.all().delete()
    RateFactory(offering=kind.offering, amount_per_day="1200")
    return kind


@pytest.fixture
def people(asked):
    """Return addresses: the customer's two people, and leads of two partners."""
    riverside = CustomerFactory(name="Riverside Hospital", slug="riverside")
    CustomerAgreementFactory(customer=riverside, program=asked.offering.program)
    isar = eligible_partner(asked, name="Isar Planning", slug="isar")
    elbe = eligible_partner(asked, name="Elbe Planning", slug="elbe")
    return [
        person(riverside, "Bea", Role.BENEFIT_ADMIN),
        person(riverside, "Peter", Role.PROJECT_MANAGER),
        person(isar, "Ida", Role.DELIVERY_LEAD),
        person(elbe, "Emil", Role.DELIVERY_LEAD),
    ]


def test_create_assign_reserve_release_reserve(browser, live_server, people):
    walkers = [Walker(browser, live_server.url, who, "pass-phrase") for who in people]
    bea, peter, ida, emil = (walker.sign_in() for walker in walkers)

    number = create_and_assign(bea)
    reserve_at_once(ida, number)
    both_read_the_promise(peter, ida, number)
    return_for_correction(ida, number)
    peter.go(f"/o/riverside/vouchers/{number}/").sees("Any eligible partner")
    validate_and_reserve(emil, number)

    first, second = Reservation.objects.order_by("pk")
    assert (first.partner.slug, first.release_reason) == ("isar", "changed")
    assert (second.partner.slug, second.released_at) == ("elbe", None)
    assert Voucher.objects.get().expires_on == clock.in_days(180)
    assert subjects_to(people[1]) == [
        f"Voucher {number} is assigned to you",
        f"Voucher {number} is reserved by Isar Planning",
        f"Voucher {number} is free for a partner again",
        f"Voucher {number} is reserved by Elbe Planning",
    ]
    assert [complaint for each in walkers for complaint in each.complaints] == []
    for each in walkers:
        each.close()


def create_and_assign(bea):
    bea.go("/o/riverside/entitlement/").follow("Create vouchers")
    bea.choose("engagement_type", TYPE).choose("days", "3")
    bea.choose("country", "Germany").press("Create")
    bea.choose("project_manager", "Peter").choose("partner", "Isar Planning")
    bea.press("Assign the voucher").sees("Assigned")
    return Voucher.objects.get().number


def reserve_at_once(ida, number):
    """Find the voucher among one's own, with no mail in between; reserve it."""
    ida.go("/o/isar/").follow(f"Reserve voucher {number}")
    ida.sees("Your company can reserve this voucher.")
    ida.tick("My company delivers under the terms").press("Reserve the voucher")
    ida.sees(f"Voucher {number} is yours.")


def both_read_the_promise(peter, ida, number):
    day = date_format(clock.today())
    for reader, slug in ((peter, "riverside"), (ida, "isar")):
        reader.go(f"/o/{slug}/vouchers/{number}/")
        reader.sees(f"What was promised on {day}", "These checks cannot fail later")
    ida.sees("Rate per day:")


def return_for_correction(ida, number):
    ida.follow("Give the voucher back")
    ida.tick("The offer or the program changed").press("Give the voucher back")
    ida.sees(f"Voucher {number} is given back.")


def validate_and_reserve(emil, number):
    """Reserve as another partner, whom the customer gave number and address."""
    emil.go("/o/elbe/vouchers/validate/")
    emil.fill(number=number, email="bea@riverside.example").press("Find the voucher")
    emil.tick("My company delivers under the terms").press("Reserve the voucher")
    emil.sees(f"Voucher {number} is yours.", "What was promised on")
