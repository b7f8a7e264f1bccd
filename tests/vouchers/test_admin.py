"""The sponsor's side: opening agreements, granting days, ending a silent hold."""

import pytest
from django.urls import reverse

from portal import clock
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import CustomerFactory, PartnerFactory, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts, recorded
from vouchers.models import CustomerAgreement, LedgerEntry, State, Voucher

pytestmark = pytest.mark.django_db
RECORDS = ["customeragreement", "balance", "ledgerentry", "voucher", "reservation"]


@pytest.fixture
def at_desk(as_person):
    """Sign somebody with these duties in, second factor and all."""

    def sit_down(*duties):
        person = staff_actor(*duties).person
        give_second_factor(person)
        return as_person(person)

    return sit_down


def address(model, page, *args):
    return reverse(f"admin:vouchers_{model}_{page}", args=args)


def press(desk, row, action, **typed):
    page = address(row._meta.model_name, "changelist")
    fields = {"action": action, "_selected_action": [row.pk], **typed}
    return desk.post(page, fields, follow=True)


@pytest.mark.parametrize("model", RECORDS)
def test_staff_read_every_list_and_record(at_desk, model):
    voucher = VoucherFactory(reserved=True)
    rows = {
        "customeragreement": voucher.agreement_id,
        "balance": voucher.agreement_id,
        "ledgerentry": voucher.entries.get().pk,
        "voucher": voucher.pk,
        "reservation": voucher.reservations.get().pk,
    }
    desk = at_desk(Duty.AUDITOR)

    assert desk.get(address(model, "changelist")).status_code == 200
    assert desk.get(address(model, "change", rows[model])).status_code == 200


@pytest.mark.parametrize("model", RECORDS[1:])
def test_nobody_types_a_record(at_desk, model):
    desk = at_desk(Duty.PROGRAM_MANAGER)

    assert desk.get(address(model, "add")).status_code == 403


def typed_agreement(**others):
    return {
        "customer": CustomerFactory().pk,
        "program": ProgramFactory().pk,
        "licensing_id": "V0000001",
        "starts_on": clock.today().isoformat(),
        "ends_on": clock.in_days(365).isoformat(),
        "days": 15,
        **others,
    }


def test_a_program_manager_opens_an_agreement_through_its_service(at_desk):
    desk = at_desk(Duty.PROGRAM_MANAGER)

    desk.post(address("customeragreement", "add"), typed_agreement())

    assert accounts(CustomerAgreement.objects.get()) == (15, 0, 0, 0, 0)
    assert recorded() == ["entitlement.opened", "entitlement.granted"]


def test_no_agreement_opens_with_days_that_the_program_grants_no_more(at_desk):
    ended = ProgramFactory(accrual_ends_on=clock.in_days(-1))

    response = at_desk(Duty.PROGRAM_MANAGER).post(
        address("customeragreement", "add"), typed_agreement(program=ended.pk)
    )

    assert "days" in response.context["adminform"].form.errors
    assert not CustomerAgreement.objects.exists()


def test_a_licensing_id_has_one_agreement_in_a_program(at_desk):
    there = CustomerAgreementFactory()
    typed = {"program": there.program_id, "licensing_id": there.licensing_id}

    response = at_desk(Duty.PROGRAM_MANAGER).post(
        address("customeragreement", "add"), typed_agreement(**typed)
    )

    errors = response.context["adminform"].form.errors
    assert "has an agreement in this program already" in str(errors["licensing_id"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("ends_on", "2020-01-01"), ("days", -1), ("customer", 0)],
)
def test_an_agreement_that_makes_no_sense_is_told_beside_the_field(
    at_desk, field, value
):
    desk = at_desk(Duty.PROGRAM_MANAGER)

    response = desk.post(
        address("customeragreement", "add"), typed_agreement(**{field: value})
    )

    assert field in response.context["adminform"].form.errors
    assert not CustomerAgreement.objects.exists()


def test_a_partner_is_no_customer(at_desk):
    desk = at_desk(Duty.PROGRAM_MANAGER)

    desk.post(
        address("customeragreement", "add"),
        typed_agreement(customer=PartnerFactory().pk),
    )

    assert not CustomerAgreement.objects.exists()


def test_other_duties_open_no_agreement(at_desk):
    desk = at_desk(Duty.DELIVERY_REVIEWER)

    assert desk.get(address("customeragreement", "add")).status_code == 403


def test_a_program_manager_grants_days_once(at_desk):
    agreement = CustomerAgreementFactory()
    desk = at_desk(Duty.PROGRAM_MANAGER)
    words = {"days": 5, "note": "Order 7", "carry_out": 1}

    press(desk, agreement, "grant", **words)
    twice = press(desk, agreement, "grant", **words)

    assert accounts(agreement) == (55, 0, 0, 0, 0)
    assert "Days for “Order 7” were granted already." in twice.text


def test_other_duties_grant_no_days(at_desk):
    agreement = CustomerAgreementFactory()

    press(at_desk(Duty.AUDITOR), agreement, "grant", days=5, note="x", carry_out=1)

    assert LedgerEntry.objects.count() == 1


def test_a_reviewer_ends_the_hold_of_a_silent_partner(at_desk):
    voucher = VoucherFactory(reserved=True)
    desk = at_desk(Duty.DELIVERY_REVIEWER)

    asked = press(desk, voucher, "release_silent")
    assert "Reason" in asked.text
    press(desk, voucher, "release_silent", reason="No answer.", carry_out=1)

    assert Voucher.objects.get().state == State.ASSIGNED
    assert recorded() == ["voucher.released"]


def test_a_hold_that_is_gone_is_refused_in_words(at_desk):
    voucher = VoucherFactory(redeemed=True)
    desk = at_desk(Duty.DELIVERY_REVIEWER)

    response = press(desk, voucher, "release_silent", reason="x", carry_out=1)

    assert "This cannot be done while the voucher is redeemed." in response.text
    assert Voucher.objects.get().state == State.REDEEMED
