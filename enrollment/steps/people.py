"""Steps to a consultant with an exam, and to the compliance training."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from enrollment import rules
from enrollment.facts import Facts
from enrollment.models import Certificate, Exam, Qualification, RequirementKind
from enrollment.models.proofs import ProofState
from enrollment.rules.companies import asked_days
from enrollment.rules.words import admin, words
from enrollment.rules.words import consultant as who_passes
from enrollment.spans import any_of
from enrollment.steps.step import Page, Step, checked_by_sponsor
from portal.words import listed

CONSULTANT, TRAINING = "consultant", "training"


def consultant(facts: Facts, rule: Qualification, day: date) -> Iterator[Step]:
    if day not in asked_days(facts, RequirementKind.CONSULTANT):
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
    if asked and asked.exam and day not in rules.trained_days(facts):
        yield from _passed(TRAINING, facts, [asked.exam], day)


def _passed(rule: str, facts: Facts, exams: list[Exam], day: date) -> Iterator[Step]:
    days = any_of(facts.days_passed(exam.pk) for exam in exams)
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
        yield Step(rule, what % {"date": words(first)}, on=first)
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
        yield Step(rule, what % codes, who_passes(), Page.CONSULTANTS)
    else:
        what = _("Invite a consultant.")
        yield Step(rule, what, admin(), Page.INVITE)
        what = _("Let the consultant confirm and add a passed exam: %(exams)s.")
        yield Step(rule, what % codes, who_passes(), Page.CONSULTANTS)
    yield checked_by_sponsor(rule, _("The sponsor checks the proof of the exam."))
