"""Two tabs, two people, a button pressed twice: nothing is done that nobody saw."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from enrollment.models import Extender
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.conftest import give_second_factor
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import (
    CustomerFactory,
    MembershipFactory,
    UserFactory,
    staff_actor,
)
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.journeys.walker import Walker
from vouchers.models import BenefitContact, Extension, Voucher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ASKED = "send this once more if you still want it"
PASSWORD = "pass-phrase"


def person(organization, name, role):
    user = UserFactory(name=name, email=f"{name.lower()}@{organization.slug}.example")
    MembershipFactory(person=user, organization=organization, roles=[role])
    return user.email


@pytest.fixture
def riverside():
    return CustomerFactory(name="Riverside Hospital", slug="riverside")


@pytest.fixture
def voucher(riverside):
    kind = EngagementTypeFactory(
        offering__program__extended_by=Extender.OWNER,
        offering__program__extension_days=30,
        offering__program__extensions_most=5,
    )
    agreement = CustomerAgreementFactory(
        customer=riverside, program=kind.offering.program
    )
    return VoucherFactory(agreement=agreement, engagement_type=kind)


@pytest.fixture
def walk(browser, live_server):
    def sign_in(email, secret=""):
        return Walker(browser, live_server.url, email, PASSWORD).sign_in(secret)

    return sign_in


def now(voucher):
    with acting_for_all():
        return Voucher.objects.select_related("partner").get(pk=voucher.pk)


def test_extend_pressed_twice_extends_once(walk, riverside, voucher):
    bea = walk(person(riverside, "Bea", Role.BENEFIT_ADMIN))
    page = f"/o/riverside/vouchers/{voucher.number}/"

    bea.go(f"{page}extend/")
    bea.page.get_by_role("button", name="Extend the voucher", exact=True).dblclick()
    # The second press ends what the first one loads.
    expect(bea.page).to_have_url(re.compile(f"{page}$"), timeout=30_000)
    bea.go(page).sees("Moved the last day")

    assert now(voucher).expires_on - voucher.expires_on == timedelta(days=30)
    with acting_for_all():
        assert Extension.objects.count() == 1
    assert bea.complaints == []


def test_the_sponsors_extension_sent_from_two_tabs_extends_once(walk, voucher):
    manager = staff_actor(Duty.PROGRAM_MANAGER).person
    secret = give_second_factor(manager).data["secret"]
    max_ = walk(manager.email, secret)
    tabs = [max_.page, max_.context.new_page()]
    for tab in tabs:
        tab.goto(f"/admin/vouchers/voucher/{voucher.pk}/change/")
        tab.get_by_role("button", name="Extend the voucher", exact=True).click()
        tab.locator("[name=days]").fill("10")
        tab.locator("[name=reason]").fill("Illness")

    for tab in tabs:
        tab.get_by_role("button", name="Extend the voucher", exact=True).click()
        tab.wait_for_load_state()

    assert ASKED in tabs[1].locator("body").inner_text()
    assert now(voucher).expires_on - voucher.expires_on == timedelta(days=10)


def test_an_old_assign_page_asks_before_it_takes_a_partner_away(
    walk, riverside, voucher
):
    isar = eligible_partner(voucher.engagement_type, name="Isar Planning", slug="isar")
    person(riverside, "Peter", Role.PROJECT_MANAGER)
    bea, carl = (
        walk(person(riverside, name, Role.BENEFIT_ADMIN)) for name in ("Bea", "Carl")
    )
    address = f"/o/riverside/vouchers/{voucher.number}/assign/"
    for walker in (bea, carl):
        walker.go(address).choose("project_manager", "Peter")

    bea.choose("partner", "Isar Planning").press("Assign the voucher")
    bea.sees("is assigned")
    carl.press("Assign the voucher").sees(ASKED, "Isar Planning", "Bea")
    assert now(voucher).partner == isar

    carl.press("Assign the voucher").sees("is assigned")
    assert now(voucher).partner is None
    bea.go(f"/o/riverside/vouchers/{voucher.number}/")
    bea.page.locator("summary", has_text="What changed").last.click()
    bea.sees("Isar Planning")
    assert bea.complaints == carl.complaints == []


def test_contacts_of_an_old_page_ask_before_they_replace_others(
    walk, riverside, voucher
):
    bea = walk(person(riverside, "Bea", Role.BENEFIT_ADMIN))
    address = f"/o/riverside/entitlement/{voucher.agreement_id}/contacts/"
    tabs = [bea.page, bea.context.new_page()]
    for tab, name in zip(tabs, ("Anna", "Bert"), strict=True):
        tab.goto(address)
        tab.locator("[name=benefit_name]").fill(name)
        tab.locator("[name=benefit_email]").fill(f"{name}@riverside.example".lower())

    for tab in tabs:
        tab.locator("main button[type=submit]").first.click()
        tab.wait_for_load_state()

    assert ASKED in tabs[1].locator("body").inner_text()
    assert tabs[1].locator("[name=benefit_name]").input_value() == "Bert"
    with acting_for_all():
        assert BenefitContact.objects.get().name == "Anna"
