"""What was promised at the reservation is not judged again when work is done for it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.presentation import waiting
from engagements.services import redemptions, reports, schedules
from enrollment.models.states import EnrollmentState
from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import Email, Location
from portal.roles import Duty, Role
from tests.engagements.conftest import ahead, plan, typed
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    EnrollmentFactory,
    ProgramAgreementFactory,
    ask_for_consultants,
    certified_consultant,
    eligible_partner,
)
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
)
from tests.vouchers.actions import acting, recorded
from tests.waiting import tasks_for
from vouchers.models import State, Voucher
from vouchers.services import reservations, suspension

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher():
    return VoucherFactory(assigned=True)


@pytest.fixture
def lead(voucher):
    return actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)


@pytest.fixture
def reserved(voucher, lead):
    """Return the voucher, reserved under a promise."""
    place = Location.objects.get(organization=lead.organization)
    with acting(lead):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)
    return Voucher.objects.get()


def schedule(voucher, by):
    with acting(by):
        return schedules.schedule(
            voucher, starts_on=ahead(0), ends_on=ahead(4), lead=by.person, by=by
        )


def carry_out(voucher, by, time_machine):
    """Schedule, report and redeem an engagement of five days from today."""
    engagement = schedule(voucher, by)
    time_machine.shift(timedelta(days=5))
    with acting(by):
        reports.file_report(engagement, typed(), plan(), by=by)
        redemptions.redeem(Engagement.objects.get(), by=by)


def competency_lapsed(partner, program):
    partner.competencies.update(valid_until=clock.in_days(-60))


def competency_gone(partner, program):
    partner.competencies.all().delete()


def enrollment_lapsed(partner, program):
    partner.enrollments.update(ends_on=ahead(-1), good_until=ahead(-1))


def agreement_renewed(partner, program):
    ProgramAgreementFactory(program=program, effective_on=clock.today())


def offering_closed(partner, program):
    program.offerings.update(closes_on=ahead(-1))


LAPSES = [
    competency_lapsed,
    competency_gone,
    enrollment_lapsed,
    agreement_renewed,
    offering_closed,
]


@pytest.mark.parametrize("lapse", LAPSES)
def test_what_lapses_after_the_reservation_stops_no_step(
    reserved, lead, time_machine, lapse
):
    time_machine.move_to(clock.now())
    lapse(lead.organization, reserved.program)

    carry_out(reserved, lead, time_machine)

    assert Voucher.objects.get().state == State.REDEEMED


@pytest.mark.parametrize("lapse", LAPSES)
def test_a_lapse_would_have_stopped_the_reservation(voucher, lead, lapse):
    lapse(lead.organization, voucher.program)
    place = Location.objects.get(organization=lead.organization)
    as_now = Voucher.objects.get()

    with pytest.raises(Refused) as refusal, acting(lead):
        reservations.reserve(as_now, location=place, accepts_terms=True, by=lead)

    assert len(unmet_findings(refusal.value.findings)) == 1


def test_findings_say_when_it_was_promised(reserved, lead):
    engagement = schedule(reserved, lead)
    competency_gone(lead.organization, reserved.program)

    findings = schedules.check_delivery(engagement)

    assert [each.code for each in findings] == [
        "offering",
        "competency",
        "agreement",
        "enrollment",
    ]
    assert all(each.holds for each in findings)
    assert all(str(each.found).startswith("Promised on ") for each in findings)


def test_without_a_promise_the_competency_of_the_first_day_counts():
    engagement = EngagementFactory(competency=False)

    (competency,) = schedules.check_delivery(engagement)

    assert (competency.code, competency.holds) == ("competency", False)


def test_the_lead_is_no_part_of_the_promise(voucher, lead, time_machine):
    kind = voucher.engagement_type
    ask_for_consultants(kind)
    certified_consultant(lead.organization, kind, person=lead.person)
    place = Location.objects.get(organization=lead.organization)
    with acting(lead):
        reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)
    lead.organization.consultants.get().certificates.all().delete()

    with pytest.raises(Refused) as refusal:
        schedule(Voucher.objects.get(), lead)

    assert [each.code for each in refusal.value.findings] == ["lead"]


def suspended(partner, program):
    partner.enrollments.update(state=EnrollmentState.SUSPENDED)


class TestSuspensionOfThePartner:
    """The sponsor's suspension is a new fact: no promise stands against it."""

    def test_it_stops_scheduling(self, reserved, lead):
        suspended(lead.organization, reserved.program)

        with pytest.raises(Refused) as refusal:
            schedule(reserved, lead)

        assert [each.code for each in refusal.value.findings] == ["suspension"]
        assert not Engagement.objects.exists()

    def test_it_stops_redeeming_but_not_the_report(self, reserved, lead, time_machine):
        time_machine.move_to(clock.now())
        engagement = schedule(reserved, lead)
        suspended(lead.organization, reserved.program)
        time_machine.shift(timedelta(days=5))

        with acting(lead):
            reports.file_report(engagement, typed(), plan(), by=lead)
            with pytest.raises(Refused) as refusal:
                redemptions.redeem(Engagement.objects.get(), by=lead)

        assert "The enrollment is suspended." in refusal.value.findings[0].found
        assert Voucher.objects.get().state == State.RESERVED

    def test_its_period_may_end_meanwhile(self, reserved, lead):
        engagement = schedule(reserved, lead)
        suspended(lead.organization, reserved.program)
        enrollment_lapsed(lead.organization, reserved.program)

        (finding, *_rest) = schedules.check_redemption(engagement)

        assert (finding.code, finding.holds) == ("suspension", False)

    @pytest.mark.parametrize("begins", [-1, 5])
    def test_another_period_that_runs_ends_it(self, reserved, lead, begins):
        engagement = schedule(reserved, lead)
        suspended(lead.organization, reserved.program)
        enrollment_lapsed(lead.organization, reserved.program)
        lead.organization.enrollments.update(
            ends_on=ahead(-2), good_until=ahead(-2), period=1
        )
        EnrollmentFactory(
            partner=lead.organization,
            program=reserved.program,
            period=2,
            active=True,
            starts_on=ahead(begins),
            ends_on=ahead(300),
        )

        (finding, *_rest) = schedules.check_redemption(engagement)

        assert finding.code == "suspension"
        assert finding.holds


