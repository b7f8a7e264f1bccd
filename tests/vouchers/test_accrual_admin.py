"""The tables of accrual and conversion: shipped once, kept by program managers."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from enrollment.models import Program
from portal import clock
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import (
    ConversionFactory,
    ConversionRuleFactory,
    CustomerAgreementFactory,
    DayScaleFactory,
    LicensedProductFactory,
    PurchaseFactory,
)
from tests.vouchers.actions import accounts, recorded
from vouchers.models import ConversionRule, DayScale, LicensedProduct, PointRule
from vouchers.services import accrual

pytestmark = pytest.mark.django_db
TABLES = ["licensedproduct", "dayscale", "conversionrule"]


@pytest.fixture
def at_desk(as_person):
    def sit_down(*duties):
        person = staff_actor(*duties).person
        give_second_factor(person)
        return as_person(person)

    return sit_down


@pytest.fixture
def desk(at_desk):
    return at_desk(Duty.PROGRAM_MANAGER)


def address(model, page, *args):
    return reverse(f"admin:vouchers_{model}_{page}", args=args)


def test_the_shipped_tables_say_that_they_are_demo(catalogue):
    call_command("load_accrual")

    assert PointRule.objects.filter(is_demo=True).count() == 4
    assert not DayScale.objects.filter(is_demo=False).exists()


def test_loading_twice_adds_nothing_and_real_tables_stay_alone(catalogue):
    program = Program.objects.get(code="SADPS")
    real = DayScaleFactory(program=program)

    for _time in "12":
        call_command("load_accrual")

    assert list(DayScale.objects.all()) == [real]
    assert not LicensedProduct.objects.exists()


def test_the_shipped_file_rises_from_step_to_step():
    steps = [
        float(each["min_points"])
        for each in json.loads(accrual.FILE.read_text())["scale"]
    ]

    assert steps == sorted(steps)


def test_the_shipped_terms_of_the_benefit_say_that_they_are_demo(catalogue):
    assert "Demo text" in Program.objects.get().benefit_terms


def test_an_installation_keeps_its_terms_and_an_empty_text_is_filled_in(catalogue):
    Program.objects.update(benefit_terms="Ours")
    call_command("load_catalogue")
    assert Program.objects.get().benefit_terms == "Ours"

    Program.objects.update(benefit_terms="")
    call_command("load_catalogue")
    assert "Demo text" in Program.objects.get().benefit_terms


@pytest.mark.parametrize("model", TABLES)
def test_only_program_managers_change_the_tables(at_desk, model):
    assert at_desk(Duty.AUDITOR).get(address(model, "add")).status_code == 403
    assert at_desk(Duty.PROGRAM_MANAGER).get(address(model, "add")).status_code == 200


def test_every_list_and_record_opens(at_desk):
    desk = at_desk(Duty.AUDITOR)
    rows = {
        "licensedproduct": LicensedProductFactory(),
        "dayscale": DayScaleFactory(),
        "conversionrule": ConversionRuleFactory(),
        "purchase": PurchaseFactory(),
        "conversion": ConversionFactory(),
    }

    for model, row in rows.items():
        assert desk.get(address(model, "changelist")).status_code == 200
        assert desk.get(address(model, "change", row.pk)).status_code == 200


def test_the_page_of_a_purchase_shows_the_sponsor_how_it_was_counted(desk):
    text = desk.get(address("purchase", "change", PurchaseFactory().pk)).text

    assert "2 years: 15 × 2/3 = 10" in text


def test_a_manager_adds_a_product_with_a_dated_rule_and_it_is_recorded(desk):
    desk.post(
        address("licensedproduct", "add"),
        {
            "program": ProgramFactory().pk,
            "code": "visio",
            "name": "Visio",
            "point_rules-TOTAL_FORMS": 1,
            "point_rules-INITIAL_FORMS": 0,
            "point_rules-0-points_per_licence": "1.5",
            "point_rules-0-valid_from": "2026-01-01",
        },
    )

    assert PointRule.objects.get().product.code == "visio"
    assert recorded() == ["catalogue.added", "catalogue.added"]


def rule_words(rule, **others):
    return {
        "source": rule.source_id,
        "target": rule.target_id,
        "source_days": 2,
        "target_days": 1,
        "valid_from": clock.in_days(400).isoformat(),
        "valid_until": "",
        **others,
    }


def test_a_rule_that_follows_another_is_added(desk):
    rule = ConversionRuleFactory()

    desk.post(address("conversionrule", "add"), rule_words(rule))

    assert ConversionRule.objects.count() == 2


@pytest.mark.parametrize(
    ("others", "field", "sentence"),
    [
        ({"valid_from": ""}, "valid_from", "Another row says the same"),
        ({"valid_until": "2020-01-01"}, "valid_until", "before the first"),
        ({"source_days": 0}, "source_days", "Give at least one day on each side."),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_beside_the_field(
    desk, others, field, sentence
):
    rule = ConversionRuleFactory()

    response = desk.post(address("conversionrule", "add"), rule_words(rule, **others))

    assert sentence in str(response.context["adminform"].form.errors[field])
    assert ConversionRule.objects.count() == 1


def press(desk, row, action, **typed):
    page = address(row._meta.model_name, "changelist")
    fields = {"action": action, "_selected_action": [row.pk], **typed}
    return desk.post(page, fields, follow=True)


def test_a_manager_adjusts_lengthens_and_ends_an_agreement(desk):
    pool = CustomerAgreementFactory()

    press(desk, pool, "adjust", days=-5, reason="Order 7", carry_out=1)
    later = clock.in_days(500).isoformat()
    press(desk, pool, "renew_agreement", ends_on=later, carry_out=1)
    day = clock.in_days(5).isoformat()
    press(desk, pool, "end_agreement", last_day=day, reason="Left.", carry_out=1)

    assert accounts(pool)[0] == 45
    pool.refresh_from_db()
    assert (pool.ends_on, pool.ended_on) == (clock.in_days(500), clock.in_days(5))
    assert recorded() == [
        "entitlement.adjusted",
        "entitlement.renewed",
        "entitlement.ended",
    ]


def test_an_adjustment_below_zero_is_told_in_words(desk):
    pool = CustomerAgreementFactory()

    told = press(desk, pool, "adjust", days=-51, reason="x", carry_out=1)

    assert "The pool has 50 free days" in told.text
    assert accounts(pool)[0] == 50
