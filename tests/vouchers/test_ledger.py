"""Days that move between accounts, and a balance that only the database keeps."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from portal.tenancy import acting_for, acting_for_all
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts
from vouchers.models import Balance, LedgerEntry
from vouchers.models.ledger import WAYS, EntryType
from vouchers.services import ledger

pytestmark = pytest.mark.django_db


def insert_entry(agreement, kind, days, voucher=None, *, target=None):
    """Insert an entry as raw SQL, past every service."""
    source, usual = WAYS[kind]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vouchers_ledgerentry (agreement_id, customer_id, voucher_id,"
            " kind, source, target, days, note, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '', now())",
            [
                agreement.pk,
                agreement.customer_id,
                voucher.pk if voucher else None,
                kind,
                source,
                target or usual,
                days,
            ],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_agreement_begins_with_an_empty_balance():
    assert accounts(CustomerAgreementFactory(days=0)) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (45, 5, 0, 0, 0)),
        ({"reserved": True}, (45, 5, 0, 0, 0)),
        ({"redeemed": True}, (45, 0, 5, 0, 0)),
        ({"paid": True}, (45, 0, 0, 5, 0)),
        ({"cancelled": True}, (50, 0, 0, 0, 0)),
        ({"expired": True}, (50, 0, 0, 0, 0)),
    ],
)
def test_the_balance_follows_the_voucher(fields, expected):
    assert accounts(VoucherFactory(**fields).agreement) == expected


def test_days_can_be_lost():
    voucher = VoucherFactory()

    ledger.move_days(EntryType.LOST, voucher)

    assert accounts(voucher.agreement) == (45, 0, 0, 0, 5)
    assert voucher.agreement.balance.granted == 50


def test_many_entries_at_once_move_the_balance_once():
    agreement = CustomerAgreementFactory(days=0)

    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            agreement=agreement,
            customer=agreement.customer,
            kind=EntryType.GRANTED,
            source="sponsor",
            target="free",
            days=days,
            note=str(days),
        )
        for days in range(1, 5)
    )

    assert accounts(agreement) == (10, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        (EntryType.HELD, "free"),
        (EntryType.RETURNED, "held"),
        (EntryType.CONSUMED, "held"),
        (EntryType.LOST, "held"),
        (EntryType.REVERSED, "delivered"),
        (EntryType.PAID, "delivered"),
    ],
)
def test_raw_sql_cannot_take_a_day_that_is_not_there(kind, account):
    voucher = VoucherFactory(agreement=CustomerAgreementFactory(days=5))

    with pytest.raises(IntegrityError, match=f"balance_{account}_is_not_negative"):
        insert_entry(voucher.agreement, kind, 6, voucher)


def test_an_entry_moves_at_least_one_day():
    with pytest.raises(IntegrityError, match="ledger_days_are_positive"):
        insert_entry(CustomerAgreementFactory(), EntryType.GRANTED, 0)


def test_an_entry_goes_only_the_way_of_its_kind():
    with pytest.raises(IntegrityError, match="ledger_goes_its_way"):
        insert_entry(CustomerAgreementFactory(), EntryType.GRANTED, 1, target="held")


def test_every_entry_but_a_grant_names_its_voucher():
    with pytest.raises(IntegrityError, match="ledger_names_its_voucher"):
        insert_entry(CustomerAgreementFactory(), EntryType.HELD, 1)


def test_the_same_grant_is_written_once():
    agreement = CustomerAgreementFactory()

    with pytest.raises(IntegrityError, match="ledger_grants_once"):
        ledger.post(
            [ledger.entry(EntryType.GRANTED, agreement, 1, note="Opening balance")]
        )


def test_an_entry_belongs_to_the_customer_of_its_agreement():
    agreement, other = CustomerAgreementFactory.create_batch(2)
    agreement.customer_id = other.customer_id

    with pytest.raises(IntegrityError, match="ledgerentry_agreement_customer_tied"):
        insert_entry(agreement, EntryType.GRANTED, 1)


def test_an_entry_belongs_to_the_customer_of_its_voucher():
    agreement, voucher = CustomerAgreementFactory(), VoucherFactory()

    with pytest.raises(IntegrityError, match="ledgerentry_voucher_customer_tied"):
        insert_entry(agreement, EntryType.HELD, 1, voucher)


@pytest.mark.parametrize("change", ["days = days", "note = 'x'"])
def test_an_entry_is_never_changed(change):
    CustomerAgreementFactory()

    with pytest.raises(ProgrammingError, match="permission denied"):
        run(f"UPDATE vouchers_ledgerentry SET {change}")


def test_an_entry_is_never_deleted():
    CustomerAgreementFactory()

    with pytest.raises(ProgrammingError, match="permission denied"):
        run("DELETE FROM vouchers_ledgerentry")


WRITES = [
    "UPDATE vouchers_balance SET free = 1000",
    "DELETE FROM vouchers_balance",
    "INSERT INTO vouchers_balance VALUES (1, 1, 0, 0, 0, 0, 0)",
]


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("write", WRITES)
def test_a_customer_cannot_write_its_balance(write):
    agreement = CustomerAgreementFactory()

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_for(agreement.customer_id),
    ):
        run(write)


@pytest.mark.parametrize("write", WRITES)
def test_not_even_the_sponsor_writes_a_balance(write):
    CustomerAgreementFactory()

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_for_all(),
    ):
        run(write)


def test_a_customer_cannot_grant_itself_days_in_raw_sql():
    agreement = CustomerAgreementFactory()

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_for(agreement.customer_id),
    ):
        insert_entry(agreement, EntryType.GRANTED, 1)


def test_a_customer_sees_its_own_ledger_and_balance_only():
    ours, _theirs = CustomerAgreementFactory.create_batch(2)

    with acting_for(ours.customer_id):
        seen = (list(Balance.objects.all()), LedgerEntry.objects.count())

    assert seen == ([ours.balance], 1)


def test_entries_of_several_pools_are_written_in_the_order_of_the_pools():
    pools = [CustomerAgreementFactory() for _ in range(3)]
    entries = [ledger.entry(EntryType.GRANTED, each, 5) for each in reversed(pools)]

    ledger.post(entries)

    written = LedgerEntry.objects.filter(pk__in=[each.pk for each in entries])
    order = list(written.order_by("pk").values_list("agreement", flat=True))
    assert order == [each.pk for each in pools]
