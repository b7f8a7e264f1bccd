"""The reviewers' side of money: queue, evidence, decisions by two people, rates."""

from datetime import timedelta

import pytest
from django.urls import reverse

from payments.models import Payment, PaymentRequest, Rate, RequestState
from payments.services import reviews
from portal import clock
from portal.models import AuditEntry
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.engagements import CompletionReportFactory, EngagementFactory
from tests.factories.enrollment import OfferingFactory
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import staff_actor
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db
BOTH = (Duty.PAYMENT_APPROVER, Duty.PAYMENT_RELEASER)


@pytest.fixture
def at_desk(as_person):
    """Sign somebody with these duties in, second factor and all."""

    def sit_down(*duties):
        person = staff_actor(*duties).person
        give_second_factor(person)
        return as_person(person)

    return sit_down


def page_of(row):
    model = row._meta
    name = f"admin:{model.app_label}_{model.model_name}_change"
    return reverse(name, args=[row.pk])


def decide(client, row, action, **typed):
    model = row._meta
    address = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    return client.post(
        address, {"action": action, "_selected_action": [row.pk], **typed}, follow=True
    )


def test_the_record_shows_checks_lines_and_the_two_person_rule(
    at_desk, payment_request
):
    line = payment_request.lines.get()
    report = line.engagement.completion_report

    text = at_desk(Duty.AUDITOR).get(page_of(payment_request)).text

    assert line.voucher.number in text
    assert reverse("admin:portal_document_file", args=[report.deliverable_id]) in text
    assert page_of(report) in text
    assert "Who approves a request does not record its payment." in text
    assert text.count("finding-met") == 8


def test_an_auditor_reads_and_decides_nothing(at_desk, payment_request):
    decide(at_desk(Duty.AUDITOR), payment_request, "approve")

    assert PaymentRequest.objects.get().state == RequestState.SUBMITTED


def test_an_approver_approves(at_desk, payment_request):
    decide(at_desk(Duty.PAYMENT_APPROVER), payment_request, "approve")

    assert PaymentRequest.objects.get().state == RequestState.APPROVED


def test_an_approver_returns_with_a_reason(at_desk, payment_request):
    client = at_desk(Duty.PAYMENT_APPROVER)
    asked = decide(client, payment_request, "return_for_correction")
    assert "Say what is missing" in asked.text

    decide(
        client,
        payment_request,
        "return_for_correction",
        reason="The number.",
        carry_out="1",
    )

    assert PaymentRequest.objects.get().return_reason == "The number."


def test_a_releaser_records_the_payment(at_desk):
    request = PaymentRequestFactory(approved=True)

    decide(
        at_desk(Duty.PAYMENT_RELEASER),
        request,
        "record_payment",
        paid_on=str(clock.today()),
        bank_reference="SEPA 9",
        carry_out="1",
    )

    assert Payment.objects.get().bank_reference == "SEPA 9"


def test_one_person_with_both_duties_does_not_do_both(at_desk, payment_request):
    client = at_desk(*BOTH)
    decide(client, payment_request, "approve")

    answer = decide(
        client,
        payment_request,
        "record_payment",
        paid_on=str(clock.today()),
        bank_reference="SEPA 9",
        carry_out="1",
    )

    assert "You approved this request: another person records" in answer.text
    assert not Payment.objects.exists()


def test_a_redemption_is_reversed_on_the_voucher(at_desk):
    voucher = EngagementFactory(redeemed=True).voucher

    decide(
        at_desk(Duty.DELIVERY_REVIEWER),
        voucher,
        "reverse_redemption",
        reason="A wrong file.",
        carry_out="1",
    )

    assert Voucher.objects.get().state == State.RESERVED


def broken(request):
    return {
        str(finding.rule)
        for finding in reviews.check_request(request)
        if not finding.holds
    }


def test_a_clean_request_meets_every_rule(payment_request):
    assert broken(payment_request) == set()


def test_a_late_request_is_found():
    request = PaymentRequestFactory(
        engagement__voucher__redeemed_at=clock.now() - timedelta(days=70)
    )

    assert broken(request) == {"The request was sent within the payment window"}


def test_a_location_elsewhere_is_found(payment_request):
    payment_request.location.country = "FR"
    payment_request.location.save()
    fresh = PaymentRequest.objects.get()

    assert broken(fresh) == {"The location is in the country of delivery"}


def test_a_deliverable_handed_in_twice_is_found(payment_request):
    report = payment_request.lines.get().engagement.completion_report
    CompletionReportFactory(deliverable=report.deliverable)

    assert broken(payment_request) == {
        "Each deliverable was written for its own customer"
    }


def test_amounts_that_do_not_add_up_are_found():
    request = PaymentRequestFactory(net=4000, tax=760, total=4760)

    assert broken(request) == {"The amounts add up"}


def test_a_voucher_that_is_not_redeemed_or_reported_is_found():
    request = PaymentRequestFactory(engagement=EngagementFactory())

    assert broken(request) == {
        "Each voucher is redeemed",
        "Each engagement has its completion report and deliverable",
    }


def rate_fields(offering, **fields):
    return {
        "offering": offering.pk,
        "country": "JP",
        "amount_per_day": "150000",
        "currency": "JPY",
        "valid_from": "2026-01-01",
        **fields,
    }


def test_a_program_manager_adds_a_rate(at_desk):
    offering = OfferingFactory()
    client = at_desk(Duty.PROGRAM_MANAGER)

    client.post(reverse("admin:payments_rate_add"), rate_fields(offering))

    rate = Rate.objects.get()
    assert (rate.amount_per_day, rate.currency, rate.is_demo) == (150000, "JPY", False)
    assert AuditEntry.objects.get().subject_type == "payments.rate"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount_per_day": "150000.50"}, "amount_per_day"),
        ({"amount_per_day": "0"}, "amount_per_day"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "ADP"}, "currency"),
        ({"country": "ZZ"}, "country"),
    ],
)
def test_a_wrong_rate_is_refused(at_desk, fields, field):
    client = at_desk(Duty.PROGRAM_MANAGER)

    page = client.post(
        reverse("admin:payments_rate_add"), rate_fields(OfferingFactory(), **fields)
    )

    assert field in page.context["adminform"].form.errors
    assert not Rate.objects.exists()


def test_a_rate_that_began_stays_as_it_is(at_desk):
    rate = RateFactory()
    client = at_desk(Duty.PROGRAM_MANAGER)

    client.post(page_of(rate), rate_fields(rate.offering))

    assert Rate.objects.get().amount_per_day == 1000


def test_others_add_no_rates(at_desk):
    answer = at_desk(*BOTH).get(reverse("admin:payments_rate_add"))

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "make",
    [
        lambda: EngagementFactory(reported=True),
        lambda: EngagementFactory(reported=True).completion_report,
        lambda: PaymentRequestFactory(paid=True).payment,
        RateFactory,
    ],
)
def test_every_record_can_be_read(at_desk, make):
    row = make()
    client = at_desk(Duty.AUDITOR)
    model = row._meta

    for address in (
        page_of(row),
        reverse(f"admin:{model.app_label}_{model.model_name}_changelist"),
    ):
        assert client.get(address).status_code == 200
