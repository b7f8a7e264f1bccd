"""Licence counts from a file: what each row would grant, and all of it or nothing."""

import csv
import io
import re
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.findings import Refused
from portal.models import TableImport
from portal.roles import Duty, Role
from portal.services import table_imports
from portal.spreadsheets.columns import Unreadable
from portal.spreadsheets.reading import read_table
from portal.tenancy import acting_for, acting_for_all
from tests.concurrency import at_once
from tests.conftest import give_second_factor
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    DayScaleFactory,
    LicensedProductFactory,
    PointRuleFactory,
)
from tests.uploads import read_all, read_now
from tests.vouchers.actions import accounts, recorded, told
from vouchers.models import LedgerEntry, Purchase, PurchaseImport
from vouchers.services import agreements, purchase_imports

pytestmark = pytest.mark.django_db

HEADINGS = [column.name for column in purchase_imports.TABLES.columns]
DAY = clock.in_days(-10).isoformat()


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def agreement():
    agreement = CustomerAgreementFactory(days=0, licensing_id="V1", program__code="PS")
    DayScaleFactory(program=agreement.program)
    for code in ("office", "windows"):
        LicensedProductFactory(program=agreement.program, code=code)
    return agreement


def row(**others):
    """Return a row of 50 licences: 100 points, 15 days, two thirds of them."""
    words = ["V1", "", "PO-1", DAY, "2", "office", "50"]
    return list({**dict(zip(HEADINGS, words, strict=True)), **others}.values())


def file_of(*rows, headings=HEADINGS):
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return SimpleUploadedFile("counts.csv", text.getvalue().encode())


def read(manager, *rows):
    return read_now(purchase_imports.TABLES.upload(file_of(*rows), by=manager))


def checked(kept, manager):
    return purchase_imports.TABLES.check_upload(kept, by=manager)


def errors(kept):
    checked = purchase_imports.TABLES.check_upload(kept, by=None)
    return {each.number: each.problem for each in checked.wrong}


def confirm(kept, *, by):
    return purchase_imports.TABLES.confirm(kept, by=by)


def test_the_preview_says_what_each_order_gives_and_grants_nothing(agreement, manager):
    kept = read(manager, row(), row(order_number="PO-2", licences="1"))

    judged = checked(kept, manager)

    assert [each.outcome for each in judged.rows] == [
        "the order gives 10 days",
        "the order gives 0 days",
    ]
    assert judged.days == 10
    assert not Purchase.objects.exists()


def test_confirming_grants_all_of_it_and_tells_each_customer_once(agreement, manager):
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    kept = read(
        manager,
        row(licences="25"),
        row(product_code="windows", licences="25"),
        row(order_number="PO-2", program="PS"),
    )

    done = confirm(kept, by=manager)

    assert done.result == {"purchases": 2, "days": 20}
    assert accounts(agreement) == (20, 0, 0, 0, 0)
    notes = LedgerEntry.objects.order_by("note").values_list("note", flat=True)
    assert list(notes) == ["PO-1", "PO-2"]
    assert recorded() == ["purchase.counted", "purchase.counted", "import.confirmed"]
    assert told() == [("entitlement-accrued", owner.person.email)]


def test_the_same_file_again_grants_nothing(agreement, manager):
    confirm(read(manager, row()), by=manager)

    again = read(manager, row())
    assert [each.outcome for each in checked(again, manager).rows] == ["already there"]
    done = confirm(again, by=manager)

    assert done.result == {"purchases": 0, "days": 0}
    assert accounts(agreement) == (10, 0, 0, 0, 0)


def test_confirming_twice_grants_once(agreement, manager):
    kept = read(manager, row())

    confirm(kept, by=manager)
    confirm(kept, by=manager)

    assert accounts(agreement) == (10, 0, 0, 0, 0)
    assert recorded().count("import.confirmed") == 1


WRONG = [
    ({"licensing_id": "V9"}, "No agreement “V9” is known."),
    ({"licensing_id": ""}, "No agreement “” is known."),
    ({"program": "XX"}, "No agreement “V1” in this program is known."),
    ({"order_number": ""}, "order number"),
    ({"order_number": "x" * 61}, "order number"),
    ({"order_date": "01/02/2026"}, "Cell D2: write the date"),
    ({"order_date": ""}, "date is missing"),
    ({"order_date": clock.in_days(3).isoformat()}, "still to come"),
    ({"order_date": "1999-01-01"}, "has no points on"),
    ({"term_years": "4"}, "one, two or three years"),
    ({"term_years": "two"}, "“two” as a whole number"),
    ({"product_code": "word"}, "knows no product “word”"),
    ({"product_code": ""}, "knows no product"),
    ({"licences": "0"}, "number of licences"),
    ({"licences": "-5"}, "“-5” is negative: type at least 1."),
    ({"licences": "−1,000"}, "“−1,000” is negative: type at least 1."),
    ({"licences": "-2.5"}, "“-2.5” as a whole number"),
    ({"licences": "-"}, "“-” as a whole number"),
    ({"term_years": "-2"}, "“-2” is negative: type at least 1."),
    ({"licences": "2.5"}, "“2.5” as a whole number"),
    ({"licences": "9" * 30}, "as a whole number"),
]


