"""Dated rules in the admin: kept through their services, refused in sentences."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from enrollment.models import (
    CompetencyExam,
    Exam,
    Offering,
    ProgramRequirement,
    Qualification,
)
from enrollment.services import catalogue
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Reason
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    CompetencyExamFactory,
    CompetencyFactory,
    ExamFactory,
    ProgramRequirementFactory,
)
from tests.factories.portal import staff_actor

pytestmark = pytest.mark.django_db
TODAY = clock.today()
OVERLAP = "Another row says the same for some of these days."


def away(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def at_desk(as_person, manager):
    give_second_factor(manager.person)
    return as_person(manager.person)


def typed(row, inline, rules, **change):
    """Return what the browser posts: the row as it is, and the rules below it."""
    form = {
        name: value
        for name, value in {**row.__dict__, **change}.items()
        if not name.startswith("_") and value is not None
    }
    for name, value in list(form.items()):
        if isinstance(value, list):
            form[name] = ",".join(map(str, value))
        if name.endswith("_id"):
            form[name[:-3]] = form.pop(name)
    old = sum("id" in rule for rule in rules)
    form[f"{inline}-TOTAL_FORMS"], form[f"{inline}-INITIAL_FORMS"] = len(rules), old
    for index, rule in enumerate(rules):
        form |= {f"{inline}-{index}-{name}": value for name, value in rule.items()}
    return form


def post(client, row, inline, *rules, **change):
    name = f"admin:enrollment_{row._meta.model_name}_change"
    data = typed(row, inline, rules, **change)
    return client.post(reverse(name, args=[row.pk]), data, follow=True)


class TestQualifications:
    def rule(self, engagement_type, **change):
        rule = engagement_type.qualifications.get()
        return {
            "id": rule.pk,
            "engagement_type": engagement_type.pk,
            "competency": rule.competency_id,
            "minimum_level": 1,
            **change,
        }

    def test_one_ends_and_the_next_begins_in_one_step(self, at_desk, engagement_type):
        old = self.rule(engagement_type, valid_until=away(-1))
        new = {**old, "valid_from": TODAY, "valid_until": "", "minimum_level": 2}
        del new["id"]

        post(at_desk, engagement_type, "qualifications", old, new)

        levels = Qualification.objects.order_by("pk")
        assert list(levels.values_list("minimum_level", "valid_from")) == [
            (1, None),
            (2, TODAY),
        ]
        assert AuditEntry.objects.filter(verb="catalogue.added").count() == 1

    @pytest.mark.parametrize(
        ("ends", "begins"), [("", TODAY), (TODAY, TODAY), (away(3), "")]
    )
    def test_two_that_overlap_are_refused_beside_the_field(
        self, at_desk, engagement_type, ends, begins
    ):
        old = self.rule(engagement_type, valid_until=ends)
        new = {**old, "valid_from": begins, "valid_until": ""}
        del new["id"]

        page = post(at_desk, engagement_type, "qualifications", old, new)

        assert OVERLAP in page.text
        assert Qualification.objects.count() == 1
        assert not AuditEntry.objects.exists()

    def test_one_that_is_deleted_makes_room(self, at_desk, engagement_type):
        old = self.rule(engagement_type, DELETE="on")
        new = self.rule(engagement_type)
        del new["id"]

        post(at_desk, engagement_type, "qualifications", old, new)

        assert Qualification.objects.get().pk != old["id"]

    def test_a_last_day_before_the_first_is_refused_beside_the_field(
        self, at_desk, engagement_type
    ):
        wrong = self.rule(engagement_type, valid_from=TODAY, valid_until=away(-1))

        page = post(at_desk, engagement_type, "qualifications", wrong)

        [form] = page.context["inline_admin_formsets"][0].formset.forms[:1]
        assert form.errors == {
            "valid_until": ["The last day is before the first. Check both dates."]
        }
        assert Qualification.objects.get().valid_from is None

    def test_a_race_for_the_same_days_is_refused_in_words(self, manager):
        rule = CompetencyExamFactory()
        twin = CompetencyExam(competency=rule.competency, exam=rule.exam)

        with pytest.raises(Refused, match=OVERLAP):
            catalogue.save(twin, by=manager)

        assert CompetencyExam.objects.get() == rule
        assert not AuditEntry.objects.exists()

    def test_the_database_refuses_two_on_the_same_day(self):
        rule = CompetencyExamFactory(valid_until=TODAY)

        with pytest.raises(IntegrityError), transaction.atomic():
            CompetencyExamFactory(
                competency=rule.competency, exam=rule.exam, valid_from=TODAY
            )


class TestExams:
    def test_an_exam_is_named_for_a_competency(self, at_desk):
        competency, exam = CompetencyFactory(), ExamFactory()
        rule = {"competency": competency.pk, "exam": exam.pk, "valid_from": TODAY}

        post(at_desk, competency, "exam_rules", rule)

        assert CompetencyExam.objects.get().exam == exam

    def test_one_that_counts_no_more_is_refused(self, at_desk):
        competency = CompetencyFactory()
        exam = ExamFactory(retired_on=away(-9), counts_until=away(-1))
        rule = {"competency": competency.pk, "exam": exam.pk}

        page = post(at_desk, competency, "exam_rules", rule)

        assert f"{exam.code} counted until" in page.text
        assert not CompetencyExam.objects.exists()

    def test_it_cannot_stop_counting_before_it_is_retired(self, at_desk):
        exam = ExamFactory()

        page = post(at_desk, exam, "none", retired_on=TODAY, counts_until=away(-1))

        assert "An exam counts at least until it is retired." in page.text
        assert Exam.objects.get().retired_on is None


class TestRequirements:
    def test_a_switch_is_set_for_a_time(self, at_desk, program):
        rule = {"program": program.pk, "kind": "domain", "valid_from": TODAY}

        post(at_desk, program, "requirements", rule)

        assert ProgramRequirement.objects.get().valid_from == TODAY

    @pytest.mark.parametrize("kind", ["training", "domain"])
    def test_training_and_only_training_names_its_exam(self, at_desk, program, kind):
        rule = {"program": program.pk, "kind": kind}
        if kind == "domain":
            rule["exam"] = ExamFactory().pk

        page = post(at_desk, program, "requirements", rule)

        assert "Compliance training names its exam" in page.text
        assert not ProgramRequirement.objects.exists()

    def test_others_only_read(self, as_person, program):
        ProgramRequirementFactory(program=program)
        person = staff_actor(Duty.AUDITOR).person
        give_second_factor(person)
        address = reverse("admin:enrollment_program_change", args=[program.pk])

        page = as_person(person).get(address)

        assert "requirements-0-kind" not in page.text
        assert "A consultant with an exam of the competency" in page.text


def test_an_offering_cannot_close_before_it_opens(at_desk, offering):
    page = post(at_desk, offering, "none", opens_on=TODAY, closes_on=away(-1))

    assert "The offering closes before it opens." in page.text
    assert Offering.objects.get().opens_on is None


def test_each_date_is_one_input_with_a_name_of_its_own(at_desk, engagement_type):
    address = reverse(
        "admin:enrollment_engagementtype_change", args=[engagement_type.pk]
    )

    page = at_desk.get(address)

    assert page.text.count('type="date"') == 6
    assert page.text.count('aria-label="In force from"') == 3


def test_reasons_are_the_managers(at_desk):
    typed = {"topic": "profile", "code": "rude", "label": "Rude", "position": 1}

    at_desk.post(reverse("admin:portal_reason_add"), {**typed, "is_active": "on"})

    assert Reason.objects.get(code="rude").label == "Rude"
    assert AuditEntry.objects.get().verb == "catalogue.added"
