"""The partner's forms: validating, reserving and giving back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal import clock
from portal.models import AuditEntry, Location
from portal.roles import Role
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import VoucherFactory
from vouchers.models import State, Voucher
from vouchers.models.numbers import new_number

pytestmark = pytest.mark.django_db

MISS = "There is no voucher with this number and this voucher admin."


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead(voucher):
    partner = eligible_partner(voucher.engagement_type)
    return actor_of(partner, Role.DELIVERY_LEAD)


@pytest.fixture
def desk(as_person, lead):
    return as_person(lead.person)


def url(page, actor, *args):
    return reverse(f"vouchers:{page}", args=[actor.organization.slug, *args])


def validate(desk, lead, number, email):
    return desk.post(url("validate", lead), {"number": number, "email": email})


def words(lead, **others):
    place = Location.objects.get(organization=lead.organization, country="DE")
    return {"location": place.pk, "accepts_terms": "on", **others}


def proved(desk, lead, voucher):
    return validate(desk, lead, voucher.number, voucher.admin.email).url


def test_number_and_email_lead_to_the_reservation_page(desk, lead, voucher):
    typed = voucher.number.lower().replace("-", " ")

    page = validate(desk, lead, typed, voucher.admin.email).url

    assert page.startswith(url("reserve", lead, voucher.number) + "?proof=")
    response = desk.get(page)
    assert response.context["offer"].is_open
    assert "Reserve the voucher" in response.text


def test_a_mistyped_number_is_told_with_its_group(desk, lead, voucher):
    first, second, third = voucher.number.split("-")
    typed = "-".join([first, f"{second[1]}{second[0]}{second[2:]}", third])
    wrong = typed.split("-")[1]
    if wrong == second:
        typed, wrong = f"{first}-U{second[1:]}-{third}", f"U{second[1:]}"

    response = validate(desk, lead, typed, voucher.admin.email)

    assert response.context["form"].errors["number"] == [
        f"Check this part of the voucher number: “{wrong}”."
    ]


@pytest.mark.parametrize("miss", ["number", "email", "both"])
def test_every_miss_is_told_in_the_same_words(desk, lead, voucher, miss):
    number = voucher.number if miss == "email" else new_number()
    email = voucher.admin.email if miss == "number" else "who@example.com"

    response = validate(desk, lead, number, email)

    assert MISS in response.text
    assert voucher.customer.name not in response.text


def test_the_eleventh_attempt_waits(desk, lead, voucher):
    for _attempt in range(10):
        validate(desk, lead, new_number(), "who@example.com")

    response = validate(desk, lead, voucher.number, voucher.admin.email)

    assert "Too many attempts. Wait 15 minutes and try again." in response.text


def test_without_a_proof_the_reservation_page_does_not_exist(desk, lead, voucher):
    response = desk.get(url("reserve", lead, voucher.number))

    assert response.status_code == 404


def test_a_proof_handed_to_another_company_opens_nothing(
    desk, as_person, lead, voucher
):
    query = proved(desk, lead, voucher).partition("?")[2]
    stranger = actor_of(eligible_partner(voucher.engagement_type), Role.PARTNER_ADMIN)

    page = url("reserve", stranger, voucher.number)
    response = as_person(stranger.person).get(f"{page}?{query}")

    assert response.status_code == 404


def test_a_partner_reserves_under_a_location_and_terms(desk, lead, voucher):
    page = proved(desk, lead, voucher)

    response = desk.post(page, words(lead), follow=True)

    assert f"Voucher {voucher.number} is yours." in response.text
    assert Voucher.objects.get().partner == lead.organization


def test_a_named_partner_needs_no_proof(desk, lead, voucher):
    named = VoucherFactory(
        assigned=True,
        partner=lead.organization,
        engagement_type=voucher.engagement_type,
    )

    desk.post(url("reserve", lead, named.number), words(lead))

    assert Voucher.objects.get(pk=named.pk).state == State.RESERVED


def test_the_terms_have_to_be_ticked(desk, lead, voucher):
    page = proved(desk, lead, voucher)

    response = desk.post(page, words(lead, accepts_terms=""))

    assert response.context["form"].errors["accepts_terms"] == [
        "Accept the program's terms to reserve."
    ]
    assert Voucher.objects.get().state == State.ASSIGNED


def test_only_locations_in_the_country_can_be_chosen(desk, lead, voucher):
    abroad = Location.objects.create(
        organization=lead.organization, name="Paris", city="Paris", country="FR"
    )
    page = proved(desk, lead, voucher)

    response = desk.post(page, words(lead, location=abroad.pk))

    assert "location" in response.context["form"].errors
    assert Voucher.objects.get().state == State.ASSIGNED


def test_what_is_not_met_stands_in_place_of_the_form(desk, lead, voucher):
    lead.organization.enrollments.update(
        good_until=clock.in_days(-1), ends_on=clock.in_days(-1)
    )

    response = desk.get(proved(desk, lead, voucher))

    assert not response.context["offer"].is_open
    assert "Your company cannot reserve this voucher now." in response.text
    assert "Reserve the voucher" not in response.text


@pytest.mark.parametrize("state", ["reserved", "redeemed", "cancelled"])
def test_a_voucher_that_is_gone_says_so_without_the_holders_name(desk, lead, state):
    gone = VoucherFactory(**{state: True})

    response = desk.get(proved(desk, lead, gone))

    assert f"This cannot be done while the voucher is {state}." in response.text
    if gone.partner:
        assert gone.partner.name not in response.text


@pytest.mark.parametrize(
    ("fields", "help_"),
    [
        ({}, "Ask the customer to assign the voucher."),
        ({"reserved": True}, "The partner that holds it can give it back."),
        ({"cancelled": True}, "Ask the customer for another voucher."),
        (
            {"assigned": True, "suspended": True},
            "Wait until the sponsor reactivates the voucher.",
        ),
    ],
)
def test_validating_says_what_would_help_and_changes_nothing(desk, lead, fields, help_):
    voucher = VoucherFactory(**fields)
    before = Voucher.objects.filter(pk=voucher.pk).values().get()

    response = desk.get(proved(desk, lead, voucher))

    assert help_ in response.text
    assert "Reserve the voucher" not in response.text
    assert Voucher.objects.filter(pk=voucher.pk).values().get() == before
    assert not AuditEntry.objects.exists()


def test_a_named_partner_validates_without_a_number(desk, lead):
    named = VoucherFactory(assigned=True, partner=lead.organization)

    response = desk.get(url("reserve", lead, named.number))

    assert "What a reservation needs" in response.text
    assert not response.context["offer"].is_open
    assert Voucher.objects.get(pk=named.pk).state == State.ASSIGNED


def test_an_expired_voucher_says_so(desk, lead):
    late = VoucherFactory(assigned=True, expires_on=clock.today() - timedelta(days=1))

    response = desk.get(proved(desk, lead, late))

    assert "The voucher has expired." in response.text


def test_who_comes_second_reads_it_on_the_page(desk, as_person, lead, voucher):
    page = proved(desk, lead, voucher)
    rival = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    theirs = as_person(rival.person)
    theirs.post(proved(theirs, rival, voucher), words(rival))

    response = as_person(lead.person).post(page, words(lead))

    assert "This cannot be done while the voucher is reserved." in response.text
    assert Voucher.objects.get().partner == rival.organization


def test_the_reserve_button_pressed_twice_leads_to_the_voucher(desk, lead, voucher):
    page = proved(desk, lead, voucher)
    desk.post(page, words(lead))

    response = desk.post(page, words(lead))

    assert response.url == url("detail", lead, voucher.number)
    assert voucher.reservations.count() == 1


@pytest.fixture
def held(lead, voucher):
    return VoucherFactory(
        reserved=True,
        partner=lead.organization,
        engagement_type=voucher.engagement_type,
    )


def test_giving_back_asks_for_a_reason_of_the_program(desk, lead, held):
    page = url("release", lead, held.number)
    assert desk.get(page).status_code == 200

    response = desk.post(page, {"reason": "silent"})

    assert "reason" in response.context["form"].errors
    assert Voucher.objects.get(pk=held.pk).state == State.RESERVED


def test_giving_back_ends_the_hold_and_the_sight(desk, lead, held):
    page = url("release", lead, held.number)

    response = desk.post(page, {"reason": "changed"}, follow=True)

    assert f"Voucher {held.number} is given back." in response.text
    assert Voucher.objects.get(pk=held.pk).state == State.ASSIGNED
    assert desk.get(page).status_code == 404


def test_another_companys_voucher_cannot_be_given_back(desk, lead):
    foreign = VoucherFactory(reserved=True)

    response = desk.post(url("release", lead, foreign.number), {"reason": "changed"})

    assert response.status_code == 404
    assert Voucher.objects.get(pk=foreign.pk).state == State.RESERVED


@pytest.mark.parametrize("page", ["validate", "reserve", "release"])
def test_finance_finds_the_forms_closed(as_person, page):
    partner = PartnerFactory()
    lead = actor_of(partner, Role.DELIVERY_LEAD)
    lead.person.memberships.update(roles=[Role.FINANCE])
    args = [] if page == "validate" else [new_number()]

    response = as_person(lead.person).get(url(page, lead, *args))

    assert response.status_code in {302, 403}
