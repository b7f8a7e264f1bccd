"""Pages of both sides: what is seen, what a button does, and at what cost."""

import pytest
from django.urls import reverse

from portal.models import AuditEntry
from portal.roles import Role
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from vouchers.models import State, Voucher
from vouchers.models.queries import VoucherRow

pytestmark = pytest.mark.django_db


def url(page, actor, *args):
    return reverse(f"vouchers:{page}", args=[actor.organization.slug, *args])


@pytest.fixture
def owner(customer):
    return actor_of(customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def lead(partner):
    return actor_of(partner, Role.DELIVERY_LEAD)


def rows_of(response):
    return [
        Voucher.objects.get(pk=row.pk) if isinstance(row, VoucherRow) else row
        for row in response.context["page"].rows
    ]


def test_a_customer_lists_its_own_vouchers_the_latest_first(as_person, owner):
    first, second = VoucherFactory.create_batch(2, customer=owner.organization)
    VoucherFactory()

    response = as_person(owner.person).get(url("index", owner))

    assert rows_of(response) == [second, first]
    assert second.number in response.text


def test_a_project_manager_lists_the_vouchers_given_to_that_person(as_person, owner):
    ours = VoucherFactory(assigned=True, customer=owner.organization)
    VoucherFactory(assigned=True, customer=owner.organization)
    manager = ours.project_manager

    response = as_person(manager).get(url("index", owner))

    assert rows_of(response) == [ours]


def test_a_partner_lists_the_vouchers_that_name_it(as_person, lead):
    ours = VoucherFactory(assigned=True, partner=lead.organization)
    VoucherFactory(assigned=True)
    VoucherFactory(reserved=True)

    response = as_person(lead.person).get(url("index", lead))

    assert rows_of(response) == [ours]
    assert ours.customer.name in response.text


def test_the_list_narrows_by_state_number_and_label(as_person, owner):
    red = VoucherFactory(customer=owner.organization, label="Red")
    done = VoucherFactory(customer=owner.organization, cancelled=True, label="Blue")
    client = as_person(owner.person)

    def found(**query):
        return rows_of(client.get(url("index", owner), query))

    assert found(state="cancelled") == [done]
    assert found(q="bLU") == [done]
    assert found(q=red.number.lower().replace("-", " ")) == [red]
    assert found(q=done.number[:8]) == [done]
    assert found(state="nonsense") == []
    assert found(q="nothing like it") == []


def test_an_empty_list_tells_the_next_step(as_person, owner):
    response = as_person(owner.person).get(url("index", owner))

    assert "Create one from the days of your entitlement." in response.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_rows(
    as_person, owner, rows, same_statements
):
    VoucherFactory.create_batch(rows, reserved=True, customer=owner.organization)
    client = as_person(owner.person)
    client.get(url("index", owner))

    with same_statements():
        client.get(url("index", owner))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_entitlement_costs_the_same_for_any_number_of_rows(
    as_person, owner, rows, same_statements
):
    VoucherFactory.create_batch(rows, customer=owner.organization)
    client = as_person(owner.person)
    client.get(url("entitlement", owner))

    with same_statements():
        client.get(url("entitlement", owner))


def test_both_parties_read_the_voucher_and_what_comes_next(as_person, lead):
    voucher = VoucherFactory(reserved=True, partner=lead.organization)
    owner = owner_of(voucher)

    for party in (lead, owner):
        response = as_person(party.person).get(url("detail", party, voucher.number))

        assert "The partner delivers, files the report" in response.text
        assert str(voucher.reservations.get().location) in response.text


def test_a_stranger_finds_no_voucher(as_person, lead, owner):
    voucher = VoucherFactory(reserved=True)

    for stranger in (lead, owner):
        page = url("detail", stranger, voucher.number)
        response = as_person(stranger.person).get(page)

        assert response.status_code == 404
        assert voucher.customer.name not in response.text


def test_a_page_shows_what_may_be_done_and_why_the_rest_may_not(as_person):
    voucher = VoucherFactory(assigned=True)
    owner = owner_of(voucher)

    open_ = as_person(owner.person).get(url("detail", owner, voucher.number))
    assert url("recall", owner, voucher.number) in open_.text

    voucher = VoucherFactory(paid=True, customer=owner.organization)
    closed = as_person(owner.person).get(url("detail", owner, voucher.number))
    assert url("recall", owner, voucher.number) not in closed.text
    assert "This cannot be done while the voucher is paid." in closed.text


def test_the_entitlement_shows_pool_and_ledger_in_words(as_person):
    voucher = VoucherFactory(redeemed=True)
    owner = owner_of(voucher)

    response = as_person(owner.person).get(url("entitlement", owner))

    assert "Free: 45, Held by vouchers: 0, Delivered: 5" in response.text
    assert [entry.kind for entry in rows_of(response)] == [
        "consumed",
        "held",
        "granted",
    ]
    assert url("detail", owner, voucher.number) in response.text


def test_a_project_manager_reads_only_entries_of_own_vouchers(as_person, owner):
    ours, _theirs = VoucherFactory.create_batch(
        2, assigned=True, customer=owner.organization
    )

    response = as_person(ours.project_manager).get(url("entitlement", owner))

    assert [entry.voucher for entry in rows_of(response)] == [ours]


def test_the_activate_button_stands_only_where_it_works(as_person, owner):
    agreement = CustomerAgreementFactory(customer=owner.organization, inactive=True)
    client = as_person(owner.person)
    button = url("activate", owner, agreement.pk)
    assert button in client.get(url("entitlement", owner)).text
    words = dict.fromkeys(("benefit_name", "benefit_email"), owner.person.email)
    typed = {**words, "terms": client.get(button).context["form"]["terms"].value()}

    response = client.post(button, typed, follow=True)

    assert "The benefit is active." in response.text
    assert button not in response.text
    again = client.post(button, typed, follow=True)
    assert "The benefit of this agreement is active since" in again.text
    assert AuditEntry.objects.filter(verb="entitlement.activated").count() == 1


def test_a_foreign_agreement_is_not_activated(as_person, owner):
    foreign = CustomerAgreementFactory(inactive=True)

    response = as_person(owner.person).post(url("activate", owner, foreign.pk))

    assert response.status_code == 404
    foreign.refresh_from_db()
    assert foreign.activated_at is None


@pytest.mark.parametrize(
    ("page", "state", "end"),
    [("recall", "assigned", State.CREATED), ("cancel", "assigned", State.CANCELLED)],
)
def test_a_customer_confirms_before_it_takes_a_voucher_back(
    as_person, page, state, end
):
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())
    owner = owner_of(voucher)
    client = as_person(owner.person)
    address = url(page, owner, voucher.number)

    asked = client.get(address)
    assert asked.status_code == 200
    assert Voucher.objects.get().state == state

    client.post(address)
    assert Voucher.objects.get().state == end

    twice = client.post(address, follow=True)
    assert "This cannot be done while the voucher is" in twice.text


@pytest.mark.parametrize("page", ["assign", "recall", "cancel"])
def test_a_page_for_what_cannot_be_done_says_why(as_person, page):
    voucher = VoucherFactory(reserved=True)
    owner = owner_of(voucher)

    response = as_person(owner.person).get(url(page, owner, voucher.number))

    assert "This cannot be done while the voucher is reserved." in response.text
    assert '<button type="submit" class="btn btn-primary">' not in response.text