class TestSuspensionOfTheVoucher:
    """A voucher that stands still keeps its reservation and its engagement."""

    def still(self, **fields):
        engagement = EngagementFactory(**fields)
        suspension.suspend(
            engagement.voucher,
            reason="An audit.",
            by=staff_actor(Duty.PROGRAM_MANAGER),
        )
        return Engagement.objects.get()

    def refusal(self, action, *args, by):
        before = recorded()
        with pytest.raises(Refused) as refusal, acting(by):
            action(*args, by=by)
        assert recorded() == before
        assert str(refusal.value) == "The voucher is suspended by the sponsor."
        (finding,) = refusal.value.findings
        assert "An audit." in finding.found

    def test_the_engagement_stays_scheduled(self):
        engagement = self.still(upcoming=True)

        assert engagement.state == EngagementState.SCHEDULED
        assert engagement.voucher.reservations.live().exists()

    def test_nothing_is_reported(self):
        engagement = self.still()
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        self.refusal(reports.file_report, engagement, typed(), plan(), by=by)

        assert not CompletionReport.objects.exists()

    def test_nothing_is_redeemed(self):
        engagement = self.still(reported=True)

        self.refusal(
            redemptions.redeem,
            engagement,
            by=actor_of(engagement.partner, Role.DELIVERY_LEAD),
        )

        assert Voucher.objects.get().state == State.RESERVED

    def test_nothing_is_scheduled(self, reserved, lead):
        suspension.suspend(
            reserved, reason="An audit.", by=staff_actor(Duty.PROGRAM_MANAGER)
        )

        with pytest.raises(Refused, match="suspended by the sponsor"):
            schedule(reserved, lead)


