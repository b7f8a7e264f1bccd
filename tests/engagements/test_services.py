"""Scheduling, reporting and redeeming: what is done, refused, recorded and told."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django_fsm import TransitionNotAllowed

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.services import (
    redemptions as engagements_redemption_services,
)
from engagements.services import (
    reports,
    schedules,
)
from portal import clock
from portal.actors import Staff
from portal.findings import Refused
from portal.models import AuditEntry, Document, Email
from portal.roles import Role
from portal.tenancy import acting_for
from tests.counting import statements_of
from tests.engagements.conftest import ahead, plan, typed
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import (
    MembershipFactory,
    PartnerFactory,
    UserFactory,
    actor_of,
)
from tests.factories.vouchers import VoucherFactory
from vouchers.models import State, Voucher
from vouchers.services import redemptions as vouchers_redemption_services
from vouchers.services import reservations
from vouchers.tasks import expire_overdue


def holder_of(voucher):
    return actor_of(voucher.partner, Role.DELIVERY_LEAD)


def as_actor(by):
    return acting_for(by.organization_id, person=by.person_id)


def schedule(voucher, by, **fields):
    wanted = {"starts_on": ahead(1), "ends_on": ahead(5), "lead": by.person} | fields
    with as_actor(by):
        return schedules.schedule(voucher, by=by, **wanted)


def file(engagement, by, report=None, deliverable=None):
    with as_actor(by):
        return reports.file_report(
            engagement, report or typed(), deliverable or plan(), by=by
        )


def test_schedule_plans_the_reservation_of_the_voucher(voucher):
    by = holder_of(voucher)

    schedule(voucher, by)

    engagement = Engagement.objects.get()
    assert engagement.reservation == voucher.reservations.get()
    assert engagement.parties == voucher.parties
    assert AuditEntry.objects.get().verb == "engagement.scheduled"


def test_schedule_tells_the_project_manager_once(voucher):
    schedule(voucher, holder_of(voucher))

    mail = Email.objects.get()
    assert mail.to == voucher.project_manager.email
    assert voucher.number in mail.subject


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (-1, 5, "starts_on"),
        (5, 4, "ends_on"),
        (1, 4, "ends_on"),
        (87, 91, "ends_on"),
    ],
)
def test_schedule_refuses_days_that_do_not_fit_the_voucher(voucher, first, last, field):
    with pytest.raises(Refused) as refusal:
        schedule(
            voucher, holder_of(voucher), starts_on=ahead(first), ends_on=ahead(last)
        )

    assert refusal.value.field == field
    assert not Engagement.objects.exists()
    assert not Email.objects.exists()


def test_the_days_of_reserving_and_of_expiry_are_days_to_work(voucher):
    schedule(
        voucher, holder_of(voucher), starts_on=ahead(0), ends_on=voucher.expires_on
    )

    assert Engagement.objects.get().ends_on == voucher.expires_on


def test_schedule_refuses_a_lead_from_elsewhere(voucher):
    with pytest.raises(Refused, match="does not belong to your company") as refusal:
        schedule(voucher, holder_of(voucher), lead=UserFactory())

    assert refusal.value.field == "lead"
    assert not Engagement.objects.exists()


def test_schedule_refuses_a_second_time(voucher):
    by = holder_of(voucher)
    schedule(voucher, by)

    with pytest.raises(Refused, match="scheduled already"):
        schedule(voucher, by)

    assert Engagement.objects.count() == 1


def test_schedule_refuses_a_voucher_that_is_not_reserved(db):
    voucher = VoucherFactory(redeemed=True)

    with pytest.raises(Refused, match="Only a reserved voucher"):
        schedule(voucher, holder_of(voucher))

    assert not Engagement.objects.exists()


@pytest.mark.parametrize("role", [Role.FINANCE])
def test_only_deliverers_schedule(voucher, role):
    with pytest.raises(Refused, match="Delivery lead"):
        schedule(voucher, actor_of(voucher.partner, role))

    assert not Engagement.objects.exists()


def test_another_partner_cannot_schedule_even_where_it_can_see_the_voucher(voucher):
    stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

    with pytest.raises(Refused, match="does not hold"):
        schedules.schedule(
            voucher,
            starts_on=ahead(1),
            ends_on=ahead(5),
            lead=stranger.person,
            by=stranger,
        )


def test_move_dates_changes_the_days_and_tells_what_changed(lead, engagement):
    with as_actor(lead):
        schedules.move_dates(engagement, starts_on=ahead(2), ends_on=ahead(8), by=lead)

    moved = Engagement.objects.get()
    assert (moved.starts_on, moved.ends_on) == (ahead(2), ahead(8))
    entry = AuditEntry.objects.get(verb="engagement.moved")
    assert set(entry.changes) == {"starts_on", "ends_on"}
    assert Email.objects.get().to == engagement.voucher.project_manager.email


def test_dates_that_stay_the_same_are_not_news(lead, engagement):
    with as_actor(lead):
        schedules.move_dates(
            engagement,
            starts_on=engagement.starts_on,
            ends_on=engagement.ends_on,
            by=lead,
        )

    assert not AuditEntry.objects.exists()
    assert not Email.objects.exists()


def test_dates_moved_there_and_back_are_told_twice(lead, engagement):
    before = {"starts_on": engagement.starts_on, "ends_on": engagement.ends_on}
    with as_actor(lead):
        schedules.move_dates(engagement, starts_on=ahead(1), ends_on=ahead(5), by=lead)
        schedules.move_dates(engagement, **before, by=lead)

    assert Email.objects.count() == 2


def test_a_reported_engagement_keeps_its_dates(db):
    engagement = EngagementFactory(reported=True)
    by = holder_of(engagement.voucher)

    with pytest.raises(Refused, match="Only a scheduled engagement"), as_actor(by):
        schedules.move_dates(engagement, starts_on=ahead(1), ends_on=ahead(5), by=by)

    assert Engagement.objects.get().ends_on == engagement.ends_on


def test_file_report_keeps_the_report_and_the_deliverable_for_both_parties(
    lead, engagement
):
    file(engagement, lead)

    report = CompletionReport.objects.get()
    assert report.engagement.state == EngagementState.REPORTED
    assert report.deliverable.parties == sorted(engagement.parties)
    assert report.filed_by == lead.person
    assert AuditEntry.objects.get().verb == "engagement.reported"
    assert Email.objects.get().to == engagement.voucher.project_manager.email


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"days_on_site": 4}, "days_on_site"),
        ({"days_on_site": 5, "days_off_site": 1}, "days_on_site"),
        ({"days_on_site": 1, "days_off_site": 4}, "days_off_site"),
        ({"accepted_on": clock.in_days(1)}, "accepted_on"),
        ({"accepted_on": clock.in_days(-11)}, "accepted_on"),
        ({"no_extra_charge": False}, "no_extra_charge"),
        ({"policies_met": False}, "policies_met"),
    ],
)
def test_file_report_refuses_what_does_not_fit(lead, engagement, fields, field):
    with pytest.raises(Refused) as refusal:
        file(engagement, lead, typed(**fields))

    assert refusal.value.field == field
    assert Engagement.objects.get().state == EngagementState.SCHEDULED
    assert not CompletionReport.objects.exists()
    assert not Email.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "plan.pdf", "empty"),
        (b"<html><script>", "plan.pdf", "not what its name says"),
        (b"MZ", "plan.exe", "not accepted"),
    ],
)
def test_file_report_refuses_a_wrong_file(lead, engagement, content, name, why):
    with pytest.raises(Refused, match=why):
        file(engagement, lead, deliverable=plan(content, name))

    assert Engagement.objects.get().state == EngagementState.SCHEDULED
    assert not Document.objects.exists()


def test_file_report_refuses_before_the_last_day(db):
    engagement = EngagementFactory(upcoming=True)

    with pytest.raises(TransitionNotAllowed):
        file(engagement, holder_of(engagement.voucher))

    assert not CompletionReport.objects.exists()


def test_a_report_is_filed_once(lead, engagement):
    file(engagement, lead)

    with pytest.raises(TransitionNotAllowed):
        file(engagement, lead)

    assert CompletionReport.objects.count() == 1
    assert Email.objects.count() == 1


def redeem(engagement, by):
    with as_actor(by):
        engagements_redemption_services.redeem(engagement, by=by)


def test_redeem_uses_the_voucher_up_and_tells_both_sides(db):
    engagement = EngagementFactory(reported=True)
    finance = MembershipFactory(organization=engagement.partner, roles=[Role.FINANCE])

    redeem(engagement, holder_of(engagement.voucher))

    voucher = Voucher.objects.get()
    assert voucher.state == State.REDEEMED
    assert voucher.agreement.balance.delivered == voucher.days
    assert set(Email.objects.values_list("to", flat=True)) == {
        voucher.project_manager.email,
        finance.person.email,
    }


def test_redeem_refuses_without_a_report(lead, engagement):
    with pytest.raises(Refused, match="File the completion report"):
        redeem(engagement, lead)

    assert Voucher.objects.get().state == State.RESERVED
    assert not AuditEntry.objects.exists()
    assert not Email.objects.exists()


def test_redeem_refuses_an_expired_voucher(db):
    engagement = EngagementFactory(reported=True, voucher__expires_on=clock.in_days(-1))

    with pytest.raises(TransitionNotAllowed):
        redeem(engagement, holder_of(engagement.voucher))

    assert Voucher.objects.get().state == State.RESERVED


def test_redeem_pressed_twice_redeems_once(db):
    engagement = EngagementFactory(reported=True)
    by = holder_of(engagement.voucher)
    redeem(engagement, by)

    with pytest.raises(TransitionNotAllowed):
        redeem(engagement, by)

    assert Email.objects.count() == 1
    assert Voucher.objects.get().agreement.balance.delivered == 5


def test_a_voucher_redeemed_again_after_a_reversal_is_told_again(db):
    engagement = EngagementFactory(reported=True)
    by = holder_of(engagement.voucher)
    redeem(engagement, by)
    vouchers_redemption_services.reverse(
        Voucher.objects.get(),
        reason="A mistake.",
        by=Staff(by.person, frozenset({"delivery reviewer"})),
    )
    redeem(engagement, by)

    assert Email.objects.filter(key__startswith="voucher-redeemed:").count() == 2


@pytest.mark.parametrize("state", ["upcoming", "reported"])
def test_releasing_the_voucher_calls_the_engagement_off(db, state):
    engagement = EngagementFactory(**{state: True})
    by = holder_of(engagement.voucher)

    with as_actor(by):
        reservations.release(engagement.voucher, reason="not_taking_place", by=by)

    assert Engagement.objects.get().state == EngagementState.CALLED_OFF
    assert AuditEntry.objects.filter(verb="engagement.called_off").count() == 1


def test_an_expired_voucher_calls_its_engagement_off(db):
    EngagementFactory(voucher__expires_on=clock.in_days(-1))

    assert expire_overdue() == 1
    assert expire_overdue() == 0

    assert Engagement.objects.get().state == EngagementState.CALLED_OFF
    assert connection.in_atomic_block


def test_a_night_that_calls_three_off_asks_no_more_than_one_that_calls_off_one(db):
    def night(number):
        with transaction.atomic():
            EngagementFactory.create_batch(number, upcoming=True)
            with clock.set_to(clock.now() + timedelta(days=200)):
                count = statements_of(expire_overdue)
            called_off = Engagement.objects.filter(state=EngagementState.CALLED_OFF)
            assert called_off.count() == number
            transaction.set_rollback(True)
        return count

    assert night(3) == night(1)
