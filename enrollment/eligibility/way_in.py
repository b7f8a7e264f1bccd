"""The shortest way in: what is left to do before an engagement type can be delivered.

Pure, like the rules: every step is the other side of a rule that does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum, auto

from django.utils.translation import gettext as _

from enrollment.eligibility import days as eligibility_days
from enrollment.eligibility import sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rules import agreements, companies, enrollments, last_days
from enrollment.models import (
    Certificate,
    EngagementType,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    LineState,
    Offering,
    Qualification,
    RequirementKind,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import RUNNING, EnrollmentState
from portal.models.organizations import country_name
from portal.text import listed

__all__ = ["Step", "StepPage", "WayIn", "way_in"]


class StepPage(StrEnum):
    """The page of the portal on which a step is done."""

    COMPETENCY = auto()
    CONSULTANTS = auto()
    INVITE = auto()
    COMPANY = auto()
    LOCATION = auto()
    AGREEMENT = auto()
    MORE_OFFERINGS = auto()
    PROGRAM = auto()


@dataclass(frozen=True)
class Step:
    """Something to do, and who does it; or a date that comes by itself.

    ``rule`` names what it settles, ``key`` the row that its page begins with.
    """

    rule: str
    what: str
    who: str = ""
    page: StepPage | None = None
    key: str = ""
    on: date | None = None
    by_sponsor: bool = False


@dataclass(frozen=True)
class WayIn:
    """Steps in their order; none when everything holds already."""

    steps: list[Step] = field(default_factory=list)

    @property
    def not_before(self) -> date | None:
        """Return the day before which it cannot be, whatever is done meanwhile."""
        return max((each.on for each in self.steps if each.on), default=None)

    @property
    def is_waiting(self) -> bool:
        """Tell whether nobody has anything to do but wait for a date."""
        return all(each.on for each in self.steps)

    @property
    def is_with_sponsor(self) -> bool:
        """Tell whether the company has done its part."""
        return all(each.on or each.by_sponsor for each in self.steps)

    @property
    def when(self) -> str:
        """Say how soon it can be, without the date before which it cannot be."""
        if self.is_waiting:
            return _("You only have to wait for that day.")
        if self.is_with_sponsor:
            return _("You can deliver it as soon as the sponsor has decided.")
        return _("You can deliver it as soon as these steps are done.")


def way_in(
    facts: Facts, engagement_type: EngagementType, day: date, country: str = ""
) -> WayIn:
    """Return the way with the fewest steps; of equally many, the one that is sooner."""
    ways = [
        WayIn(_steps(facts, engagement_type, rule, day, country))
        for rule in engagement_type.qualifications.all()
        if rule.valid_until is None or day <= rule.valid_until
    ]
    nobody_can = WayIn([no_competency_named()])
    return min(ways, key=_length, default=nobody_can)


def _length(way: WayIn) -> tuple[int, date]:
    # However many dates there are to wait for, waiting is one step.
    done = [each for each in way.steps if not each.on]
    return len(done) + bool(way.not_before), way.not_before or date.min


def _steps(
    facts: Facts,
    engagement_type: EngagementType,
    rule: Qualification,
    day: date,
    country: str,
) -> list[Step]:
    """List the steps by one qualification, as they stand when all waiting is over."""
    waits: list[Step] = []
    while True:
        found = list(_missing(facts, engagement_type, rule, day, country))
        later = [each for each in found if each.on]
        if not later:
            # To wait for what will have ended by then helps nobody.
            missing = {each.rule for each in found}
            return [*(each for each in waits if each.rule not in missing), *found]
        waits += later
        day = max(each.on for each in later if each.on)


def _missing(
    facts: Facts,
    engagement_type: EngagementType,
    rule: Qualification,
    day: date,
    country: str,
) -> Iterator[Step]:
    yield from competency(facts, rule, day)
    yield from consultant(facts, rule, day)
    yield from training(facts, day)
    yield from domain(facts, day)
    yield from location(facts, country)
    yield from agreement(facts, day)
    yield from offering(engagement_type.offering, day)
    yield from enrollment(facts, engagement_type.offering, day)


def checked_by_sponsor(rule: str, what: str) -> Step:
    return Step(rule, what, sentences.sponsor(), by_sponsor=True)


DOMAIN, LOCATION, AGREEMENT = "domain", "location", "agreement"
AGREEMENT_IN_FORCE = "agreement in force"


def domain(facts: Facts, day: date) -> Iterator[Step]:
    if day not in companies.domain_days(facts):
        what = _("Verify the domain of your work e-mail address.")
        yield Step(DOMAIN, what, sentences.admin(), StepPage.COMPANY)


def location(facts: Facts, country: str) -> Iterator[Step]:
    if country and country not in facts.countries:
        what = _("Add a location in %(country)s.") % {"country": country_name(country)}
        yield Step(LOCATION, what, sentences.admin(), StepPage.LOCATION)


def agreement(facts: Facts, day: date) -> Iterator[Step]:
    if day in agreements.signed_days(facts):
        return
    text = facts.agreement_on(day)
    later = [each.effective_on for each in facts.agreements if each.effective_on > day]
    if text:
        what = _("Read and sign the program agreement, version %(version)s.")
        version = {"version": text.version}
        yield Step(AGREEMENT, what % version, sentences.admin(), StepPage.AGREEMENT)
    elif later:
        begins = min(later)
        what = _("The program agreement comes into force on %(date)s.")
        yield Step(
            AGREEMENT_IN_FORCE, what % {"date": sentences.words(begins)}, on=begins
        )
    else:
        what = _("The sponsor publishes the program agreement.")
        yield checked_by_sponsor(AGREEMENT, what)


OFFERING, ENROLLMENT = "offering", "enrollment"


def offering(asked: Offering, day: date) -> Iterator[Step]:
    ending = last_days.reservable(asked, day)
    if not ending.holds:
        # Nothing that the company does helps: only the sponsor moves the last day.
        yield checked_by_sponsor(OFFERING, str(ending.found))
        return
    if asked.is_open(day):
        return
    if asked.opens_on and day < asked.opens_on:
        what = _("The offering opens on %(date)s.") % {
            "date": sentences.words(asked.opens_on)
        }
        yield Step(OFFERING, what, on=asked.opens_on)
    else:
        what = _(
            "The offering is closed from %(date)s on: the sponsor would reopen it."
        )
        closed = {"date": sentences.words(asked.closes_on)}
        yield checked_by_sponsor(OFFERING, what % closed)


def enrollment(facts: Facts, asked: Offering, day: date) -> Iterator[Step]:
    days = enrollments.enrolled_days(facts, asked)
    first, current = days.first_from(day), facts.enrollment_on(day)
    if first == day:
        return
    if first:
        what = _("The enrollment for %(offering)s begins on %(date)s.")
        named = {"offering": asked.code, "date": sentences.words(first)}
        yield Step(ENROLLMENT, what % named, on=first)
    elif current:
        yield from _line(asked, current.line_of(asked))
    elif facts.suspended_on(day):
        yield _own(_("Settle what the mail about the suspension names."), None)
        yield _decided(_("The sponsor lifts the suspension."))
    else:
        yield from _period(asked, facts.latest)


def _line(asked: Offering, line: EnrollmentLine | None) -> Iterator[Step]:
    if line is None:
        what = _("Ask for %(offering)s.") % {"offering": asked.code}
        yield _own(what, StepPage.MORE_OFFERINGS)
    elif line.state == LineState.REFUSED:
        what = _("Mend what the sponsor's reason names and ask for %(offering)s again.")
        yield _own(what % {"offering": asked.code}, StepPage.MORE_OFFERINGS)
    yield _decided(_("The sponsor decides about the offering."))


def _period(asked: Offering, latest: Enrollment | None) -> Iterator[Step]:
    name = {"offering": asked.code}
    if latest and latest.state == EnrollmentState.SUBMITTED:
        yield _decided(_("The sponsor decides about the enrollment."))
        if latest.line_of(asked) is None:
            yield from _line(asked, None)
        return
    if latest and latest.state == EnrollmentState.IN_PROGRESS:
        what = (
            _("Finish the enrollment and send it.")
            if latest.line_of(asked)
            else _("Choose %(offering)s too, finish the enrollment and send it.")
        )
    elif latest and latest.state in RUNNING:
        name["date"] = sentences.words(latest.renewal_opens_on)
        what = _("Renew the enrollment with %(offering)s, from %(date)s on.")
    else:
        what = _("Enroll for %(offering)s: choose it, check and send.")
    yield _own(what % name, StepPage.PROGRAM)
    yield _decided(_("The sponsor decides about the enrollment."))


def _own(what: str, page: StepPage | None) -> Step:
    return Step(ENROLLMENT, what, sentences.admin(), page)


def _decided(what: str) -> Step:
    return checked_by_sponsor(ENROLLMENT, what)


CONSULTANT, TRAINING = "consultant", "training"


def consultant(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if day not in companies.asked_days(facts, RequirementKind.CONSULTANT):
        return
    exams = [
        each.exam
        for each in facts.exam_rules
        if each.competency_id == rule.competency_id and each.is_in_force(day)
    ]
    if exams:
        yield from _passed(CONSULTANT, facts, exams, day)


def training(facts: Facts, day: date) -> Iterator[Step]:
    asked = facts.requirement(RequirementKind.TRAINING, day)
    if asked and asked.exam and day not in companies.trained_days(facts):
        yield from _passed(TRAINING, facts, [asked.exam], day)


def _passed(rule: str, facts: Facts, exams: list[Exam], day: date) -> Iterator[Step]:
    days = eligibility_days.any_of(facts.days_passed(exam.pk) for exam in exams)
    first = days.first_from(day)
    claimed = _claimed(facts, exams, day)
    if first == day:
        return
    if claimed:
        what = _("The sponsor checks the proof of %(certificate)s.")
        named = {"certificate": claimed[0]}
        yield checked_by_sponsor(rule, what % named)
    elif first:
        what = _("The first certificate counts from %(date)s on.")
        yield Step(rule, what % {"date": sentences.words(first)}, on=first)
    else:
        yield from _to_pass(rule, facts, exams, day)


def _claimed(facts: Facts, exams: list[Exam], day: date) -> list[Certificate]:
    wanted = {exam.pk for exam in exams}
    return [
        each
        for each in facts.certificates
        if each.exam_id in wanted
        and each.state == ProofState.CLAIMED
        and each.is_valid(day)
        and each.consultant.works_on(day)
    ]


def _to_pass(rule: str, facts: Facts, exams: list[Exam], day: date) -> Iterator[Step]:
    codes = {"exams": listed(exam.code for exam in exams)}
    if any(each.works_on(day) for each in facts.consultants):
        what = _("Let a consultant add a passed exam with its proof: %(exams)s.")
        yield Step(rule, what % codes, sentences.consultant(), StepPage.CONSULTANTS)
    else:
        what = _("Invite a consultant.")
        yield Step(rule, what, sentences.admin(), StepPage.INVITE)
        what = _("Let the consultant confirm and add a passed exam: %(exams)s.")
        yield Step(rule, what % codes, sentences.consultant(), StepPage.CONSULTANTS)
    yield checked_by_sponsor(rule, _("The sponsor checks the proof of the exam."))


COMPETENCY, BEGINNING, IN_FORCE = "competency", "beginning", "rule in force"


def competency(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if rule.valid_from and day < rule.valid_from:
        what = _("%(rule)s qualifies from %(date)s on.")
        named = {"rule": rule, "date": sentences.words(rule.valid_from)}
        yield Step(IN_FORCE, what % named, on=rule.valid_from)
        return
    if rule.valid_until and rule.valid_until < day:
        what = _(
            "%(rule)s qualifies until %(date)s only: the sponsor would prolong it."
        )
        named = {"rule": rule, "date": sentences.words(rule.valid_until)}
        yield checked_by_sponsor(COMPETENCY, what % named)
        return
    yield from _held(facts, rule, day)


def _held(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    enough = [
        each
        for each in facts.held
        if each.competency_id == rule.competency_id
        and each.level >= rule.minimum_level
        and each.counts_until >= day
    ]
    verified = [each for each in enough if each.state == ProofState.VERIFIED]
    claimed = [each for each in enough if each.state == ProofState.CLAIMED]
    if verified:
        yield from _begun(verified, day)
    elif claimed:
        yield from _checked(claimed, day)
    else:
        yield from _added(facts, rule)


def _begun(verified: list[HeldCompetency], day: date) -> Iterator[Step]:
    begins = eligibility_days.any_of(
        Days.between(h.valid_from, h.counts_until) for h in verified
    )
    first = begins.first_from(day)
    if first and first > day:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": verified[0], "date": sentences.words(first)}
        yield Step(COMPETENCY, what % named, on=first)


def _checked(claimed: list[HeldCompetency], day: date) -> Iterator[Step]:
    held = min(claimed, key=lambda each: each.valid_from)
    what = _("The sponsor checks the proof of %(held)s.") % {"held": held}
    yield checked_by_sponsor(COMPETENCY, what)
    if day < held.valid_from:
        what = _("%(held)s begins on %(date)s.")
        named = {"held": held, "date": sentences.words(held.valid_from)}
        yield Step(BEGINNING, what % named, on=held.valid_from)


def _added(facts: Facts, rule: Qualification) -> Iterator[Step]:
    own = [h for h in facts.held if h.competency_id == rule.competency_id]
    ended = [h for h in own if h.level >= rule.minimum_level]
    key = ""
    if ended:
        key = f"renew={ended[0].pk}"
        what = _("Renew %(held)s and add it with its new proof.") % {"held": ended[0]}
    else:
        key = f"competency={rule.competency_id}"
        what = _("Reach and add %(rule)s with its proof.") % {"rule": rule}
    yield Step(COMPETENCY, what, sentences.admin(), StepPage.COMPETENCY, key)
    yield checked_by_sponsor(COMPETENCY, _("The sponsor checks its proof."))


def no_competency_named() -> Step:
    what = _("The sponsor names the competencies that qualify.")
    return checked_by_sponsor(COMPETENCY, what)
