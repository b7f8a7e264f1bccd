"""The customer's pages of days: the pool, its sentences, terms, contacts, figures."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock
from portal.roles import Role
from tests.factories.portal import actor_of
from tests.factories.vouchers import (
    ConversionRuleFactory,
    CustomerAgreementFactory,
    VoucherFactory,
    conversion_from,
    purchase_under,
)
from vouchers.models import Balance, Conversion, CustomerAgreement, LedgerEntry
from vouchers.models.ledger import EntryType
from vouchers.presentation import ledger as ledger_presentation
from vouchers.services import agreements
from vouchers.services import ledger as ledger_services
from vouchers.services.agreements import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(
        inactive=True, program__benefit_terms="Use it well.\n\nAll of it."
    )


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def desk(as_person, owner):
    return as_person(owner.person)


def address(name, actor, *args):
    return reverse(f"vouchers:{name}", args=[actor.organization.slug, *args])


@pytest.fixture
def page(desk, owner, agreement):
    """Return the address of the activation, and what a person would type there."""
    url = address("activate", owner, agreement.pk)
    form = desk.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    return url, {**typed, "accepts": "on"}


def test_the_page_shows_the_terms_and_the_person_as_contact(desk, page, owner):
    url, typed = page

    assert "Use it well." in desk.get(url).text
    assert typed["benefit_name"] == owner.person.name
    assert typed["benefit_email"] == owner.person.email


def test_looking_at_the_page_activates_nothing(desk, page):
    desk.get(page[0])

    assert CustomerAgreement.objects.get().activated_at is None


def test_accepting_activates_and_leads_to_the_pool(desk, page, agreement):
    url, typed = page

    response = desk.post(url, {**typed, "benefit_phone": "+49 40 123456"})

    assert response.url.endswith(f"#agreement-{agreement.pk}")
    held = CustomerAgreement.objects.get()
    assert held.accepted_terms == "Use it well.\n\nAll of it."
    assert agreements.contacts_of(held)["benefit"].phone == "+49 40 123456"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("accepts", "", ("accepts", "Accept the terms")),
        ("benefit_name", "", ("benefit_name", "required")),
        ("benefit_name", "Win http://x", ("benefit_name", "without a link")),
        ("benefit_email", "nobody", ("benefit_email", "valid email")),
        ("benefit_phone", "call me", ("benefit_phone", "digits")),
        ("benefit_phone", "1", ("benefit_phone", "digits")),
        ("notices_phone", "+49 40 12", ("notices_name", "leave this contact out")),
        ("notices_name", "Noa", ("notices_email", "leave this contact out")),
        ("terms", "0" * 64, ("accepts", "Read them again")),
    ],
)
def test_a_mistake_stands_beside_its_field_and_what_was_typed_is_kept(
    desk, page, field, value, told
):
    url, typed = page
    beside, sentence = told
    typed = {**typed, "notices_phone": "", "benefit_phone": "", field: value}

    response = desk.post(url, typed)

    form = response.context["form"]
    assert sentence in str(form.errors[beside])
    assert form["benefit_email"].value() == typed["benefit_email"]
    assert CustomerAgreement.objects.get().activated_at is None


def test_a_program_without_terms_asks_for_none(desk, owner):
    other = CustomerAgreementFactory(customer=owner.organization, inactive=True)
    url = address("activate", owner, other.pk)
    form = desk.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}

    desk.post(url, typed)

    held = CustomerAgreement.objects.get(pk=other.pk)
    assert held.activated_at is not None
    assert held.accepted_terms == ""


def test_the_contacts_are_shown_and_changed_later(desk, page, owner, agreement):
    url, typed = page
    desk.post(url, typed)
    contacts = address("contacts", owner, agreement.pk)
    shown = desk.get(contacts).context["form"]
    assert shown["benefit_email"].value() == owner.person.email

    words = {"benefit_name": "Noa", "benefit_email": "noa@riverside.example"}
    desk.post(contacts, words)

    assert agreements.contacts_of(agreement) == {
        "benefit": Contact("Noa", "noa@riverside.example")
    }


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"starts_on": clock.in_days(2)}, "Not started"),
        ({}, "Active"),
        ({"ended_on": clock.in_days(-1)}, "Ended"),
        ({"ended_on": clock.in_days(-1)}, "ended early, instead of"),
    ],
)
def test_the_pool_page_says_where_an_agreement_stands(as_person, fields, word):
    agreement = CustomerAgreementFactory(**fields)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)

    response = as_person(owner.person).get(address("entitlement", owner))

    assert word in response.text


def entries_of_every_kind():
    """Return one entry of each kind, with the word that its sentence must hold."""
    voucher = VoucherFactory()
    agreement = voucher.agreement
    purchase_under(agreement)
    for kind in [
        EntryType.CONSUMED,
        EntryType.REVERSED,
        EntryType.CONSUMED,
        EntryType.PAID,
    ]:
        ledger_services.move_days(kind, voucher)
    lost, back = VoucherFactory.create_batch(2, agreement=agreement, days=1)
    ledger_services.move_days(EntryType.LOST, lost)
    ledger_services.move_days(EntryType.RETURNED, back)
    conversion_from(agreement)
    LedgerEntry.objects.bulk_create(
        [
            ledger_services.entry(EntryType.RAISED, agreement, 2, note="A gift."),
            ledger_services.entry(EntryType.LOWERED, agreement, 1, note="A mistake."),
            ledger_services.entry(EntryType.EXPIRED, agreement, 3),
        ]
    )
    return agreement


SAID = {
    EntryType.GRANTED: "10 days were granted for order PO-1.",
    EntryType.HELD: "1 day left the pool for voucher ",
    EntryType.RETURNED: "1 day came back to the pool from voucher ",
    EntryType.CONSUMED: "5 days were delivered under voucher ",
    EntryType.REVERSED: "The delivery of 5 days was reversed; voucher ",
    EntryType.PAID: "The sponsor paid for 5 days of voucher ",
    EntryType.LOST: "1 day was lost: voucher ",
    EntryType.EXPIRED: "3 free days expired: agreement ",
    EntryType.RAISED: "The sponsor added 2 days to agreement ",
    EntryType.LOWERED: "The sponsor took 1 free day off agreement ",
    EntryType.CONVERTED: "2 days were converted to 1 of “",
    EntryType.RECEIVED: "1 day came for 2 of “",
}


@pytest.mark.parametrize("kind", EntryType)
def test_every_kind_of_entry_explains_itself_with_a_link(as_person, kind):
    agreement = entries_of_every_kind()
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    last = LedgerEntry.objects.with_causes().filter(kind=kind).latest("pk")

    said = ledger_presentation.linked_sentence_of(last, agreement.customer)

    assert str(said).startswith(SAID[kind])
    assert str(said) == ledger_presentation.sentence_of(last)
    assert as_person(owner.person).get(said.url).status_code == 200


def test_days_that_the_wipe_took_say_so():
    agreement = CustomerAgreementFactory(program__pool_wipe_on=clock.today())
    ledger_services.expire_free_days()

    last = agreement.entries.with_causes().latest("pk")

    assert "the program took all free days off on" in ledger_presentation.sentence_of(
        last
    )


def test_a_grant_by_hand_says_what_for():
    first = CustomerAgreementFactory().entries.with_causes().get()

    assert ledger_presentation.sentence_of(first).endswith(": Opening balance")


def test_the_ledger_takes_as_many_queries_for_three_of_each(as_person):
    agreement = entries_of_every_kind()
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    desk, pool = as_person(owner.person), address("entitlement", owner)
    desk.get(pool)
    with CaptureQueriesContext(connection) as few:
        desk.get(pool)
    VoucherFactory.create_batch(3, agreement=agreement, days=1)
    CustomerAgreementFactory.create_batch(2, customer=agreement.customer)

    with CaptureQueriesContext(connection) as many:
        desk.get(pool)

    assert len(many) == len(few)


def test_the_page_of_a_purchase_shows_each_step_of_the_count(as_person):
    agreement = CustomerAgreementFactory(days=0)
    purchase = purchase_under(agreement)
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)

    text = as_person(owner.person).get(purchase.url_for(agreement.customer)).text

    assert "2 years: 15 × 2/3 = 10" in text
    assert "From 100 points on: 15 days for three years" in text


@pytest.fixture
def exchange():
    """Return what a person would type to convert days of one pool to another."""
    rule = ConversionRuleFactory()
    source = CustomerAgreementFactory(program=rule.source)
    target = CustomerAgreementFactory(
        program=rule.target, customer=source.customer, days=0
    )
    return {"source": source.pk, "target": target.pk, "days": 20}


@pytest.fixture
def converter(exchange):
    customer = CustomerAgreement.objects.get(pk=exchange["source"]).customer
    return actor_of(customer, Role.BENEFIT_ADMIN)


def test_the_preview_shows_what_would_come_and_moves_nothing(
    as_person, converter, exchange
):
    desk = as_person(converter.person)

    response = desk.get(address("convert", converter), exchange)

    assert response.context["received"] == 10
    assert "10 days come to agreement" in response.text
    assert not Conversion.objects.exists()


def test_the_preview_sent_twice_converts_once(as_person, converter, exchange):
    desk = as_person(converter.person)
    url = address("convert", converter)
    ticket = desk.get(url, exchange).context["ticket"]

    first, second = (desk.post(url, {**exchange, "ticket": ticket}) for _ in "12")

    assert first.url == second.url
    assert Balance.objects.get(agreement=exchange["target"]).free == 10


def test_an_action_without_a_preview_is_refused(as_person, converter, exchange):
    response = as_person(converter.person).post(address("convert", converter), exchange)

    assert "Open the form again." in response.text
    assert not Conversion.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "19", "52", "x", "9" * 30])
def test_an_amount_that_does_not_fit_stands_beside_the_field(
    as_person, converter, exchange, days
):
    desk = as_person(converter.person)

    response = desk.get(address("convert", converter), {**exchange, "days": days})

    assert response.context["form"].errors["days"]
    assert response.context["received"] == 0


def test_foreign_agreements_are_no_choice(as_person, converter, exchange):
    foreign = CustomerAgreementFactory()
    desk = as_person(converter.person)

    response = desk.get(
        address("convert", converter), {**exchange, "target": foreign.pk}
    )

    assert response.context["form"].errors["target"]


def test_without_a_rule_the_page_says_what_a_conversion_needs(
    as_person, converter, exchange
):
    swapped = {**exchange, "source": exchange["target"], "target": exchange["source"]}

    response = as_person(converter.person).get(address("convert", converter), swapped)

    assert "There is no such rule." in response.text
