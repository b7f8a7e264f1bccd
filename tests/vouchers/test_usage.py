"""Using a voucher up, in full or in part, and undoing that."""

import pytest
from django.db import IntegrityError, connection

from portal.findings import Refused
from portal.roles import Duty
from tests.factories.portal import staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts, moved, recorded, redeem_voucher
from vouchers.models import State, Voucher
from vouchers.models.ledger import EntryType
from vouchers.services import redemptions

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher():
    """Return a reserved voucher of five days, of which fewer may be delivered."""
    return VoucherFactory(
        reserved=True, agreement__program__allows_fewer_days=True, agreement__days=20
    )


@pytest.fixture
def reviewer():
    return staff_actor(Duty.DELIVERY_REVIEWER)


def test_days_that_were_not_delivered_return_to_the_pool(voucher, reviewer):
    assert redeem_voucher(voucher, 3, reviewer) == EntryType.RETURNED

    used = Voucher.objects.get()
    assert (used.state, used.days_used) == (State.REDEEMED, 3)
    assert accounts(voucher.agreement) == (17, 0, 3, 0, 0)
    assert moved(voucher) == ["held", "consumed", "returned"]


def test_all_days_leave_no_rest(voucher, reviewer):
    redeem_voucher(voucher, 5, reviewer)

    assert accounts(voucher.agreement) == (15, 0, 5, 0, 0)
    assert moved(voucher) == ["held", "consumed"]


def test_the_rest_is_lost_when_the_agreement_has_ended(reviewer):
    over = CustomerAgreementFactory(
        ended=True, days=20, program__allows_fewer_days=True
    )
    voucher = VoucherFactory(reserved=True, agreement=over)

    assert redeem_voucher(voucher, 2, reviewer) == EntryType.LOST

    assert accounts(over) == (15, 0, 2, 0, 3)


@pytest.mark.parametrize("days", [-1, 0, 6])
def test_never_more_days_than_the_vouchers_and_never_none(voucher, reviewer, days):
    with pytest.raises(Refused, match="at least one"):
        redeem_voucher(voucher, days, reviewer)

    assert accounts(voucher.agreement) == (15, 5, 0, 0, 0)
    assert recorded() == []


def test_a_program_that_does_not_allow_it_takes_all_days_or_none(reviewer):
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(Refused, match="all days of a voucher, or none"):
        redeem_voucher(voucher, 4, reviewer)

    assert Voucher.objects.get().state == State.RESERVED


def test_what_is_paid_are_the_delivered_days(voucher, reviewer):
    redeem_voucher(voucher, 3, reviewer)

    redemptions.pay([voucher], by=staff_actor(Duty.PAYMENT_RELEASER))

    assert accounts(voucher.agreement) == (17, 0, 0, 3, 0)


def test_a_reversal_takes_the_rest_from_the_pool_again(voucher, reviewer):
    redeem_voucher(voucher, 3, reviewer)

    redemptions.reverse(voucher, reason="A mistake.", by=reviewer)

    again = Voucher.objects.get()
    assert (again.state, again.days_used) == (State.RESERVED, None)
    assert accounts(voucher.agreement) == (15, 5, 0, 0, 0)
    redeem_voucher(voucher, 4, reviewer)
    assert accounts(voucher.agreement) == (16, 0, 4, 0, 0)


def test_a_reversal_is_refused_when_the_pool_has_the_rest_no_longer(reviewer):
    pool = CustomerAgreementFactory(days=6, program__allows_fewer_days=True)
    voucher = VoucherFactory(reserved=True, agreement=pool)
    redeem_voucher(voucher, 3, reviewer)
    VoucherFactory(agreement=pool, days=3)
    before = recorded()

    with pytest.raises(Refused, match="no longer so many free days"):
        redemptions.reverse(voucher, reason="A mistake.", by=reviewer)

    assert Voucher.objects.get(pk=voucher.pk).state == State.REDEEMED
    assert accounts(pool) == (0, 3, 3, 0, 0)
    assert recorded() == before


@pytest.mark.parametrize("days", ["NULL", "0", "6"])
def test_the_database_refuses_days_that_the_voucher_does_not_have(days):
    voucher = VoucherFactory(redeemed=True)

    with (
        pytest.raises(IntegrityError, match="voucher_redeemed_has_its_days"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE vouchers_voucher SET days_used = {days} WHERE id = {voucher.pk}"
        )


def test_the_database_refuses_delivered_days_before_the_redemption():
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(IntegrityError, match="voucher_redeemed_has_its_days"):
        Voucher.objects.filter(pk=voucher.pk).update(days_used=3)
