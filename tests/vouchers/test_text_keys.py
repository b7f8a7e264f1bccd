"""Text that identifies: the same thing typed in another way is the same thing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from enrollment.models import Exam
from portal import clock, text
from portal.findings import Refused
from portal.roles import Duty
from tests.factories.portal import staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    DayScaleFactory,
    LicensedProductFactory,
)
from tests.vouchers.test_purchase_imports import checked, confirm, errors, read, row
from vouchers.models import LedgerEntry, Purchase
from vouchers.services import accrual, agreements
from vouchers.services.accrual import Order

pytestmark = pytest.mark.django_db

ALIKE = [
    "po-00042",
    "ＰＯ－０００４２",
    "PO\u201300042",
    "PO\u221200042",
    "PO-\u200b00042",
    "\u202aPO-00042",
    " PO - 00042 ",
    "PO\u00a0-00042",
]
OTHERS = ["PO-42", "PO00042", "PO-0004-2", "PO/00042"]
SIGNS = st.characters(exclude_characters="\0", exclude_categories=("Cs", "Cn", "Co"))


def key_in_sql(typed):
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_text_key(%s)", [typed])
        return cursor.fetchone()[0]


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def agreement():
    agreement = CustomerAgreementFactory(days=0, licensing_id="V1", program__code="PS")
    DayScaleFactory(program=agreement.program)
    LicensedProductFactory(program=agreement.program, code="office")
    return agreement


def order(number):
    ordered_on = clock.today("UTC") - timedelta(days=10)
    return Order(number, ordered_on, 2, {"office": 50})


@pytest.mark.parametrize(
    "typed", [*ALIKE, *OTHERS, "Straße", "ΣΊΣΥΦΟΣ", "臺北", "ﬁ", "①"]
)
def test_the_database_computes_the_same_key(typed):
    assert key_in_sql(typed) == text.key(typed)


@given(st.text(st.sampled_from("aB 1-–\u200b０Ａßς臺\u00a0\u3000\t\n/.")))
def test_keys_agree_on_whatever_is_likely(typed):
    assert key_in_sql(typed) == text.key(typed)


@pytest.mark.parametrize("number", ALIKE)
def test_an_order_typed_in_another_way_is_the_same_order(agreement, manager, number):
    first = accrual.accrue(agreement, order("PO-00042"), by=manager)

    assert accrual.accrue(agreement, order(number), by=manager) == first
    with pytest.raises(Refused, match="granted already"):
        agreements.grant(agreement, days=3, note=number, by=manager)
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("number", OTHERS)
def test_another_order_is_another_order(agreement, manager, number):
    accrual.accrue(agreement, order("PO-00042"), by=manager)
    accrual.accrue(agreement, order(number), by=manager)

    assert Purchase.objects.count() == 2


@pytest.mark.parametrize("number", ALIKE)
def test_a_table_names_agreement_and_order_in_any_way(agreement, manager, number):
    confirm(read(manager, row(order_number="PO-00042")), by=manager)
    again = read(manager, row(order_number=number, licensing_id="ｖ１\u200b"))

    assert not errors(again)
    [judged] = checked(again, None).rows
    assert judged.outcome == "already there"


def test_rows_of_one_order_in_two_spellings_are_one_order(agreement, manager):
    kept = read(manager, row(order_number="PO-1"), row(order_number="po–1"))

    assert set(errors(kept).values()) == {"The order names “office” twice."}


@pytest.mark.parametrize("number", ALIKE)
def test_the_database_holds_each_of_them_once(agreement, manager, number):
    """The last guard: whoever writes, by whatever way."""
    accrual.accrue(agreement, order("PO-00042"), by=manager)
    purchase = Purchase.objects.get()
    entry = LedgerEntry.objects.get()
    CustomerAgreementFactory(program=agreement.program, licensing_id="PO-00042")
    Exam.objects.create(code="PO-00042", name="Exam")
    copies = [
        (purchase, {"reference": number}, "purchase_once"),
        (entry, {"note": number, "purchase": None}, "ledger_grants_once"),
    ]
    for original, others, constraint in copies:
        original.pk = None
        original._state.adding = True
        for name, value in others.items():
            setattr(original, name, value)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            original.save(force_insert=True)
    with (
        pytest.raises(IntegrityError, match="customer_agreement_once"),
        transaction.atomic(),
    ):
        CustomerAgreementFactory(program=agreement.program, licensing_id=number)
    with pytest.raises(IntegrityError, match="exam_code_once"), transaction.atomic():
        Exam.objects.create(code=number, name="Exam")
