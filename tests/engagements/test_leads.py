"""Who leads an engagement: certified on its first day, whatever lapses later."""

from datetime import timedelta

import pytest
from django.urls import reverse

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.presentation import schedules as schedule_presentation
from engagements.services import redemptions, reports
from engagements.services import schedules as schedule_services
from enrollment.models import Enrollment, HeldCompetency
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Duty, Role
from portal.tenancy import acting_for
from tests.conftest import give_second_factor
from tests.engagements.conftest import ahead, plan, typed
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    EnrollmentFactory,
    ask_for_consultants,
    certified_consultant,
)
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import actor_of, staff_actor
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db


def as_actor(by):
    return acting_for(by.organization_id, person=by.person_id)


def schedule(voucher, by, lead=None):
    days = {"starts_on": ahead(1), "ends_on": ahead(5)}
    with as_actor(by):
        return schedule_services.schedule(
            voucher, **days, lead=lead or by.person, by=by
        )


@pytest.fixture
def exam(voucher):
    return ask_for_consultants(voucher.engagement_type)


@pytest.fixture
def by(voucher):
    return actor_of(voucher.partner, Role.DELIVERY_LEAD)


class TestScheduling:
    def test_a_certified_consultant_leads(self, voucher, exam, by):
        certified_consultant(voucher.partner, voucher.engagement_type, person=by.person)

        schedule(voucher, by)

        assert Engagement.objects.get().lead == by.person

    def test_the_last_day_of_the_certificate_is_a_first_day(self, voucher, exam, by):
        certified_consultant(
            voucher.partner,
            voucher.engagement_type,
            person=by.person,
            valid_until=ahead(1),
        )

        schedule(voucher, by)

        assert Engagement.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"valid_until": ahead(0)}, "does not count on"),
            ({"verified": False}, "waits for review"),
            ({"state": "returned"}, "has added no exam of"),
        ],
    )
    def test_a_certificate_that_does_not_count_is_refused(
        self, voucher, exam, by, fields, why
    ):
        kind = voucher.engagement_type
        certified_consultant(voucher.partner, kind, person=by.person, **fields)

        with pytest.raises(Refused) as refusal:
            schedule(voucher, by)

        assert why in str(refusal.value.findings[0].found)
        assert refusal.value.field == "lead"
        assert not Engagement.objects.exists()
        assert not Email.objects.exists()

    def test_who_has_not_confirmed_is_refused(self, voucher, exam, by):
        with pytest.raises(Refused) as refusal:
            schedule(voucher, by)

        assert "is no consultant of your company" in refusal.value.findings[0].found

    def test_who_has_left_by_then_is_refused(self, voucher, exam, by):
        made = certified_consultant(
            voucher.partner, voucher.engagement_type, person=by.person
        )
        made.until = ahead(0)
        made.save()

        with pytest.raises(Refused):
            schedule(voucher, by)

    def test_an_exam_of_another_competency_does_not_help(self, voucher, exam, by):
        here = ConsultantFactory(partner=voucher.partner, person=by.person)
        CertificateFactory(consultant=here, verified=True)

        with pytest.raises(Refused) as refusal:
            schedule(voucher, by)

        assert "has added no exam of" in refusal.value.findings[0].found

    def test_without_the_requirement_every_member_leads(self, voucher, by):
        schedule(voucher, by)

        assert Engagement.objects.get().lead == by.person

    def test_moving_the_first_day_past_the_certificate_is_refused(
        self, voucher, exam, by
    ):
        certified_consultant(
            voucher.partner,
            voucher.engagement_type,
            person=by.person,
            valid_until=ahead(3),
        )
        made = schedule(voucher, by)

        with pytest.raises(Refused) as refusal, as_actor(by):
            schedule_services.move_dates(
                made, starts_on=ahead(4), ends_on=ahead(9), by=by
            )

        assert refusal.value.field == "starts_on"
        assert Engagement.objects.get().starts_on == ahead(1)


@pytest.fixture
def asked(engagement):
    """Let the engagement's program ask for consultants; its lead is certified."""
    ask_for_consultants(engagement.voucher.engagement_type)
    return certified_consultant(
        engagement.partner, engagement.voucher.engagement_type, person=engagement.lead
    )


def report(engagement, by):
    with as_actor(by):
        return reports.file_report(engagement, typed(), plan(), by=by)