@pytest.mark.parametrize(("others", "sentence"), WRONG)
def test_a_row_that_makes_no_sense_is_named_with_its_number(
    agreement, manager, others, sentence
):
    kept = read(manager, row(**others), row(order_number="PO-2"))

    assert list(errors(kept)) == [2]
    assert sentence in errors(kept)[2]
    with pytest.raises(Refused, match="Nothing was imported: one row has a mistake"):
        confirm(kept, by=manager)
    assert not Purchase.objects.exists()
    assert recorded() == []


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({}, "names “office” twice"),
        ({"product_code": "windows", "term_years": "3"}, "another date or term"),
        (
            {"product_code": "windows", "order_date": clock.in_days(-9).isoformat()},
            "another date or term",
        ),
    ],
)
def test_rows_of_one_order_agree(agreement, manager, second, sentence):
    kept = read(manager, row(), row(**second))

    assert list(errors(kept)) == [3]
    assert sentence in errors(kept)[3]


def test_other_licences_under_a_known_number_are_an_error(agreement, manager):
    confirm(read(manager, row()), by=manager)

    kept = read(manager, row(licences="60"))

    assert "with another date or licences" in errors(kept)[2]


def test_a_number_granted_by_hand_is_an_error(agreement, manager):
    agreements.grant(agreement, days=2, note="PO-1", by=manager)

    assert "were granted already" in errors(read(manager, row()))[2]


def test_a_licensing_id_in_two_programs_asks_for_the_program(agreement, manager):
    CustomerAgreementFactory(
        customer=agreement.customer, licensing_id="V1", program=ProgramFactory()
    )

    kept = read(manager, row(), row(order_number="PO-2", program="PS"))

    assert errors(kept) == {2: "“V1” is in several programs: name one."}


def test_what_changed_since_the_preview_is_seen_at_the_action(agreement, manager):
    kept = read(manager, row())
    assert checked(kept, manager).wrong == []
    agreement.program.accrual_ends_on = clock.in_days(-1)
    agreement.program.save()

    with pytest.raises(Refused, match="Nothing was imported"):
        confirm(kept, by=manager)

    assert not Purchase.objects.exists()


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.csv", b""),
        SimpleUploadedFile("a.xlsx", b"PK\x03\x04 broken"),
        file_of(row(), headings=[*HEADINGS[:-1], "surprise"]),
    ],
    ids=["empty", "broken", "unknown column"],
)
def test_a_file_that_is_no_such_table_has_no_rows_and_confirms_nothing(manager, file):
    kept = read_now(purchase_imports.TABLES.upload(file, by=manager))

    assert kept.problem
    assert kept.rows == []
    with pytest.raises(Refused):
        confirm(kept, by=manager)


def test_others_read_no_file_and_confirm_none(agreement, manager):
    kept, auditor = read(manager, row()), staff_actor(Duty.AUDITOR)

    for action in (
        partial(purchase_imports.TABLES.upload, file_of(row())),
        partial(confirm, kept),
    ):
        with pytest.raises(Refused, match="Program manager"):
            action(by=auditor)


def test_the_portals_own_role_sees_nothing_of_what_is_kept(agreement, manager):
    read(manager, row())
    assert PurchaseImport.objects.exists()

    with acting_for(agreement.customer_id, person=manager.person_id):
        assert not TableImport.objects.exists()


def test_what_nobody_confirmed_is_forgotten_after_a_week(
    agreement, manager, time_machine
):
    old = read(manager, row())
    done = confirm(read(manager, row()), by=manager)
    time_machine.move_to(old.expires_at - timedelta(seconds=1))
    assert table_imports.forget_ended() == 0
    time_machine.move_to(done.expires_at + timedelta(seconds=1))

    assert table_imports.forget_ended() == 1

    assert not PurchaseImport.objects.filter(pk=old.pk).exists()
    done.refresh_from_db()
    assert (done.rows, done.result["purchases"]) == ([], 1)


def queries_for(manager, rows):
    with CaptureQueriesContext(connection) as captured:
        confirm(read(manager, *rows), by=manager)
    return len(captured)


def test_three_orders_and_three_hundred_take_the_same_queries(manager):
    program = ProgramFactory()
    DayScaleFactory(program=program)
    LicensedProductFactory(program=program, code="office")
    ids = [
        each.licensing_id
        for each in CustomerAgreementFactory.create_batch(60, program=program, days=0)
    ]
    few = [row(licensing_id=each) for each in ids[:3]]
    many = [
        row(licensing_id=each, order_number=f"PO-{n}")
        for each in ids
        for n in range(2, 7)
    ]

    assert queries_for(manager, few) == queries_for(manager, many)


