"""Payment by what was promised, for what was delivered, of vouchers that move."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments.models import Payment, PaymentRequest, Rate, RequestState
from payments.services import rates, requests, reviews
from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import Location
from portal.roles import Duty, Role
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import eligible_partner
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.payments.conftest import as_actor, invoice
from tests.vouchers.actions import redeem_voucher
from vouchers.models import Reservation, State, Voucher
from vouchers.services import reservations

pytestmark = pytest.mark.django_db


@pytest.fixture
def promised():
    """Return the rate that held, 1,000 EUR, and a reservation made under it."""
    voucher = VoucherFactory(assigned=True)
    rate = RateFactory(offering=voucher.engagement_type.offering)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    place = Location.objects.get(organization=lead.organization)
    with as_actor(lead):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)
    return rate


def claim_of(reservation):
    """Redeem a reserved voucher and give what its partner can ask for."""
    voucher = reservation.voucher
    EngagementFactory(voucher=voucher, reported=True, competency=False)
    reviewer = staff_actor(Duty.DELIVERY_REVIEWER)
    redeem_voucher(voucher, voucher.days, reviewer)
    finance = actor_of(reservation.partner, Role.FINANCE)
    with as_actor(finance):
        (claim,) = requests.claims_of(requests.to_invoice(reservation.partner))
    return claim


def a_rate_of_the_past(rate):
    """Let the sponsor add, too late, a rate for days that have passed."""
    RateFactory(
        offering=rate.offering,
        valid_from=clock.in_days(-5),
        amount_per_day=Decimal(1500),
    )


def a_rate_of_today(rate):
    RateFactory(
        offering=rate.offering, valid_from=clock.today(), amount_per_day=Decimal(700)
    )


def another_amount(rate):
    Rate.objects.update(amount_per_day=Decimal(1))


def no_rate(rate):
    rate.delete()


@pytest.mark.parametrize(
    "change", [a_rate_of_the_past, a_rate_of_today, another_amount, no_rate]
)
def test_the_promised_amount_stays_whatever_becomes_of_the_rates(promised, change):
    change(promised)

    claim = claim_of(Reservation.objects.get())

    assert (claim.amount, claim.currency) == (Decimal(5000), "EUR")
    assert claim.refusal == ""


def test_a_request_is_sent_at_the_promised_rate(promised):
    a_rate_of_the_past(promised)
    claim = claim_of(Reservation.objects.get())
    finance = actor_of(claim.engagement.partner, Role.FINANCE)

    with as_actor(finance):
        request = requests.submit([claim.engagement], invoice(), by=finance)

    assert (request.net, request.lines.get().rate) == (Decimal(5000), Decimal(1000))


def test_without_a_promised_rate_the_day_of_reservation_counts():
    engagement = EngagementFactory(redeemed=True)
    RateFactory(offering=engagement.voucher.engagement_type.offering)
    RateFactory(
        offering=engagement.voucher.engagement_type.offering,
        valid_from=clock.in_days(-1),
        amount_per_day=Decimal(9),
    )

    (claim,) = requests.claims_of(requests.to_invoice(engagement.partner))

    assert claim.rate.amount_per_day == Decimal(1000)


def test_the_check_of_a_request_holds_what_was_promised(promised):
    claim = claim_of(Reservation.objects.get())
    claim.engagement.partner.competencies.all().delete()
    finance = actor_of(claim.engagement.partner, Role.FINANCE)
    with as_actor(finance):
        request = requests.submit([claim.engagement], invoice(), by=finance)

    assert unmet_findings(reviews.check_request(request)) == []


class TestFewerDays:
    @pytest.fixture
    def engagement(self):
        agreement = CustomerAgreementFactory(program__allows_fewer_days=True)
        redeemed = EngagementFactory(
            redeemed=True, voucher__agreement=agreement, voucher__days_used=3
        )
        RateFactory(offering=redeemed.voucher.engagement_type.offering)
        return redeemed

    def test_only_delivered_days_are_invoiced(self, engagement):
        finance = actor_of(engagement.partner, Role.FINANCE)

        with as_actor(finance):
            request = requests.submit([engagement], invoice(), by=finance)

        line = request.lines.get()
        assert (line.days, line.amount, request.net) == (3, 3000, 3000)

    def test_only_delivered_days_are_paid(self, engagement):
        request = PaymentRequestFactory(engagement=engagement, approved=True)

        reviews.record_payment(
            request,
            paid_on=clock.today(),
            bank_reference="SEPA 1",
            by=staff_actor(Duty.PAYMENT_RELEASER),
        )

        balance = engagement.voucher.agreement.balance
        balance.refresh_from_db()
        assert (balance.free, balance.held, balance.delivered, balance.paid) == (
            47,
            0,
            0,
            3,
        )


class TestSuspendedVouchers:
    @pytest.fixture
    def still(self):
        return EngagementFactory(redeemed=True, voucher__suspended=True)

    def test_a_request_with_one_is_not_approved(self, still, approver):
        request = PaymentRequestFactory(engagement=still)

        with pytest.raises(Refused) as refusal:
            reviews.approve(request, by=approver)

        (finding,) = refusal.value.findings
        assert "An audit of the agreement." in finding.found
        assert PaymentRequest.objects.get().state == RequestState.SUBMITTED

    def test_a_request_with_one_is_not_paid(self, still, releaser):
        request = PaymentRequestFactory(engagement=still, approved=True)

        with pytest.raises(Refused, match="is suspended"):
            reviews.record_payment(
                request, paid_on=clock.today(), bank_reference="S 1", by=releaser
            )

        assert not Payment.objects.exists()
        assert Voucher.objects.get().state == State.REDEEMED

    def test_its_payment_can_be_asked_for_meanwhile(self, still):
        RateFactory(offering=still.voucher.engagement_type.offering)
        finance = actor_of(still.partner, Role.FINANCE)

        with as_actor(finance):
            request = requests.submit([still], invoice(), by=finance)

        assert [
            each.code for each in unmet_findings(reviews.check_request(request))
        ] == ["standstill"]


def test_the_rate_of_a_promise_is_that_of_the_partners_day(time_machine):
    time_machine.move_to("2026-03-02T23:30:00Z", tick=False)
    voucher = VoucherFactory(assigned=True)
    offering = voucher.engagement_type.offering
    RateFactory(offering=offering)
    RateFactory(
        offering=offering,
        valid_from=clock.today() + timedelta(days=1),
        amount_per_day=Decimal(1200),
    )
    partner = eligible_partner(voucher.engagement_type, time_zone="Europe/Berlin")
    place = Location.objects.get(organization=partner)

    assert rates.promised_rate(voucher, place).amount_per_day == Decimal(1200)
