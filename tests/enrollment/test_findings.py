"""Findings never contradict the decision, whatever the facts are."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.eligibility import engine, way_in
from portal.findings import all_hold
from tests.enrollment.worlds import DAYS, days, worlds

EVEN_SLOW = settings(
    max_examples=160,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
countries = st.sampled_from(["", "DE"])


def may_deliver(facts, engagement_type, day, country=""):
    """Decide straight from the rows, without any rule of the engine."""
    return (
        in_order(
            engagement_type.offering.opens_on, day, engagement_type.offering.closes_on
        )
        and in_order(None, day, engagement_type.offering.reservation_ends_on)
        and bool(competencies(facts, engagement_type, day, "verified"))
        and is_signed(facts, day)
        and (not asked(facts, "domain", day) or bool(facts.domains))
        and all(has_exam(facts, r.exam_id, day) for r in asked(facts, "training", day))
        and (
            not asked(facts, "consultant", day)
            or is_staffed(facts, engagement_type, day)
        )
        and is_enrolled(facts, day)
        and (not country or country in facts.countries)
    )


def in_order(first, day, last):
    return (first is None or first <= day) and (last is None or day <= last)


def asked(facts, kind, day):
    return [
        r
        for r in facts.requirements
        if r.kind == kind and in_order(r.valid_from, day, r.valid_until)
    ]


def named(engagement_type, day):
    return [
        r
        for r in engagement_type.known_qualifications
        if in_order(r.valid_from, day, r.valid_until)
    ]


def competencies(facts, engagement_type, day, state):
    return {
        held.competency_id
        for held in facts.held_competencies
        for rule in named(engagement_type, day)
        if held.state == state
        and held.competency_id == rule.competency_id
        and held.level >= rule.minimum_level
        and held.valid_from
        <= day
        <= held.valid_until + timedelta(days=held.competency.grace_days)
    }


def is_signed(facts, day):
    for signature in facts.signatures.values():
        version = signature.agreement
        newer = [a for a in facts.agreements if a.effective_on > version.effective_on]
        in_time = all(
            day <= a.sign_by if a.sign_by else day < a.effective_on for a in newer
        )
        if max(version.effective_on, signature.signed_at.date()) <= day and in_time:
            return True
    return False


def has_exam(facts, exam, day):
    return any(
        c.exam_id == exam
        and c.state == "verified"
        and in_order(c.passed_on, day, c.valid_until)
        and in_order(c.consultant.since, day, c.consultant.until)
        for c in facts.certificates
    )


def is_staffed(facts, engagement_type, day):
    counting = (
        competencies(facts, engagement_type, day, "verified")
        or competencies(facts, engagement_type, day, "claimed")
        or {rule.competency_id for rule in named(engagement_type, day)}
    )
    exams = [
        {
            r.exam_id
            for r in facts.exam_rules
            if r.competency_id == each and in_order(r.valid_from, day, r.valid_until)
        }
        for each in counting
    ]
    return not exams or any(
        not each or any(has_exam(facts, exam, day) for exam in each) for each in exams
    )


def is_enrolled(facts, day):
    good = [
        e
        for e in facts.enrollments
        if e.state in {"active", "renewal_due", "lapsed"}
        and in_order(e.starts_on, day, e.good_until)
    ]
    latest = max(good, key=lambda e: e.period, default=None)
    return latest is not None and [x.state for x in latest.known_lines] == ["approved"]


def the_findings_all_hold_exactly_when_the_partner_may_deliver(world, day, country):
    decided = [may_deliver(*world, day, country) for day in DAYS]

    assert [
        all_hold(engine.check_facts(*world, day, country)) for day in DAYS
    ] == decided


def the_days_to_deliver_are_those_on_which_the_partner_may(world, day, country):
    known = engine.deliverable_days(*world)

    assert [day in known for day in DAYS] == [may_deliver(*world, d) for d in DAYS]


def a_finding_stays_as_it_is_between_since_and_until_and_no_longer(world, day, country):
    by_day = {each: engine.check_facts(*world, each) for each in DAYS}

    for index, finding in enumerate(by_day[day]):
        alike = [each for each in DAYS if in_order(finding.since, each, finding.until)]
        assert {by_day[each][index].holds for each in alike} == {finding.holds}
        beyond = set(DAYS) - set(alike)
        for next_day in (alike[0] - timedelta(days=1), alike[-1] + timedelta(days=1)):
            if next_day in beyond:
                assert by_day[next_day][index].holds is not finding.holds


def who_may_deliver_may_do_so_from_the_last_since_to_the_first_until(
    world, day, country
):
    findings = engine.check_facts(*world, day)
    decided = all_hold(findings)
    since = max((f.since for f in findings if f.since), default=None)
    until = min((f.until for f in findings if f.until), default=None)

    between = [each for each in DAYS if in_order(since, each, until)]

    assert not decided or all(may_deliver(*world, each) for each in between)


def a_way_in_has_no_step_exactly_when_the_partner_may_deliver(world, day, country):
    way = way_in.way_in(*world, day, country)

    assert (way.steps == []) is may_deliver(*world, day, country)


def a_way_in_that_is_all_waiting_ends_on_a_day_to_deliver(world, day, country):
    ways = {day: way_in.way_in(*world, day) for day in DAYS}

    waiting = {d: w.not_before for d, w in ways.items() if w.steps and w.is_waiting}

    assert all(day < ends for day, ends in waiting.items())
    assert all(may_deliver(*world, ends) for ends in waiting.values())


def every_finding_that_does_not_hold_says_what_to_do_and_who_can(world, day, country):
    unsaid = [
        finding
        for finding in engine.check_facts(*world, day)
        if not (finding.found and finding.rule)
        or not (finding.holds or (finding.fix and finding.who))
    ]

    assert unsaid == []


PROPERTIES = [
    the_findings_all_hold_exactly_when_the_partner_may_deliver,
    the_days_to_deliver_are_those_on_which_the_partner_may,
    a_finding_stays_as_it_is_between_since_and_until_and_no_longer,
    who_may_deliver_may_do_so_from_the_last_since_to_the_first_until,
    a_way_in_has_no_step_exactly_when_the_partner_may_deliver,
    a_way_in_that_is_all_waiting_ends_on_a_day_to_deliver,
    every_finding_that_does_not_hold_says_what_to_do_and_who_can,
]


@EVEN_SLOW
@given(worlds(), days, countries)
def test_findings_never_contradict_the_decision(world, day, country):
    """Look at each world from all sides: to make one up takes longer than that."""
    for holds in PROPERTIES:
        holds(world, day, country)