@pytest.mark.django_db(transaction=True)
def test_one_file_confirmed_by_ten_clicks_and_read_twice_grants_once():
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    agreement = CustomerAgreementFactory(days=0, licensing_id="V1")
    DayScaleFactory(program=agreement.program)
    LicensedProductFactory(program=agreement.program, code="office")
    first, second = (read(manager, row()) for _file in "12")

    outcomes = at_once(
        *[partial(as_sponsor, first, manager)] * 5,
        *[partial(as_sponsor, second, manager)] * 5,
    )

    assert {type(each) for each in outcomes} == {PurchaseImport}
    assert accounts(agreement) == (10, 0, 0, 0, 0)
    assert Purchase.objects.count() == 1


def as_sponsor(kept, manager):
    with acting_for_all():
        return confirm(kept, by=manager)


@pytest.fixture
def desk(as_person, manager):
    give_second_factor(manager.person)
    return as_person(manager.person)


def address(page, *args):
    return reverse(f"admin:vouchers_purchaseimport_{page}", args=args)


def upload(desk, *rows):
    preview = desk.post(address("read"), {"file": file_of(*rows)}).url
    read_all()
    return desk.get(preview)


def test_a_program_manager_reads_looks_and_confirms_in_the_admin(desk, agreement):
    shown = upload(desk, row())
    assert "the order gives 10 days" in shown.text
    preview = shown.request["PATH_INFO"]

    done = desk.post(preview, follow=True)

    assert "New orders: 1. Days granted: 10." in done.text
    assert accounts(agreement) == (10, 0, 0, 0, 0)
    assert "Imported on" in desk.get(preview).text


def test_rows_with_errors_are_shown_and_taken_away_as_a_file(desk, agreement):
    shown = upload(desk, row(), row(order_number="=2+5", product_code="word"))
    assert "1 row has an error" in shown.text
    assert "Import all of it" not in shown.text
    [ticket] = re.findall(r"[0-9a-f-]{36}", shown.request["PATH_INFO"])

    response = desk.post(address("failed", ticket), {"wrong": "3"})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    headings, wrong = csv.reader(io.StringIO(text))
    assert headings[-1] == "What is wrong"
    assert wrong[2] == "'=2+5"
    assert "knows no product “word”" in wrong[-1]


def test_a_date_that_nobody_can_read_is_taken_away_as_it_was_typed(desk, agreement):
    shown = upload(desk, row(order_date="31.12.2026"))
    [ticket] = re.findall(r"[0-9a-f-]{36}", shown.request["PATH_INFO"])

    response = desk.post(address("failed", ticket), {"wrong": "2"})

    assert b"31.12.2026" in b"".join(response.streaming_content)


@pytest.mark.parametrize("query", ["", "?form=xlsx"], ids=["csv", "xlsx"])
def test_the_page_offers_a_template_that_is_read_as_it_is(desk, query):
    page = desk.get(address("read"))
    url = address("template") + query

    content = desk.get(url).getvalue()
    table = read_table(io.BytesIO(content), purchase_imports.TABLES.all_columns)

    assert f'href="{url}"' in page.text
    with pytest.raises(Unreadable, match="The file has no rows"):
        list(table.rows)


def test_our_own_column_is_not_named_among_those_that_are_known(desk):
    file = SimpleUploadedFile("a.csv", b"a,b\n1,2\n")
    preview = desk.post(address("read"), {"file": file}).url
    read_all()

    [sentence] = desk.get(preview).context["form"].errors["file"]

    assert "Known are: Licensing ID" in sentence
    assert "What is wrong" not in sentence


def test_a_file_that_cannot_be_read_is_told_beside_the_field(desk):
    file = SimpleUploadedFile("a.csv", b"a,b\n1,2\n")
    preview = desk.post(address("read"), {"file": file}).url
    read_all()

    assert desk.get(preview).context["form"].errors["file"]


def test_other_duties_find_the_pages_closed(as_person, agreement, manager):
    kept = read(manager, row())
    auditor = staff_actor(Duty.AUDITOR).person
    give_second_factor(auditor)
    desk = as_person(auditor)

    for page in (
        address("read"),
        address("preview", kept.ticket),
        address("failed", kept.ticket),
        address("template"),
    ):
        assert desk.get(page).status_code == 403
        assert desk.post(page).status_code == 403
    assert desk.get(address("changelist")).status_code == 200


def test_a_rule_that_begins_later_counts_for_later_orders(agreement, manager):
    product = agreement.program.licensed_products.get(code="office")
    PointRuleFactory(
        product=product, points_per_licence=4, valid_from=clock.in_days(-5)
    )
    later = clock.in_days(-5).isoformat()

    kept = read(
        manager,
        row(licences="25"),
        row(order_number="PO-2", licences="25", order_date=later),
    )

    assert [each.outcome for each in checked(kept, manager).rows] == [
        "the order gives 0 days",
        "the order gives 10 days",
    ]