class TestReportingAndRedeeming:
    def test_what_was_certified_on_the_first_day_is_reported_later(
        self, engagement, lead, asked
    ):
        asked.certificates.update(valid_until=engagement.starts_on)
        HeldCompetency.objects.update(valid_until=engagement.starts_on)

        report(engagement, lead)
        with as_actor(lead):
            redemptions.redeem(engagement, by=lead)

        assert Voucher.objects.get().state == State.REDEEMED

    def test_a_lapsed_enrollment_does_not_stop_what_is_reserved(
        self, engagement, lead, asked
    ):
        program = engagement.voucher.program
        EnrollmentFactory(partner=engagement.partner, program=program, lapsed=True)

        report(engagement, lead)

        assert not Enrollment.objects.exclude(state="lapsed").exists()
        assert CompletionReport.objects.exists()

    def test_a_lead_without_certificate_on_the_first_day_is_refused(
        self, engagement, lead, asked
    ):
        before = engagement.starts_on - timedelta(days=1)
        asked.certificates.update(valid_until=before)

        with pytest.raises(Refused, match="On its first day") as refusal:
            report(engagement, lead)

        assert [each.rule for each in refusal.value.findings if not each.holds] == [
            "Lead consultant"
        ]
        assert Engagement.objects.get().state == EngagementState.SCHEDULED
        assert not CompletionReport.objects.exists()
        assert not Email.objects.exists()

    def test_without_the_competency_on_the_first_day_it_is_refused(
        self, engagement, lead
    ):
        HeldCompetency.objects.update(
            valid_from=engagement.starts_on + timedelta(days=1)
        )

        with pytest.raises(Refused) as refusal:
            report(engagement, lead)

        assert refusal.value.findings[0].rule == "Competency"
        assert not CompletionReport.objects.exists()

    def test_redeeming_asks_again(self, lead):
        engagement = EngagementFactory(reported=True, competency=False)
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        with pytest.raises(Refused, match="On its first day"), as_actor(by):
            redemptions.redeem(engagement, by=by)

        assert Voucher.objects.filter(state=State.RESERVED).count() == 2

    @pytest.mark.parametrize("page", ["report", "redeem"])
    def test_the_page_says_why_not_before_anything_is_typed(
        self, as_person, lead, page
    ):
        is_reported = page == "redeem"
        engagement = EngagementFactory(reported=is_reported, competency=False)
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        response = as_person(by.person).get(
            reverse(f"engagements:{page}", args=[by.organization.slug, engagement.pk])
        )

        assert "what is not met says why" in response.text
        assert "btn-primary" not in response.text


class TestAnotherLead:
    def give(self, engagement, colleague, by):
        with as_actor(by):
            schedule_services.give_lead(engagement, lead=colleague, by=by)

    def test_the_customer_is_told_once(self, engagement, lead):
        colleague = actor_of(engagement.partner, Role.CONSULTANT).person

        self.give(engagement, colleague, lead)
        self.give(engagement, colleague, lead)

        assert Engagement.objects.get().lead == colleague
        mail = Email.objects.get()
        assert mail.to == engagement.voucher.project_manager.email
        assert colleague.name in mail.subject
        assert AuditEntry.objects.get().verb == "engagement.lead_changed"

    def test_who_is_not_certified_on_the_first_day_is_refused(
        self, engagement, lead, asked
    ):
        colleague = actor_of(engagement.partner, Role.CONSULTANT).person

        with pytest.raises(Refused, match="cannot lead"):
            self.give(engagement, colleague, lead)

        assert Engagement.objects.get().lead != colleague
        assert not Email.objects.exists()

    def test_a_reported_engagement_keeps_its_lead(self):
        engagement = EngagementFactory(reported=True)
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        with pytest.raises(Refused, match="Only a scheduled engagement"):
            self.give(engagement, by.person, by)

    def test_only_deliverers_can(self, engagement):
        by = actor_of(engagement.partner, Role.CONSULTANT)

        with pytest.raises(Refused, match="Delivery lead"):
            self.give(engagement, by.person, by)

    def test_the_page_changes_the_lead(self, as_person, engagement, lead):
        colleague = actor_of(engagement.partner, Role.CONSULTANT).person
        address = reverse(
            "engagements:lead", args=[engagement.partner.slug, engagement.pk]
        )

        response = as_person(lead.person).post(
            address, {"lead": colleague.pk}, follow=True
        )

        assert "The lead consultant is changed." in response.text
        assert Engagement.objects.get().lead == colleague


class TestChoosing:
    def labels(self, voucher):
        found = schedule_presentation.candidates_for(
            voucher.partner, voucher.engagement_type, clock.today()
        )
        return [each.label for each in found]

    def test_consultants_are_offered_with_until_when_or_why_not(self, voucher, exam):
        able, unable = (
            actor_of(voucher.partner, Role.CONSULTANT).person for _ in range(2)
        )
        certified_consultant(
            voucher.partner, voucher.engagement_type, person=able, valid_until=None
        )
        ConsultantFactory(partner=voucher.partner, person=unable)

        asked = voucher.engagement_type.qualifications.get().competency
        assert self.labels(voucher) == [
            f"{able}: certified, no end",
            f"{unable}: {unable} has added no exam of {asked}.",
        ]

    def test_who_lost_the_access_is_not_offered(self, voucher, exam):
        certified_consultant(voucher.partner, voucher.engagement_type)

        assert self.labels(voucher) == []

    def test_the_page_says_what_helps_when_nobody_is_there(
        self, as_person, voucher, exam, by
    ):
        page = reverse(
            "engagements:schedule", args=[voucher.partner.slug, voucher.number]
        )

        response = as_person(by.person).get(page)

        assert "nobody has confirmed to work for your company" in response.text


def test_reviewers_see_the_findings_beside_the_engagement(as_person, asked, engagement):
    asked.certificates.all().delete()
    person = staff_actor(Duty.DELIVERY_REVIEWER).person
    give_second_factor(person)

    page = as_person(person).get(
        reverse("admin:engagements_engagement_change", args=[engagement.pk])
    )

    assert "On the first day" in page.text
    assert "has added no exam of" in page.text


def test_payment_checks_name_a_lead_without_certificate(as_person):
    engagement = EngagementFactory(redeemed=True)
    request = PaymentRequestFactory(engagement=engagement)
    ask_for_consultants(engagement.voucher.engagement_type)
    person = staff_actor(Duty.PAYMENT_APPROVER).person
    give_second_factor(person)

    page = as_person(person).get(
        reverse("admin:payments_paymentrequest_change", args=[request.pk])
    )

    assert "is no consultant of your company on" in page.text
