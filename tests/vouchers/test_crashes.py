"""A connection that dies between any two statements of an action leaves all or nothing.

What only reads changes nothing: it dies after each statement that writes, and instead
of each commit, with what would have gone along with that.
"""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import InterfaceError, OperationalError, connection

from engagements.models import Engagement
from enrollment.models import Extender
from portal import clock
from portal.models import AuditEntry, Email, Location
from portal.reminders import remind
from portal.roles import Duty, Role
from portal.tenancy import Scope, acting_for_all, scope_now
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts, acting, redeem_voucher
from vouchers import tasks
from vouchers.models import Extension, LedgerEntry, Reservation, Voucher
from vouchers.services import (
    assignment,
    extensions,
    nightly,
    redemptions,
    reservations,
    vouchers,
)
from vouchers.services.assignment import Assignee

pytestmark = pytest.mark.django_db(transaction=True)

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


class Dying:
    """Loses the connection right after so many statements that write."""

    def __init__(self, last):
        self.left = last

    def __call__(self, execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if str(sql).lstrip().startswith(WRITES):
            self.left -= 1
            if self.left == 0:
                # The server learns of it as of a client that is gone.
                context["connection"].connection.close()
                raise OperationalError("the connection is lost")
        return done


def left_behind():
    """Return everything that an action on a voucher touches."""
    arranging_as_sponsor()
    [voucher] = Voucher.objects.values(
        "state", "expires_on", "partner", "project_manager", "days_used"
    )
    entries = list(LedgerEntry.objects.order_by("pk").values_list("kind", "days"))
    agreement = Voucher.objects.select_related("agreement").get().agreement
    return {
        **voucher,
        "ledger": entries,
        "accounts": accounts(agreement),
        "audit": list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)),
        "mails": sorted(Email.objects.values_list("key", flat=True)),
        "reservations": list(
            Reservation.objects.order_by("pk").values_list("partner", "release_reason")
        ),
        "engagements": list(Engagement.objects.values_list("state", flat=True)),
        "extensions": list(Extension.objects.values_list("before", "until")),
    }


def arranging_as_sponsor():
    """Work again as the test began: a new connection is nobody's."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE portal_sponsor")
    scope_now.set(Scope("portal_sponsor"))


def assigning():
    voucher = VoucherFactory()
    owner = owner_of(voucher)
    manager = actor_of(voucher.customer, Role.PROJECT_MANAGER).person
    partner = eligible_partner(voucher.engagement_type)

    def action():
        with acting(owner):
            assignment.assign([voucher], Assignee(manager, partner), by=owner)

    return action


def reserving():
    voucher = VoucherFactory(assigned=True)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    place = Location.objects.get(organization=lead.organization)

    def action():
        with acting(lead):
            reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)

    return action


def releasing():
    voucher = EngagementFactory(upcoming=True).voucher
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    def action():
        with acting(lead):
            reservations.release(voucher, reason="changed", by=lead)

    return action


def cancelling():
    voucher = VoucherFactory(assigned=True)
    owner = owner_of(voucher)

    def action():
        with acting(owner):
            vouchers.cancel([voucher], by=owner)

    return action


def redeeming():
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    def action():
        with acting_for_all():
            redeem_voucher(voucher, voucher.days, lead)

    return action


def paying():
    voucher = VoucherFactory(redeemed=True)

    def action():
        with acting_for_all():
            redemptions.pay([voucher], by=staff_of(Duty.PAYMENT_RELEASER))

    staff_of = {duty: staff_actor(duty) for duty in Duty}.__getitem__
    return action


def expiring():
    EngagementFactory(upcoming=True)
    later = clock.now() + timedelta(days=200)

    def action():
        with clock.set_to(later):
            tasks.expire_overdue()

    return action


def extending():
    agreement = CustomerAgreementFactory(
        program__extended_by=Extender.OWNER,
        program__extension_days=30,
        program__extensions_most=1,
    )
    voucher = VoucherFactory(agreement=agreement, reserved=True)
    owner = owner_of(voucher)

    def action():
        with acting(owner):
            extensions.extend(voucher, by=owner)

    return action


def reminding():
    VoucherFactory(assigned=True, expires_on=clock.in_days(14))
    return partial(remind, nightly.REMINDER)


ACTIONS = {
    "assign": assigning,
    "cancel": cancelling,
    "expire": expiring,
    "extend": extending,
    "pay": paying,
    "redeem": redeeming,
    "release": releasing,
    "remind": reminding,
    "reserve": reserving,
}


def after_a_write(last):
    return connection.execute_wrapper(Dying(last))


@contextmanager
def at_a_commit(last):
    """Lose the connection instead of committing for the last of so many times."""
    commit, left = connection._commit, iter(range(last - 1, -1, -1))

    def dying():
        if next(left, 1):
            return commit()
        connection.connection.close()
        raise OperationalError("the connection is lost")

    connection._commit = dying
    try:
        yield
    finally:
        connection._commit = commit


@pytest.mark.parametrize("dying", [after_a_write, at_a_commit])
@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_is_whole_or_it_was_not(name, dying):
    action = ACTIONS[name]()
    before = left_behind()
    for number in range(1, 50):
        try:
            with dying(number):
                action()
        except (OperationalError, InterfaceError):
            assert left_behind() == before, f"it died for the {number}. time"
        else:
            break

    assert left_behind() != before
    # What goes along with the commit is no statement of its own.
    assert number > 1 or dying is after_a_write
