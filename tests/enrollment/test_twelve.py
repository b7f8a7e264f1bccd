"""The real twelve engagement types, held against partners of every kind.

The table is the sponsor's own, written out here: the shipped catalogue has to agree.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from enrollment.eligibility import engine, way_in
from enrollment.eligibility import facts as eligibility_facts
from enrollment.models import Competency, Exam, HeldCompetency, Level, Offering, Program
from portal import clock
from portal.findings import all_hold, unmet_findings
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    EnrollmentFactory,
    SignatureFactory,
    agreement_of,
)
from tests.factories.portal import DomainFactory, LocationFactory, PartnerFactory

SILVER, GOLD = Level.SILVER, Level.GOLD
TODAY = clock.today()
TWELVE = {
    "ddps-windows-office": {"Windows and Devices": SILVER},
    "ddps-mobile-productivity": {
        "Enterprise Mobility Management": SILVER,
        "Windows and Devices": SILVER,
    },
    "ddps-modern-it-security-poc": {"Enterprise Mobility Management": SILVER},
    "dydps-upgrade-ce": {
        "Cloud Business Applications": SILVER,
        "Cloud Customer Relationship Management": SILVER,
    },
    "dydps-migrate-ce": {
        "Cloud Business Applications": SILVER,
        "Cloud Customer Relationship Management": SILVER,
    },
    "dydps-upgrade-fo": {"Enterprise Resource Planning": GOLD},
    "pvdps-windows-server": {"Datacenter": SILVER},
    "sdps-sharepoint": {"Collaboration and Content": SILVER},
    "sdps-ppm": {"Project and Portfolio Management": SILVER},
    "s-edps-exchange": {"Messaging": SILVER},
    "s-edps-skype": {"Communications": SILVER},
    "ssdps-data-estate": {"Data Analytics": GOLD, "Data Platform": GOLD},
}
GRACE = 30


def days(first=-300, last=60):
    return {
        "valid_from": TODAY + timedelta(days=first),
        "valid_until": TODAY + timedelta(days=last),
    }


@pytest.fixture
def facts(catalogue):
    """Return a partner in Germany that has everything but a competency."""
    program, partner = Program.objects.get(), PartnerFactory()
    DomainFactory(organization=partner)
    LocationFactory(organization=partner)
    SignatureFactory(partner=partner, agreement=agreement_of(program))
    EnrollmentFactory(
        partner=partner, program=program, offerings=Offering.objects.all(), active=True
    )
    consultant = ConsultantFactory(partner=partner)
    for exam in Exam.objects.filter(competency_rules__isnull=False):
        CertificateFactory(consultant=consultant, exam=exam, verified=True)
    return eligibility_facts.facts_of(partner, program)


@pytest.fixture
def types(catalogue):
    found = {}
    for offering in eligibility_facts.offerings_of(Program.objects.get()):
        for each in offering.engagement_types.all():
            each.offering = offering
            found[each.slug] = each
    return found


@pytest.fixture
def judged(facts, types):
    """Judge each type for a partner that holds one competency, by each alternative."""
    competencies = {each.name: each for each in Competency.objects.all()}

    def judge_each(hold):
        for slug, alternatives in TWELVE.items():
            for name, level in alternatives.items():
                wanted = hold(slug, name, level)
                if wanted is None:
                    continue
                competency = competencies[wanted.pop("name", name)]
                held = HeldCompetency(
                    pk=1,
                    partner=facts.partner,
                    competency=competency,
                    **{"state": "verified", "level": level, **days(), **wanted},
                )
                with_it = replace(facts, held_competencies=[held])
                yield (
                    slug,
                    name,
                    engine.check_facts(with_it, types[slug], TODAY, "DE"),
                    with_it,
                )

    return judge_each


def test_the_shipped_catalogue_is_the_sponsors_table(types):
    assert {
        slug: {q.competency.name: q.minimum_level for q in each.qualifications.all()}
        for slug, each in types.items()
    } == TWELVE


def just_enough(slug, name, level):
    return {}


def more_than_enough(slug, name, level):
    return {"level": GOLD}


def one_level_short(slug, name, level):
    return {"level": level - 1} if level > SILVER else None


def of_another_kind(slug, name, level):
    return {
        "name": next(n for n in all_names() if n not in TWELVE[slug]),
        "level": GOLD,
    }


def all_names():
    return sorted({name for alternatives in TWELVE.values() for name in alternatives})


def not_reviewed(slug, name, level):
    return {"state": "claimed"}


def dated(first, last):
    def hold(slug, name, level):
        return days(first, last)

    return hold


CASES = {
    "just enough": (just_enough, True, "verified."),
    "gold where silver does": (more_than_enough, True, "verified."),
    "one level short": (one_level_short, False, "the level is too low."),
    "wrong competency": (of_another_kind, False, "none of the competencies"),
    "not reviewed": (not_reviewed, False, "waits for review."),
    "grace ended yesterday": (dated(-300, -GRACE - 1), False, "ended on"),
    "last day of grace": (dated(-300, -GRACE), True, "counts until"),
    "expired yesterday, in grace": (dated(-300, -1), True, "counts until"),
    "expires today": (dated(-300, 0), True, "verified."),
    "expires tomorrow": (dated(-300, 1), True, "verified."),
    "begins today": (dated(0, 365), True, "verified."),
    "begins tomorrow": (dated(1, 365), False, "starts on"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_type_asks_for_its_own_competency_level_and_days(judged, types, case):
    hold, may_deliver, words = CASES[case]

    rows = list(judged(hold))

    assert {slug for slug, *_ in rows} == (
        {slug for slug, needed in TWELVE.items() if GOLD in needed.values()}
        if case == "one level short"
        else set(TWELVE)
    )
    for slug, name, findings, facts in rows:
        where = f"{slug} by {name}"
        assert all_hold(findings) is may_deliver, where
        competency = findings[1]
        assert words in competency.found, where
        assert [f.rule for f in unmet_findings(findings) if f != competency] == [], (
            where
        )
        way = way_in.way_in(facts, types[slug], TODAY, "DE")
        assert (way.steps == []) is may_deliver, where


def test_until_is_the_last_day_of_grace(judged):
    last = TODAY + timedelta(days=60 + GRACE)

    assert {findings[1].until for _s, _n, findings, _f in judged(just_enough)} == {last}


def test_without_any_competency_nothing_can_be_delivered(facts, types):
    assert not any(
        all_hold(engine.check_facts(facts, each, TODAY, "DE"))
        for each in types.values()
    )