class TestFewerDays:
    """Where the program allows it, a report may say fewer days than the voucher."""

    @pytest.fixture
    def generous(self):
        agreement = CustomerAgreementFactory(
            days=20, program__allows_fewer_days=True, program__max_offsite_days=1
        )
        return EngagementFactory(voucher__agreement=agreement)

    def file(self, engagement, **days):
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)
        with acting(by):
            reports.file_report(engagement, typed(**days), plan(), by=by)
        return by

    def test_the_rest_returns_and_the_customer_is_told(self, generous):
        by = self.file(generous, days_on_site=2, days_off_site=1)
        Email.objects.all().delete()

        with acting(by):
            redemptions.redeem(Engagement.objects.get(), by=by)

        voucher = Voucher.objects.get()
        assert voucher.days_used == 3
        assert voucher.agreement.balance.free == 17
        (told,) = Email.objects.filter(to=voucher.project_manager.email)
        assert "3 days are delivered" in told.body
        assert "2 days were not delivered. They are back in your pool." in told.body

    @pytest.mark.parametrize("days", [0, 6])
    def test_never_more_days_and_never_none(self, generous, days):
        with pytest.raises(Refused, match="The voucher is for 5 days"):
            self.file(generous, days_on_site=days)

        assert not CompletionReport.objects.exists()


class TestPages:
    """What both sides read of a promise, of a standstill and of fewer days."""

    def open(self, as_person, page, engagement, reader):
        address = reverse(
            f"engagements:{page}", args=[reader.organization.slug, engagement.pk]
        )
        return as_person(reader.person).get(address).text

    def test_both_sides_read_the_promise_on_the_engagement(
        self, as_person, reserved, lead
    ):
        engagement = schedule(reserved, lead)

        for reader in (lead, manager_of(reserved)):
            text = self.open(as_person, "detail", engagement, reader)

            assert "What was promised on" in text
            assert "Competency:" in text

    def test_a_suspended_voucher_leaves_no_button_on_the_engagement(self, as_person):
        engagement = EngagementFactory(reported=True, voucher__suspended=True)
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        detail = self.open(as_person, "detail", engagement, by)
        redeem = self.open(as_person, "redeem", engagement, by)

        assert "is suspended by the sponsor" in detail
        assert "btn-primary" not in detail
        assert "An audit of the agreement." in redeem
        assert "btn-primary" not in redeem

    def test_a_suspended_voucher_waits_for_nobody_at_its_parties(self):
        kept = VoucherFactory(reserved=True, suspended=True)
        by = actor_of(kept.partner, Role.DELIVERY_LEAD)
        EngagementFactory(
            voucher=VoucherFactory(reserved=True, suspended=True, partner=kept.partner)
        )

        with acting(by):
            assert tasks_for(by, waiting.kinds_for) == []

    def test_redeeming_says_what_is_left_over(self, as_person):
        agreement = CustomerAgreementFactory(program__allows_fewer_days=True)
        engagement = EngagementFactory(
            reported=True,
            voucher__agreement=agreement,
            completion_report__days_on_site=3,
        )
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        text = self.open(as_person, "redeem", engagement, by)

        assert "3 days of" in text
        assert "2 days of the voucher were not delivered." in text

    @pytest.mark.parametrize(
        ("fewer", "words"),
        [(True, "are at most the voucher"), (False, "are the voucher")],
    )
    def test_the_report_says_how_many_days_it_takes(self, as_person, fewer, words):
        agreement = CustomerAgreementFactory(program__allows_fewer_days=fewer)
        engagement = EngagementFactory(voucher__agreement=agreement)
        by = actor_of(engagement.partner, Role.DELIVERY_LEAD)

        text = self.open(as_person, "report", engagement, by)

        assert f"On site and off site together {words}" in text
