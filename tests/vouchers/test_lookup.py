"""Finding a voucher by the two words that prove it."""

import pytest

from portal.findings import Refused
from portal.roles import Role
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import VoucherFactory
from tests.vouchers.actions import acting, recorded
from vouchers.models.numbers import new_number
from vouchers.services import reservations

pytestmark = pytest.mark.django_db

MISS = "There is no voucher with this number and this voucher admin."


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead():
    return actor_of(PartnerFactory(), Role.DELIVERY_LEAD)


def find(number, email, actor):
    with acting(actor):
        return reservations.find_by_number(number, email, by=actor)


def test_number_and_email_together_find_the_voucher(voucher, lead):
    typed = f" {voucher.admin.email.upper()} "

    assert find(voucher.number, typed, lead) == voucher
    assert recorded() == []


def test_every_miss_has_the_same_sentence(voucher, lead):
    misses = [
        (voucher.number, "nobody@example.com"),
        (voucher.number, VoucherFactory().admin.email),
        (new_number(), voucher.admin.email),
        (new_number(), "nobody@example.com"),
    ]

    for number, email in misses:
        with pytest.raises(Refused, match=MISS):
            find(number, email, lead)


def miss(voucher, actor, times=10):
    for _attempt in range(times):
        with pytest.raises(Refused, match=MISS):
            find(new_number(), voucher.admin.email, actor)


def test_attempts_are_limited_even_when_the_next_would_match(voucher, lead):
    miss(voucher, lead)

    with pytest.raises(Refused, match="Wait 15 minutes"):
        find(voucher.number, voucher.admin.email, lead)


def test_the_mistakes_of_one_do_not_stop_a_colleague(voucher, lead):
    colleague = actor_of(lead.organization, Role.PARTNER_ADMIN)
    miss(voucher, lead)

    assert find(voucher.number, voucher.admin.email, colleague) == voucher


def test_a_company_cannot_try_on_with_one_person_after_the_other(
    voucher, lead, settings
):
    settings.VOUCHER_LOOKUP_COMPANY_LIMIT = "20/900s"
    first, second, third = (
        actor_of(lead.organization, Role.DELIVERY_LEAD) for _number in range(3)
    )
    miss(voucher, first)
    miss(voucher, second)

    with pytest.raises(Refused, match="Wait 15 minutes"):
        find(voucher.number, voucher.admin.email, third)


def test_any_verified_address_of_the_admin_proves_the_number(voucher, lead):
    admin = voucher.admin
    known, admin.email = admin.email, "newly@example.com"
    admin.save()
    addresses = admin.emailaddress_set
    addresses.create(email="newly@example.com", verified=True)
    addresses.create(email="claimed@example.com", verified=False)

    assert find(voucher.number, known, lead) == voucher
    assert find(voucher.number, "newly@example.com", lead) == voucher
    with pytest.raises(Refused, match=MISS):
        find(voucher.number, "claimed@example.com", lead)


def test_a_look_up_that_succeeds_uses_no_attempt_up(voucher, lead):
    for _attempt in range(9):
        with pytest.raises(Refused, match=MISS):
            find(new_number(), voucher.admin.email, lead)

    for _attempt in range(20):
        assert find(voucher.number, voucher.admin.email, lead) == voucher

    with pytest.raises(Refused, match=MISS):
        find(new_number(), voucher.admin.email, lead)
    with pytest.raises(Refused, match="Wait 15 minutes"):
        find(voucher.number, voucher.admin.email, lead)


def test_what_one_company_misses_does_not_count_for_another(voucher, lead):
    for _attempt in range(10):
        with pytest.raises(Refused, match=MISS):
            find(new_number(), voucher.admin.email, lead)
    other = actor_of(PartnerFactory(), Role.DELIVERY_LEAD)

    assert find(voucher.number, voucher.admin.email, other) == voucher


@pytest.mark.parametrize("role", [Role.FINANCE])
def test_only_holders_look_vouchers_up(voucher, role):
    person = actor_of(PartnerFactory(), role)

    with pytest.raises(Refused, match="Delivery lead"):
        find(voucher.number, voucher.admin.email, person)


def to_reserve(voucher, proof, actor):
    with acting(actor):
        return reservations.to_reserve(voucher.number, proof, by=actor)


def test_without_proof_a_partner_finds_only_what_names_it(voucher, lead):
    named = VoucherFactory(assigned=True, partner=lead.organization)

    assert to_reserve(named, "", lead) == named
    assert to_reserve(voucher, "", lead) is None


def test_the_proof_opens_the_voucher_for_the_company_that_knew_it(voucher, lead):
    stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    proof = reservations.proof_token(voucher, by=lead)

    assert to_reserve(voucher, proof, lead) == voucher
    assert to_reserve(voucher, proof, stranger) is None


def test_the_proof_opens_no_other_voucher(voucher, lead):
    proof = reservations.proof_token(voucher, by=lead)

    assert to_reserve(VoucherFactory(assigned=True), proof, lead) is None


@pytest.mark.parametrize("spoil", [lambda proof: proof[:-1], lambda _proof: "x"])
def test_a_spoiled_proof_opens_nothing(voucher, lead, spoil):
    proof = spoil(reservations.proof_token(voucher, by=lead))

    assert to_reserve(voucher, proof, lead) is None


@pytest.mark.parametrize(("moment", "is_good"), [("11:00:00", 1), ("11:00:01", 0)])
def test_a_proof_lasts_an_hour(voucher, lead, time_machine, moment, is_good):
    time_machine.move_to("2026-03-02T10:00:00Z", tick=False)
    proof = reservations.proof_token(voucher, by=lead)

    time_machine.move_to(f"2026-03-02T{moment}Z", tick=False)

    assert to_reserve(voucher, proof, lead) == (voucher if is_good else None)
