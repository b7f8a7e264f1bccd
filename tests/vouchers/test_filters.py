"""What lists show: every filter, alone and together, and what makes no sense."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import escape

from portal import clock
from portal.roles import Role
from tests.factories.portal import CustomerFactory, PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return actor_of(CustomerFactory(time_zone="Asia/Taipei"), Role.BENEFIT_ADMIN)


@pytest.fixture
def lead():
    return actor_of(PartnerFactory(), Role.DELIVERY_LEAD)


@pytest.fixture
def show(as_person):
    """Open a list as somebody sees it; gives the answer."""

    def opened(actor, page="index", **query):
        url = reverse(f"vouchers:{page}", args=[actor.organization.slug])
        return as_person(actor.person).get(url, query)

    return opened


def rows_of(response):
    """Return the vouchers that stand in a list."""
    lines = response.context["page"].rows
    found = Voucher.objects.in_bulk([line.pk for line in lines])
    return [found[line.pk] for line in lines]


def suspend(voucher):
    Voucher.objects.filter(pk=voucher.pk).update(
        suspended_at=clock.now(), suspension_reason="Asked for"
    )


def test_several_states_are_shown_together(show, owner):
    made = VoucherFactory(customer=owner.organization)
    VoucherFactory(customer=owner.organization, cancelled=True)
    paid = VoucherFactory(customer=owner.organization, paid=True)

    assert rows_of(show(owner, state=["created", "paid"])) == [paid, made]


def test_a_customer_narrows_by_partner_and_project_manager(show, owner):
    ours = VoucherFactory(
        customer=owner.organization, reserved=True, partner__name="Contoso Ltd"
    )
    VoucherFactory(customer=owner.organization, reserved=True)
    manager = ours.project_manager

    assert rows_of(show(owner, party="contoso")) == [ours]
    assert rows_of(show(owner, person=manager.name)) == [ours]
    assert rows_of(show(owner, person=manager.email.upper())) == [ours]
    assert rows_of(show(owner, party="nobody")) == []


def test_a_partner_narrows_by_customer(show, lead):
    ours, other = (
        VoucherFactory(assigned=True, partner=lead.organization) for _each in range(2)
    )

    response = show(lead, party=ours.customer.name)

    assert rows_of(response) == [ours]
    assert other.number not in response.text


def test_what_is_delivered_narrows_by_offering_and_by_type(show, owner):
    one, other = VoucherFactory.create_batch(2, customer=owner.organization)
    kind = one.engagement_type

    assert rows_of(show(owner, what=kind.slug)) == [one]
    assert rows_of(show(owner, what=f"offering:{kind.offering.code}")) == [one]
    assert rows_of(show(owner, country="DE")) == [other, one]
    assert rows_of(show(owner, country="FR")) == []


def test_days_are_counted_where_the_reader_is(show, owner):
    voucher = VoucherFactory(customer=owner.organization)
    # 23:30 in Taipei, and still the afternoon in London.
    at = clock.now().replace(hour=15, minute=30) - timedelta(days=3)
    Voucher.objects.filter(pk=voucher.pk).update(created_at=at)
    day, next_day = at.date(), at.date() + timedelta(days=1)

    assert rows_of(show(owner, created_from=day, created_until=day)) == [voucher]
    assert rows_of(show(owner, created_from=next_day)) == []
    assert rows_of(show(owner, created_until=day - timedelta(days=1))) == []


def test_the_last_day_narrows_with_both_its_ends(show, owner):
    day = clock.in_days(30)
    voucher = VoucherFactory(customer=owner.organization, expires_on=day)
    VoucherFactory(customer=owner.organization, expires_on=clock.in_days(31))

    assert rows_of(show(owner, last_from=day, last_until=day)) == [voucher]


def test_the_suspended_are_told_from_the_others(show, owner):
    held, free = VoucherFactory.create_batch(2, customer=owner.organization)
    suspend(held)

    assert rows_of(show(owner, suspended="yes")) == [held]
    assert rows_of(show(owner, suspended="no")) == [free]


def test_a_whole_number_is_found_and_nothing_else(show, owner):
    voucher = VoucherFactory(customer=owner.organization)
    VoucherFactory(customer=owner.organization, label=voucher.number)

    assert len(rows_of(show(owner, q=voucher.number.lower()))) == 2
    assert rows_of(show(owner, q=voucher.number[:10]))[-1] == voucher


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("state", "nonsense", "Select a valid choice. nonsense is not one of"),
        ("what", "no-such-type", "Select a valid choice. no-such-type is not"),
        ("country", "ZZ", "Select a valid choice. ZZ is not one of"),
        ("created_from", "31.12.2026", "Enter a valid date."),
        ("last_until", "2026-02-30", "Enter a valid date."),
        ("suspended", "perhaps", "Select a valid choice. perhaps is not"),
        ("q", "x" * 81, "Ensure this value has at most 80 characters"),
    ],
)
def test_a_wrong_value_is_said_beside_its_field_and_loses_nothing_typed(
    show, owner, field, value, sentence
):
    VoucherFactory(customer=owner.organization, label="Kept")
    # By a field of another kind than the wrong one.
    other, typed = ("q", "kept") if field != "q" else ("country", "DE")

    response = show(owner, **{field: value, other: typed})

    # Never more than was asked for.
    assert rows_of(response) == []
    assert response.context["filters"].form[other].value() == typed
    assert response.text.count(escape(sentence)) == 2  # in the summary, and there
    assert f'name="{field}"' in response.text


def test_days_in_the_wrong_order_are_said_beside_the_last_one(show, owner):
    VoucherFactory(customer=owner.organization)

    response = show(owner, last_from="2026-05-02", last_until="2026-05-01")

    assert "This day lies before the first one." in response.text
    assert rows_of(response) == []


@pytest.mark.parametrize(
    "name", ["sort", "ordering", "state__in", "customer", "x" * 99]
)
def test_a_made_up_name_is_said_and_shows_nothing(show, owner, name):
    VoucherFactory(customer=owner.organization)

    for page in ("index", "entitlement"):
        response = show(owner, page, **{name: "1"})

        assert f"This list has no filter “{name[:39]}" in response.text
        assert response.context["page"].rows == []


@pytest.mark.parametrize(
    "place",
    [
        {"newer": "2020-01-01T00:00:00Z~1"},
        {"older": "2999-01-01T00:00:00Z~1"},
        {"more": "1"},
    ],
)
def test_the_place_in_a_list_is_no_made_up_name(show, owner, place):
    voucher = VoucherFactory(customer=owner.organization)

    assert rows_of(show(owner, **place)) == [voucher]


@pytest.mark.parametrize("name", ["newer", "older"])
def test_a_place_that_the_list_has_not_given_out_is_not_found(show, owner, name):
    assert show(owner, **{name: "1"}).status_code == 404


@pytest.mark.parametrize("page", ["csv", "xlsx", "ledger_csv", "ledger_xlsx"])
@pytest.mark.parametrize("query", [{"created_from": "31.12."}, {"no": "such"}])
def test_a_filter_that_makes_no_sense_exports_nothing_and_says_so(
    as_person, owner, page, query
):
    VoucherFactory(customer=owner.organization)
    url = reverse(f"vouchers:{page}", args=[owner.organization.slug])

    response = as_person(owner.person).get(url, query, follow=True)

    assert "Nothing was exported: a filter makes no sense." in response.text
    assert "There is a problem" in response.text
    assert response.context["page"].rows == []


def test_the_address_keeps_all_filters_on_the_way_to_older_pages(show, owner):
    agreement = CustomerAgreementFactory(customer=owner.organization, days=1000)
    VoucherFactory.create_batch(51, agreement=agreement)

    page = show(owner, state=["created", "paid"], country="DE").context["page"]

    assert "state=created&state=paid&country=DE&older=" in page.older_url


def test_the_panel_opens_on_demand_and_stays_open_while_it_narrows(show, owner):
    VoucherFactory(customer=owner.organization)

    assert 'name="country"' not in show(owner, state="created").text
    assert 'name="country"' in show(owner, more="1").text
    assert 'name="country"' in show(owner, last_from=day_after_tomorrow()).text


def day_after_tomorrow():
    return clock.in_days(2).isoformat()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_narrow_list_costs_the_same_for_any_number_of_rows(
    as_person, owner, rows, same_statements
):
    VoucherFactory.create_batch(rows, customer=owner.organization)
    narrow = {"state": "created", "country": "DE", "person": ""}
    client, page = as_person(owner.person), f"/o/{owner.organization.slug}/vouchers/"
    client.get(page, narrow)

    # One more than without the panel: the catalogue.
    with same_statements():
        response = client.get(page, narrow)
    assert len(rows_of(response)) == rows


def test_the_ledger_narrows_by_kind_agreement_and_days(show, owner):
    one, other = (
        VoucherFactory(customer=owner.organization, cancelled=True) for _each in "ab"
    )

    def found(**query):
        entries = show(owner, "entitlement", **query).context["page"].rows
        return {(entry.kind, entry.voucher) for entry in entries}

    assert found(kind="returned") == {("returned", one), ("returned", other)}
    assert found(agreement=one.agreement.licensing_id, kind="held") == {("held", one)}
    assert found(created_from=day_after_tomorrow()) == set()


def test_a_foreign_agreement_cannot_be_asked_for(show, owner):
    VoucherFactory(customer=owner.organization)
    foreign = CustomerAgreementFactory()

    response = show(owner, "entitlement", agreement=foreign.licensing_id)

    assert "Select a valid choice." in response.text
    assert response.context["page"].rows == []


def test_one_licensing_id_in_two_programs_is_named_with_its_program(show, owner):
    first, second = (
        CustomerAgreementFactory(
            customer=owner.organization, licensing_id="V6612480", days=days
        )
        for days in (7, 9)
    )

    def days_of(**query):
        entries = show(owner, "entitlement", **query).context["page"].rows
        return [entry.days for entry in entries]

    form = show(owner, "entitlement").context["filters"].form
    words = [label for _value, label in form.fields["agreement"].choices]
    assert words[1:] == [
        f"V6612480 ({first.program.code})",
        f"V6612480 ({second.program.code})",
    ]
    # A list that was saved while there was one still means it.
    assert days_of(agreement="V6612480") == [7]
    assert days_of(agreement=f"V6612480:{second.program.code}") == [9]
    labels = [each.in_full for each in (first, second)]
    created = show(owner, "create").context["form"].fields["agreement"].choices
    assert all(any(label in str(choice[1]) for choice in created) for label in labels)
