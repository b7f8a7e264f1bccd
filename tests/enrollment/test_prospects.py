"""What the eligibility page says: what holds, until when, and the shortest way in."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.eligibility import engine
from enrollment.eligibility import facts as eligibility_facts
from enrollment.eligibility.prospects import Prospects
from enrollment.models import (
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    Level,
    Offering,
    Qualification,
)
from portal import clock
from portal.roles import Role
from tests.factories.enrollment import (
    CertificateFactory,
    CompetencyExamFactory,
    CompetencyFactory,
    ConsultantFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramAgreementFactory,
    ProgramRequirementFactory,
    eligible_partner,
)
from tests.factories.portal import ReasonFactory, actor_of

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def away(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def able(engagement_type):
    return eligible_partner(engagement_type)


def prospects(partner, program, day=TODAY, country="", **more):
    facts = eligibility_facts.facts_of(partner, program)
    return Prospects(
        facts, eligibility_facts.offerings_of(program), day, country, **more
    )


def prospect(*args, **more):
    [outlook] = prospects(*args, **more).outlooks()
    [only] = outlook.prospects
    return only


def steps(*args, **more):
    return [link.step.what for link in prospect(*args, **more).links]


def test_who_can_deliver_reads_until_when(able, program):
    found = prospect(able, program)

    assert found.can_deliver
    assert found.until == Enrollment.objects.get().good_until


def test_the_page_shows_the_findings_of_the_judgement(able, program, engagement_type):
    ProgramRequirementFactory(program=program, kind="domain")
    ProgramRequirementFactory(program=program)
    asked = prospects(able, program, country="FR")
    [outlook] = asked.outlooks()
    shown = [*asked.company(), *outlook.findings, *outlook.prospects[0].findings]

    [[judged]] = [o.engagement_types.all() for o in asked.offerings]
    expected = engine.check_facts(asked.facts, judged, TODAY, "FR")

    assert sorted(map(str, shown)) == sorted(map(str, expected))


class TestTheShortestWay:
    def test_from_nothing_names_every_step_in_its_order(self, partner, program):
        program.requirements.create(kind="domain")
        ProgramAgreementFactory(program=program, version="3.2")
        competency = CompetencyFactory(name="Data Platform")
        Qualification.objects.update(competency=competency)

        found = prospect(partner, program)

        code = Offering.objects.get().code
        assert [link.step.what for link in found.links] == [
            "Reach and add Data Platform (silver or gold) with its proof.",
            "The sponsor checks its proof.",
            "Verify the domain of your work e-mail address.",
            "Read and sign the program agreement, version 3.2.",
            f"Enroll for {code}: choose it, check and send.",
            "The sponsor decides about the enrollment.",
        ]
        assert found.way.when == "You can deliver it as soon as these steps are done."
        assert found.way.not_before is None

    def test_it_goes_by_the_competency_with_the_fewest_steps(
        self, able, program, engagement_type
    ):
        HeldCompetency.objects.all().delete()
        other = CompetencyFactory(name="Messaging")
        engagement_type.qualifications.create(competency=other, minimum_level=2)
        held = HeldCompetencyFactory(partner=able, competency=other)

        found = prospect(able, program)

        assert [link.step.what for link in found.links] == [
            f"The sponsor checks the proof of {held}."
        ]
        assert found.way.when == (
            "You can deliver it as soon as the sponsor has decided."
        )

    def test_an_exam_is_part_of_the_count(self, able, program, engagement_type):
        """Who holds silver in one without an exam goes by the other with one."""
        ProgramRequirementFactory(program=program)
        first = engagement_type.qualifications.get().competency
        CompetencyExamFactory(competency=first)
        other = CompetencyFactory(name="Messaging")
        engagement_type.qualifications.create(competency=other)
        HeldCompetencyFactory(partner=able, competency=other)

        assert steps(able, program) == [
            "The sponsor checks the proof of Messaging (Gold)."
        ]

    @pytest.mark.parametrize(("begins", "waits"), [(0, [False]), (1, [True, False])])
    def test_a_claim_that_begins_later_is_waited_for_too(
        self, able, program, engagement_type, begins, waits
    ):
        CompetencyExamFactory(
            competency=engagement_type.qualifications.get().competency
        )
        ProgramRequirementFactory(program=program)
        other = CompetencyFactory(name="Messaging")
        engagement_type.qualifications.create(competency=other)
        HeldCompetencyFactory(partner=able, competency=other, valid_from=away(begins))

        assert ["begins on" in each for each in steps(able, program)] == waits

    def test_a_date_to_wait_for_is_the_earliest_day(self, able, program):
        HeldCompetency.objects.update(valid_from=away(5))

        found = prospect(able, program)

        assert found.way.is_waiting
        assert found.way.not_before == away(5)
        assert "begins on" in found.links[0].step.what

    def test_what_will_have_ended_by_then_is_done_anew(self, able, program):
        HeldCompetency.objects.update(valid_from=away(5))
        Enrollment.objects.update(ends_on=away(3), good_until=away(3))

        assert [each.split(" ")[0] for each in steps(able, program)] == [
            "Competency",
            "Renew",
            "The",
        ]

    @pytest.mark.parametrize(
        ("level", "word"), [(Level.SILVER, "Reach and add"), (Level.GOLD, "Renew")]
    )
    def test_what_was_held_leads_to_its_renewal(self, able, program, level, word):
        Qualification.objects.update(minimum_level=Level.GOLD)
        HeldCompetency.objects.update(level=level, valid_until=away(-1))

        link = prospect(able, program).links[0]

        held = HeldCompetency.objects.get()
        assert link.step.what.startswith(word)
        key = f"renew={held.pk}" if level == Level.GOLD else None
        assert link.url.endswith(f"?{key or f'competency={held.competency_id}'}")

    def test_without_consultants_the_first_is_invited(
        self, able, program, engagement_type
    ):
        ProgramRequirementFactory(program=program)
        rule = CompetencyExamFactory(
            competency=engagement_type.qualifications.get().competency
        )

        assert steps(able, program) == [
            "Invite a consultant.",
            f"Let the consultant confirm and add a passed exam: {rule.exam.code}.",
            "The sponsor checks the proof of the exam.",
        ]
        consultant = ConsultantFactory(partner=able)
        assert steps(able, program)[0].startswith("Let a consultant add")
        claimed = CertificateFactory(consultant=consultant, exam=rule.exam)
        assert steps(able, program) == [f"The sponsor checks the proof of {claimed}."]

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ({}, ["Finish", "The sponsor decides"]),
            ({"submitted": True}, ["The sponsor decides"]),
            ({"suspended": True}, ["Settle", "The sponsor lifts"]),
            ({"lapsed": True}, ["Enroll for", "The sponsor decides"]),
            (
                {"state": "rejected", "return_reason": "No."},
                ["Enroll for", "The sponsor decides"],
            ),
        ],
    )
    def test_each_state_of_the_enrollment_has_its_way(
        self, able, program, offering, state, expected
    ):
        Enrollment.objects.all().delete()
        reason = ReasonFactory(topic="enrollment")
        EnrollmentFactory(
            partner=able, program=program, offerings=[offering], reason=reason, **state
        )

        found = steps(able, program)

        assert len(found) == len(expected)
        assert all(map(str.startswith, found, expected))

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (None, ["Ask for", "The sponsor decides"]),
            ("asked", ["The sponsor decides"]),
            ("refused", ["Mend", "The sponsor decides"]),
        ],
    )
    def test_each_state_of_a_line_has_its_way(self, able, program, state, expected):
        line = Enrollment.objects.get().lines.get()
        line.delete()
        if state:
            EnrollmentLine.objects.create(
                enrollment=line.enrollment,
                partner=able,
                offering=line.offering,
                state=state,
            )

        found = steps(able, program)

        assert len(found) == len(expected)
        assert all(map(str.startswith, found, expected))

    def test_a_closed_offering_is_the_sponsors_to_reopen(self, able, program):
        Offering.objects.update(closes_on=away(-1))

        assert "the sponsor would reopen it" in steps(able, program)[0]

    def test_an_agreement_that_is_still_to_come_is_waited_for(self, partner, program):
        ProgramAgreementFactory(program=program, effective_on=away(4))

        assert prospect(partner, program).way.not_before == away(4)

    def test_another_country_needs_a_location_there(self, able, program):
        assert steps(able, program, country="FR") == ["Add a location in France."]


class TestThePage:
    @pytest.fixture
    def show(self, as_person, program):
        def get(actor, query=""):
            args = [actor.organization.slug, program.code]
            address = reverse("enrollment:eligibility", args=args)
            return as_person(actor.person).get(address + query)

        return get

    def test_it_says_until_when_an_engagement_can_be_delivered(self, show, able):
        page = show(actor_of(able, Role.DELIVERY_LEAD))

        assert "You can deliver this until" in page.text
        assert page.text.count("icon-check") == 5

    def test_another_date_gives_another_answer(self, show, able):
        page = show(actor_of(able, Role.PARTNER_ADMIN), f"?on={away(400)}&country=FR")

        assert "You can deliver this" not in page.text
        assert "No location in France." in page.text

    def test_a_date_that_is_none_is_told_and_today_is_shown(self, show, able):
        page = show(actor_of(able, Role.PARTNER_ADMIN), "?on=never")

        assert "Enter a valid date." in page.text
        assert page.context["prospects"].day == TODAY

    def test_only_who_can_do_a_step_gets_a_link(self, show, able, program):
        ProgramAgreementFactory(program=program, effective_on=TODAY)
        args = [able.slug, program.code]
        link = f'href="{reverse("enrollment:agreement", args=args)}"'

        assert link in show(actor_of(able, Role.PARTNER_ADMIN)).text
        assert link not in show(actor_of(able, Role.FINANCE)).text

    @pytest.mark.parametrize("consultants", [1, 50])
    def test_it_costs_the_same_for_any_number_of_consultants(
        self, show, able, engagement_type, consultants, same_statements
    ):
        ProgramRequirementFactory(program=engagement_type.offering.program)
        rule = CompetencyExamFactory(
            competency=engagement_type.qualifications.get().competency
        )
        for consultant in ConsultantFactory.create_batch(consultants, partner=able):
            CertificateFactory(consultant=consultant, exam=rule.exam, verified=True)
        actor = actor_of(able, Role.PARTNER_ADMIN)

        with same_statements():
            show(actor)
