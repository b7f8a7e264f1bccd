"""Every rule says the same in its days, in its finding and in its steps."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.eligibility import engine
from enrollment.eligibility.days import ALWAYS
from enrollment.eligibility.rule import Demand
from enrollment.eligibility.rules.enrollments import PartnerNotSuspended
from tests.enrollment.worlds import DAYS, days, worlds

RULES = [*engine.RULES, PartnerNotSuspended()]
EVEN_SLOW = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def demands(draw):
    """Draw facts and what is asked, by all qualifications or by one alone."""
    facts, engagement_type = draw(worlds())
    asked = Demand.of(engagement_type, draw(st.sampled_from(["", "DE"])))
    narrowed = [asked.by_one(each) for each in asked.qualifications]
    return facts, draw(st.sampled_from([asked, *narrowed]))


def days_finding_and_steps_of_a_rule_never_contradict_each_other(demand, day):
    for rule in RULES:
        held = [day for day in DAYS if rule.finding(*demand, day).holds]
        known = rule.days(*demand)

        assert [day for day in DAYS if day in known] == held, rule.code
        done = [day for day in DAYS if not list(rule.steps(*demand, day))]
        assert done == held, rule.code


def a_rule_that_is_not_worth_a_word_holds_on_every_day(demand, day):
    quiet = [rule for rule in RULES if not rule.applies(*demand)]

    assert [rule.code for rule in quiet if rule.days(*demand) != ALWAYS] == []


def the_finding_of_a_rule_bears_its_code_and_its_title(demand, day):
    findings = [(rule, rule.finding(*demand, day)) for rule in RULES]

    assert [(f.code, f.rule) for _rule, f in findings] == [
        (rule.code, rule.title) for rule, _finding in findings
    ]


@EVEN_SLOW
@given(demands(), days)
def test_a_rule_never_contradicts_itself(demand, day):
    for holds in (
        days_finding_and_steps_of_a_rule_never_contradict_each_other,
        a_rule_that_is_not_worth_a_word_holds_on_every_day,
        the_finding_of_a_rule_bears_its_code_and_its_title,
    ):
        holds(demand, day)


def test_every_rule_has_a_code_of_its_own():
    assert len({rule.code for rule in RULES}) == len(RULES)
