"""The night in batches: many expire at once, each by its guards and its own zone."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_fsm import can_proceed

from engagements.models import Engagement, EngagementState
from portal import clock
from portal.mail import Drafts
from portal.models import AuditEntry, Email
from portal.roles import Role
from portal.tenancy import acting_for_all
from tests.concurrency import at_once
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import CustomerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.vouchers.actions import accounts, moved, recorded, redeem_voucher, told
from vouchers import tasks
from vouchers.models import Reservation, State, Voucher
from vouchers.services import nightly, notifications

YESTERDAY = -1
ZONES = ["Pacific/Kiritimati", "UTC", "Pacific/Niue"]


def overdue(**fields):
    return VoucherFactory(expires_on=clock.in_days(YESTERDAY), **fields)


def suspended(voucher):
    Voucher.objects.filter(pk=voucher.pk).update(
        suspended_at=clock.now(), suspension_reason="A question is open."
    )


@pytest.mark.django_db
@pytest.mark.parametrize("hour", ["00", "23"])
def test_the_database_chooses_as_the_guards_do(hour, time_machine):
    time_machine.move_to(f"2026-03-10T{hour}:30:00Z", tick=False)
    for zone in ZONES:
        customer = CustomerFactory(time_zone=zone)
        agreement = CustomerAgreementFactory(customer=customer, days=100)
        for left in (-2, -1, 0, 1):
            day = clock.in_days(left)
            VoucherFactory(agreement=agreement, expires_on=day)
            suspended(VoucherFactory(agreement=agreement, expires_on=day))
            VoucherFactory(agreement=agreement, expires_on=day, cancelled=True)

    chosen = set(Voucher.objects.overdue())

    vouchers = Voucher.objects.select_related("customer")
    assert chosen == {each for each in vouchers if can_proceed(each.expire)}
    assert chosen


@pytest.mark.django_db
def test_the_database_tells_running_agreements_as_the_model_does():
    agreements = [
        CustomerAgreementFactory(ends_on=clock.in_days(YESTERDAY + shift))
        for shift in (-1, 0, 1)
    ]
    agreements += [
        CustomerAgreementFactory(ended_on=clock.in_days(YESTERDAY + shift))
        for shift in (-1, 0, 1)
    ]
    for agreement in agreements:
        overdue(agreement=agreement)

    for voucher in Voucher.objects.overdue().select_related("agreement"):
        runs = voucher.agreement.is_running(voucher.expires_on)
        assert voucher.returns == runs


@pytest.mark.django_db
def test_a_suspended_voucher_does_not_expire():
    suspended(overdue())

    assert tasks.expire_overdue() == 0


@pytest.mark.django_db
def test_many_expire_with_as_many_statements_as_one():
    agreement = CustomerAgreementFactory(days=100)
    fields = {"agreement": agreement, "admin": overdue(agreement=agreement).admin}
    with CaptureQueriesContext(connection) as one:
        tasks.expire_overdue()
    for _each in range(9):
        overdue(**fields)

    with CaptureQueriesContext(connection) as many:
        assert tasks.expire_overdue() == 9

    assert len(many) == len(one)


@pytest.mark.django_db
def test_each_is_written_down_as_if_it_were_alone():
    voucher = overdue(reserved=True)

    tasks.expire_overdue()

    entry = AuditEntry.objects.get(verb="voucher.expired")
    assert (entry.subject_id, entry.subject_name) == (voucher.pk, voucher.number)
    assert entry.parties == sorted([voucher.customer_id, voucher.partner_id])
    assert entry.changes == {"state": ["reserved", "expired"]}
    assert (entry.side, entry.person, entry.roles) == ("clock", None, [])


@pytest.mark.django_db
def test_an_engagement_is_called_off_with_its_expired_voucher():
    EngagementFactory(upcoming=True)
    later = clock.now() + timedelta(days=200)

    with clock.set_to(later):
        assert tasks.expire_overdue() == 1

    assert Engagement.objects.get().state == EngagementState.CALLED_OFF
    reservation = Reservation.objects.get()
    assert (reservation.release_reason, reservation.released_at) == ("expired", later)
    assert recorded()[-2:] == ["voucher.expired", "engagement.called_off"]


@pytest.mark.django_db
class TestMails:
    def test_five_vouchers_are_five_mails_and_more_are_one(self):
        few, many = CustomerAgreementFactory.create_batch(2)
        few_admin = overdue(agreement=few).admin
        many_admin = overdue(agreement=many).admin
        for _each in range(4):
            overdue(agreement=few, admin=few_admin)
        for _each in range(5):
            overdue(agreement=many, admin=many_admin)

        tasks.expire_overdue()

        assert told() == sorted(
            [("voucher-expired", few_admin.email)] * 5
            + [("voucher-expired-many", many_admin.email)]
        )

    def test_a_list_names_each_voucher_and_what_became_of_its_days(self, monkeypatch):
        monkeypatch.setattr(notifications, "SINGLE", 5)
        monkeypatch.setattr(notifications, "LINES", 6)
        agreement = CustomerAgreementFactory(ended_on=clock.in_days(-3), days=100)
        admin = overdue(agreement=agreement).admin
        for _each in range(7):
            overdue(agreement=agreement, admin=admin)
        [first, *_others] = Voucher.objects.order_by("pk")

        tasks.expire_overdue()

        email = Email.objects.get()
        assert email.subject == "8 vouchers have expired"
        assert f"{first.number}, " in email.body
        assert "5 days, lost because the agreement had ended" in email.body
        assert "and 2 more" in email.body

    def test_in_the_place_of_an_admin_who_left_the_other_admins_are_told(self):
        voucher = overdue()
        other = actor_of(voucher.customer, Role.BENEFIT_ADMIN).person
        voucher.admin.memberships.update(is_active=False)

        tasks.expire_overdue()

        assert told() == [("voucher-expired", other.email)]

    def test_an_admin_who_is_there_is_told_alone(self):
        voucher = overdue()
        actor_of(voucher.customer, Role.BENEFIT_ADMIN)

        tasks.expire_overdue()

        assert told() == [("voucher-expired", voucher.admin.email)]


@pytest.mark.django_db
def test_what_changed_since_it_was_listed_is_told_as_it_is(monkeypatch):
    voucher = overdue(assigned=True)
    left = voucher.project_manager
    new = actor_of(voucher.customer, Role.PROJECT_MANAGER).person
    write = Drafts.write

    def meanwhile(self, told):
        write(self, told)
        Voucher.objects.filter(pk=voucher.pk).update(project_manager=new)

    monkeypatch.setattr(Drafts, "write", meanwhile)

    tasks.expire_overdue()

    assert ("voucher-expired", new.email) in told()
    assert ("voucher-expired", left.email) not in told()


class TestTogether:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_eight_clocks_side_by_side_expire_each_voucher_once(self):
        agreement = CustomerAgreementFactory(days=500)
        admin = overdue(agreement=agreement).admin
        for _each in range(39):
            overdue(agreement=agreement, admin=admin)

        outcomes = at_once(*[tasks.expire_overdue] * 8)

        assert sum(outcomes) == 40
        assert accounts(agreement) == (500, 0, 0, 0, 0)
        assert recorded() == ["voucher.expired"] * 40

    def test_what_somebody_holds_is_passed_over_and_found_by_the_next_run(self):
        held, free = overdue(), overdue()

        with acting_for_all():
            Voucher.objects.select_for_update().get(pk=held.pk)
            [done] = at_once(tasks.expire_overdue)

        assert (done, moved(free)) == (1, ["held", "returned"])
        assert moved(held) == ["held"]
        assert tasks.expire_overdue() == 1

    @pytest.mark.parametrize("round_", range(3))
    def test_a_partner_who_redeems_in_the_same_second_or_the_clock_wins(self, round_):
        voucher = VoucherFactory(reserved=True, expires_on=clock.today())
        by = actor_of(voucher.partner, Role.DELIVERY_LEAD)
        tomorrow = clock.now() + timedelta(days=1)

        def redeeming():
            with acting_for_all():
                redeem_voucher(voucher, voucher.days, by)

        def night():
            with clock.set_to(tomorrow):
                return tasks.expire_overdue()

        _redeemed, expired = at_once(redeeming, night)

        after = Voucher.objects.get()
        if expired:
            assert (after.state, moved(voucher)[1:]) == (State.EXPIRED, ["returned"])
        else:
            assert (after.state, moved(voucher)[1:]) == (State.REDEEMED, ["consumed"])

    def test_batches_of_the_same_pools_in_another_order_do_not_block(self):
        agreements = CustomerAgreementFactory.create_batch(6, days=100)
        pools = [agreements, agreements[::-1]]
        for agreement in agreements:
            overdue(agreement=agreement)
            overdue(agreement=agreement)
        halves = [
            [Voucher.objects.filter(agreement=pool)[turn].pk for pool in order]
            for turn, order in enumerate(pools)
        ]

        outcomes = at_once(*[partial(expired_together, keys) for keys in halves])

        assert outcomes == [6, 6]


def expired_together(keys):
    with acting_for_all():
        rows = [Voucher.objects.filter(pk=key) for key in sorted(keys)]
        return sum(nightly.expire(row) for row in rows)
