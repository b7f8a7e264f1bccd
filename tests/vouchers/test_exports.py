"""Lists as tables: exactly what the filter shows, for whoever may see it."""

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import python_calamine
from django.db import connection
from django.urls import reverse
from django.utils.translation import override
from psycopg.pq import TransactionStatus

from portal import clock
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.conftest import give_second_factor
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import VoucherFactory
from vouchers.models import Voucher

HEADINGS = [
    *("Number", "Label", "Engagement type", "Offering", "Days"),
    *("Country of delivery", "State", "Customer", "Partner", "Project manager"),
    *("Created", "Last day", "Redeemed"),
]


@pytest.fixture
def owner(db):
    return actor_of(CustomerFactory(time_zone="Asia/Taipei"), Role.BENEFIT_ADMIN)


def url(actor, page):
    return reverse(f"vouchers:{page}", args=[actor.organization.slug])


def table_of(response):
    """Read what was handed out, whatever its form is."""
    content = response.getvalue()
    if response["Content-Type"].startswith("text/csv"):
        text = content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))
    book = python_calamine.load_workbook(io.BytesIO(content))
    rows = book.get_sheet_by_index(0).iter_rows()
    return [[said(cell) for cell in row] for row in rows]


def said(cell):
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_says_what_the_list_shows(as_person, owner, form):
    voucher = VoucherFactory(
        customer=owner.organization, redeemed=True, label="=HYPERLINK(1)"
    )
    # Already the next day in Taipei.
    at = datetime(2026, 3, 31, 20, tzinfo=UTC)
    Voucher.objects.filter(pk=voucher.pk).update(created_at=at)
    VoucherFactory()

    response = as_person(owner.person).get(url(owner, form))

    label = "'=HYPERLINK(1)" if form == "csv" else "=HYPERLINK(1)"
    redeemed = voucher.redeemed_at.astimezone(ZoneInfo("Asia/Taipei")).date()
    assert table_of(response) == [
        HEADINGS,
        [
            voucher.number,
            label,
            str(voucher.engagement_type),
            str(voucher.engagement_type.offering),
            "5",
            "Germany",
            "Redeemed",
            voucher.customer.name,
            voucher.partner.name,
            voucher.project_manager.name,
            "2026-04-01",
            voucher.expires_on.isoformat(),
            redeemed.isoformat(),
        ],
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_holds_exactly_what_the_filter_keeps_the_latest_first(
    as_person, owner, form
):
    first, second = VoucherFactory.create_batch(2, customer=owner.organization)
    VoucherFactory(customer=owner.organization, cancelled=True)
    client, query = as_person(owner.person), {"state": ["created"], "country": "DE"}

    shown = client.get(url(owner, "index"), query)
    taken = client.get(url(owner, form), query)

    assert [row[0] for row in table_of(taken)[1:]] == [second.number, first.number]
    assert f"vouchers.{form}?state=created&amp;country=DE" in shown.text


def test_a_project_manager_takes_away_no_more_than_the_list_shows(as_person, owner):
    ours = VoucherFactory(customer=owner.organization, assigned=True)
    VoucherFactory(customer=owner.organization, assigned=True)

    response = as_person(ours.project_manager).get(url(owner, "csv"))

    assert [row[0] for row in table_of(response)[1:]] == [ours.number]


def test_a_partner_takes_away_what_names_it(as_person, db):
    ours = VoucherFactory(reserved=True)
    VoucherFactory(reserved=True)
    lead = actor_of(ours.partner, Role.DELIVERY_LEAD)

    response = as_person(lead.person).get(url(lead, "csv"))

    assert [row[0] for row in table_of(response)[1:]] == [ours.number]


def test_a_table_speaks_the_readers_language(as_person, owner):
    VoucherFactory(customer=owner.organization)
    owner.person.language = "zh-hant"
    owner.person.save()
    client = as_person(owner.person)

    with override("zh-hant"):
        response = client.get(url(owner, "csv"))

    assert table_of(response)[1][5] == "德國"


def test_the_name_of_a_table_says_what_it_is(as_person, owner):
    response = as_person(owner.person).get(url(owner, "xlsx"))

    name = f"vouchers-{owner.organization.slug}-{clock.today('Asia/Taipei')}.xlsx"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("rows", [1, 3])
def test_a_table_is_one_statement_however_many_rows_it_has(
    as_person, owner, rows, same_statements
):
    VoucherFactory.create_batch(rows, customer=owner.organization)
    client = as_person(owner.person)
    table_of(client.get(url(owner, "csv")))

    with same_statements():
        assert len(table_of(client.get(url(owner, "csv")))) == 1 + rows


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_ledger_is_taken_away_as_its_filter_shows_it(as_person, owner, form):
    voucher = VoucherFactory(customer=owner.organization, cancelled=True)
    VoucherFactory(cancelled=True)
    page = url(owner, f"ledger_{form}")

    response = as_person(owner.person).get(page, {"kind": "returned"})

    heading, *rows = table_of(response)
    assert heading[:5] == ["Date", "Agreement", "Program", "What happened", "Voucher"]
    assert [row[1:8] for row in rows] == [
        [
            voucher.agreement.licensing_id,
            voucher.agreement.program.code,
            "Returned from voucher",
            voucher.number,
            *("5", "Held by vouchers", "Free"),
        ]
    ]


@pytest.fixture
def desk(as_person, db):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    return as_person(person)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_sponsor_takes_away_what_the_admins_list_shows(desk, form):
    ours = VoucherFactory(cancelled=True)
    VoucherFactory()
    page = reverse("admin:vouchers_voucher_changelist")
    query = {"state__exact": "cancelled", "q": ours.number}

    shown = desk.get(page, query)
    taken = desk.get(reverse(f"admin:vouchers_voucher_{form}"), query)

    assert f"table.{form}?q={ours.number}&amp;state__exact=cancelled" in shown.text
    assert [row[0] for row in table_of(taken)[1:]] == [ours.number]


def test_the_sponsor_takes_away_the_ledger(desk):
    VoucherFactory(cancelled=True)

    response = desk.get(
        reverse("admin:vouchers_ledgerentry_csv"), {"kind__exact": "returned"}
    )

    assert len(table_of(response)) == 2


def test_an_address_that_makes_no_sense_leads_back_to_the_admins_list(desk):
    page, typed = reverse("admin:vouchers_voucher_csv"), {"suspended_at__isempty": "x"}

    response = desk.get(page, typed, follow=True)

    assert response.redirect_chain[0][1] == 302
    assert "Nothing was exported: a filter makes no sense." in response.text
    assert desk.get(page, {"state__bad": "x"}).status_code == 400


def test_nobody_but_staff_takes_away_the_admins_list(as_person, owner):
    response = as_person(owner.person).get(reverse("admin:vouchers_voucher_csv"))

    assert response.status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_goes_away_in_the_middle_leaves_nothing_open(as_person):
    with acting_for_all():
        owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
        VoucherFactory(customer=owner.organization)

    response = as_person(owner.person).get(url(owner, "csv"))
    next(iter(response.streaming_content))
    response.close()

    link = connection.connection
    assert not connection.in_atomic_block
    assert link is None or link.info.transaction_status == TransactionStatus.IDLE
