"""Days of one program that become days of another, once, by the rule of the day."""

from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from portal import clock
from portal.findings import Refused
from portal.roles import Role
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import ConversionRuleFactory, CustomerAgreementFactory
from tests.vouchers.actions import acting, recorded
from vouchers.models import Balance, Conversion, ConversionRule, LedgerEntry
from vouchers.models.ledger import EntryType
from vouchers.services import conversions, ledger
from vouchers.services.conversions import Exchange

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule():
    return ConversionRuleFactory()


@pytest.fixture
def source(rule):
    return CustomerAgreementFactory(program=rule.source)


@pytest.fixture
def target(rule, source):
    return CustomerAgreementFactory(
        program=rule.target, customer=source.customer, days=0
    )


@pytest.fixture
def owner(source):
    return actor_of(source.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def exchange(source, target):
    return Exchange(source, target, 20, uuid4())


def convert(exchange, by):
    with acting(by):
        return conversions.convert(exchange, by=by)


def pools(exchange):
    """Return what lies free, and what was converted, at both ends."""
    source, target = (
        Balance.objects.get(agreement=each)
        for each in (exchange.source, exchange.target)
    )
    return (source.free, source.converted, target.free)


def test_days_leave_one_pool_and_come_to_the_other(exchange, owner):
    made = convert(exchange, owner)

    assert pools(exchange) == (30, 20, 10)
    assert [each.kind for each in made.entries.order_by("pk")] == [
        EntryType.CONVERTED,
        EntryType.RECEIVED,
    ]
    assert recorded() == ["entitlement.converted"] * 2


def test_a_form_sent_twice_converts_once(exchange, owner):
    assert convert(exchange, owner) == convert(exchange, owner)

    assert pools(exchange) == (30, 20, 10)
    assert len(recorded()) == 2


def test_a_ticket_is_good_for_one_action(exchange, owner):
    convert(exchange, owner)

    with pytest.raises(Refused, match="used already"):
        convert(replace(exchange, days=10), owner)

    assert pools(exchange) == (30, 20, 10)


def test_a_ticket_of_somebody_else_shows_and_does_nothing(exchange, owner, rule):
    convert(exchange, owner)
    stranger = CustomerAgreementFactory(program=rule.source)
    other = CustomerAgreementFactory(program=rule.target, customer=stranger.customer)
    rival = actor_of(stranger.customer, Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="used already"):
        convert(Exchange(stranger, other, 20, exchange.ticket), rival)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "at least one day"),
        (-2, "at least one day"),
        (52, "has 50 free days"),
        (19, "steps of 2. The nearest: 18 / 20"),
        (1, "steps of 2. The nearest: 2"),
    ],
)
def test_an_amount_that_does_not_fit_says_what_would(exchange, owner, days, sentence):
    with pytest.raises(Refused, match=sentence):
        convert(replace(exchange, days=days), owner)

    assert pools(exchange) == (50, 0, 0)
    assert recorded() == []


def findings(exchange):
    return conversions.check_conversion(exchange.source, exchange.target)


def test_a_rule_in_force_says_from_when_until_when(exchange, rule):
    finding = findings(exchange)[-1]

    assert finding.holds
    assert (finding.since, finding.until) == (rule.valid_from, rule.valid_until)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (-20, -1, "The last rule ended on"),
        (1, 20, "The next rule begins on"),
    ],
)
def test_without_a_rule_in_force_the_findings_say_when_one_was(
    exchange, owner, first, last, sentence
):
    ConversionRule.objects.update(
        valid_from=clock.in_days(first), valid_until=clock.in_days(last)
    )

    with pytest.raises(Refused) as refusal:
        convert(exchange, owner)

    assert sentence in str(refusal.value.findings[-1])
    assert pools(exchange) == (50, 0, 0)


def test_without_any_rule_the_findings_say_so(exchange, owner):
    ConversionRule.objects.all().delete()

    with pytest.raises(Refused) as refusal:
        convert(exchange, owner)

    assert "There is no such rule." in str(refusal.value.findings[-1])


def test_a_rule_goes_one_way(exchange, owner):
    back = Exchange(exchange.target, exchange.source, 2, uuid4())

    with pytest.raises(Refused, match="cannot be converted"):
        convert(back, owner)


@pytest.mark.parametrize(
    ("end", "fields"),
    [
        ("source", {"ended_on": clock.in_days(-1)}),
        ("target", {"ended_on": clock.in_days(-1)}),
        ("target", {"activated_at": None}),
        ("target", {"starts_on": clock.in_days(5)}),
    ],
)
def test_both_agreements_must_be_active(exchange, owner, end, fields):
    agreement = getattr(exchange, end)
    for name, value in fields.items():
        setattr(agreement, name, value)
    agreement.save()

    with pytest.raises(Refused, match="cannot be converted"):
        convert(exchange, owner)

    assert pools(exchange) == (50, 0, 0)


def test_a_program_that_took_its_days_off_takes_none(exchange, owner, rule):
    rule.target.pool_wipe_on = clock.today()
    rule.target.save()

    with pytest.raises(Refused, match="cannot be converted"):
        convert(exchange, owner)


def test_a_project_manager_converts_nothing(exchange):
    person = actor_of(exchange.source.customer, Role.PROJECT_MANAGER)

    with pytest.raises(Refused, match="Benefit admin"):
        convert(exchange, person)


def test_the_database_holds_one_rule_a_day(rule):
    with pytest.raises(IntegrityError, match="once_at_a_time"):
        ConversionRuleFactory(
            source=rule.source, target=rule.target, valid_from=clock.today()
        )


@pytest.mark.parametrize("kind", [EntryType.CONVERTED, EntryType.RECEIVED])
def test_a_customer_cannot_write_its_own_conversion_in_raw_sql(exchange, owner, kind):
    made = convert(exchange, owner)

    forged = ledger.entry(kind, exchange.target, 1, conversion=made)

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_for(owner.organization_id, person=owner.person_id),
    ):
        LedgerEntry.objects.bulk_create([forged])


def test_a_conversion_stays_among_one_customers_agreements(exchange, rule, owner):
    foreign = CustomerAgreementFactory(program=rule.target)

    Conversion.objects.create(
        customer=exchange.source.customer,
        source=exchange.source,
        target=foreign,
        rule=rule,
        source_days=2,
        target_days=1,
        ticket=uuid4(),
        converted_by=owner.person,
    )

    with pytest.raises(IntegrityError, match="conversion_target_customer_tied"):
        connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_convert_once_and_both_ways_do_not_block_each_other():
    rule = ConversionRuleFactory(source_days=1)
    back = ConversionRuleFactory(
        source=rule.target, target=rule.source, source_days=1, target_days=1
    )
    first = CustomerAgreementFactory(program=rule.source)
    second = CustomerAgreementFactory(program=back.source, customer=first.customer)
    owner = actor_of(first.customer, Role.BENEFIT_ADMIN)
    there = Exchange(first, second, 5, uuid4())
    home = Exchange(second, first, 5, uuid4())

    outcomes = at_once(
        *[partial(convert, there, owner)] * 5, *[partial(convert, home, owner)] * 5
    )

    assert {type(each) for each in outcomes} == {Conversion}
    assert Conversion.objects.count() == 2
    assert pools(there) == (50, 5, 50)


def test_programs_are_told_apart_by_their_rules(source, owner):
    """A rule of two other programs converts nothing here."""
    ConversionRule.objects.update(source=ProgramFactory())
    other = CustomerAgreementFactory(customer=source.customer, days=0)

    with pytest.raises(Refused, match="cannot be converted"):
        convert(Exchange(source, other, 2, uuid4()), owner)
