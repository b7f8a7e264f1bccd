"""Who may do what with a voucher, cell by cell: every move, state and role.

Each cell calls the service as that person's page or desk does, and takes it back.
"""

from contextlib import contextmanager, nullcontext
from functools import partial
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django_fsm import TransitionNotAllowed

from engagements.services import redemptions as engagements_redemption_services
from payments.services import reviews
from portal import clock
from portal.actors import CLOCK
from portal.findings import Refused
from portal.models import Location
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.payments import PaymentRequestFactory
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)
from tests.vouchers.actions import acting, redeem_voucher
from vouchers import tasks
from vouchers.models import State, Voucher
from vouchers.services import (
    assignment,
    nightly,
    reservations,
    suspension,
    vouchers,
)
from vouchers.services import (
    redemptions as vouchers_redemption_services,
)
from vouchers.services.assignment import Assignee

OWNER = {"benefit admin"}
HOLDERS = {"partner admin", "delivery lead"}
OTHERS = {"other partner admin", "other delivery lead"}
DELIVERY = {"delivery reviewer"}
REVIEW = DELIVERY | {"program manager"}
RELEASER = {"payment releaser"}
THE_CLOCK = {"clock"}
NOBODY = set()

# The voucher names its partner from its assignment on. What is not here, nobody does.
TABLE = {
    "assign": {"created": OWNER, "assigned": OWNER},
    "recall": {"assigned": OWNER},
    "cancel": {"created": OWNER, "assigned": OWNER},
    "reserve": {"assigned": HOLDERS},
    "release": {"reserved": HOLDERS},
    "release a silent hold": {"reserved": REVIEW},
    "redeem": {"reserved": HOLDERS},
    "reverse": {"redeemed": DELIVERY},
    "pay": {"redeemed": RELEASER},
    "expire": {"created": THE_CLOCK, "assigned": THE_CLOCK, "reserved": THE_CLOCK},
    "suspend": dict.fromkeys(["created", "assigned", "reserved", "redeemed"], REVIEW),
    "reactivate": dict.fromkeys(
        ["created", "assigned", "reserved", "redeemed"], REVIEW
    ),
}
ENDS = {
    "assign": State.ASSIGNED,
    "recall": State.CREATED,
    "cancel": State.CANCELLED,
    "reserve": State.RESERVED,
    "release": State.ASSIGNED,
    "release a silent hold": State.ASSIGNED,
    "redeem": State.REDEEMED,
    "reverse": State.RESERVED,
    "pay": State.PAID,
    "expire": State.EXPIRED,
}
CELLS = [(move, state) for move in TABLE for state in State.values]


def staff():
    return {duty.value: staff_actor(duty) for duty in Duty}


def made_world():
    """Make one voucher in each state, and somebody of each role."""
    pool = CustomerAgreementFactory()
    kind = EngagementTypeFactory(offering__program=pool.program)
    ours, theirs = eligible_partner(kind), eligible_partner(kind)
    make = partial(VoucherFactory, agreement=pool, engagement_type=kind)
    vouchers = {
        state: make(**{state: True}, partner=ours)
        for state in ("assigned", "reserved", "redeemed", "paid")
    }
    vouchers |= {state: make(**{state: True}) for state in ("cancelled", "expired")}
    vouchers |= {"created": make()}
    engagements = {
        vouchers[state].pk: EngagementFactory(voucher=vouchers[state], reported=True)
        for state in ("reserved", "redeemed", "paid")
    }
    people = {
        "benefit admin": owner_of(vouchers["created"]),
        "project manager": manager_of(vouchers["assigned"]),
        "other benefit admin": actor_of(CustomerFactory(), Role.BENEFIT_ADMIN),
        "partner admin": actor_of(ours, Role.PARTNER_ADMIN),
        "delivery lead": actor_of(ours, Role.DELIVERY_LEAD),
        "finance": actor_of(ours, Role.FINANCE),
        "consultant": actor_of(ours, Role.CONSULTANT),
        "other partner admin": actor_of(theirs, Role.PARTNER_ADMIN),
        "other delivery lead": actor_of(theirs, Role.DELIVERY_LEAD),
        **staff(),
        "clock": CLOCK,
    }
    return SimpleNamespace(
        vouchers=vouchers,
        engagements=engagements,
        requests={},
        people=people,
        partners=[ours, theirs],
        open=make,
    )


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Make the world once: each cell takes its own changes back."""
    with django_db_blocker.unblock(), transaction.atomic():
        with acting_for_all():
            yield made_world()
        transaction.set_rollback(True)


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def assign(world, voucher, by):
    manager = world.people["benefit admin"].person
    assignment.assign([voucher], Assignee(manager, world.partners[1]), by=by)


def reserve(world, voucher, by):
    partner = by.organization or world.partners[0]
    place = Location.objects.filter(organization=partner).first()
    if place is None:
        place = Location(organization=partner, country="DE")
    reservations.reserve(voucher, location=place, accepts_terms=True, by=by)


def redeem(world, voucher, by):
    # As if its number were known to everybody.
    engagement = world.engagements.get(voucher.pk)
    if engagement is None:
        redeem_voucher(voucher, voucher.days, by)
    else:
        engagements_redemption_services.redeem(engagement, by=by)


def pay(world, voucher, by):
    request = world.requests.get(voucher.pk)
    if request is None:
        vouchers_redemption_services.pay([voucher], by=by)
    else:
        reviews.record_payment(
            request, paid_on=clock.today(), bank_reference="SEPA 1", by=by
        )


def expire(world, voucher, by):
    """Let the clock look for what is overdue: nobody else has such an action."""
    if by is not CLOCK:
        raise Refused("Nobody but the clock lets a voucher expire.")
    if not nightly.expire(Voucher.objects.filter(pk=voucher.pk)):
        raise Refused("The clock passes the voucher over.")


ACTIONS = {
    "assign": assign,
    "recall": lambda world, voucher, by: assignment.recall([voucher], by=by),
    "cancel": lambda world, voucher, by: vouchers.cancel([voucher], by=by),
    "reserve": reserve,
    "release": lambda world, voucher, by: reservations.release(
        voucher, reason="changed", by=by
    ),
    "release a silent hold": lambda world, voucher, by: reservations.release_silent(
        voucher, reason="No answer.", by=by
    ),
    "redeem": redeem,
    "reverse": lambda world, voucher, by: reviews.reverse_redemption(
        voucher, reason="A mistake.", by=by
    ),
    "pay": pay,
    "expire": expire,
    "suspend": lambda world, voucher, by: suspension.suspend(
        voucher, reason="An audit.", by=by
    ),
    "reactivate": lambda world, voucher, by: suspension.reactivate(
        voucher, reason="All is well.", by=by
    ),
}


def arrange(world, move, voucher):
    """Make true what the move needs besides the state; changes no state itself."""
    row = Voucher.objects.filter(pk=voucher.pk)
    if move == "expire":
        # Its last day cannot be moved back: the clock is moved on instead.
        return clock.set_to(clock.now() + (voucher.expires_on - clock.today()) * 2)
    if move == "reactivate" and voucher.state in TABLE["reactivate"]:
        row.update(suspended_at=clock.now(), suspension_reason="An audit.")
    world.requests = {}
    if move == "pay" and voucher.state == "redeemed":
        world.requests[voucher.pk] = PaymentRequestFactory(
            engagement=world.engagements[voucher.pk], approved=True
        )
    return clock.set_to(clock.now())


def does(world, move, voucher, by):
    """Tell whether a service does a move for somebody, and ends where it should."""
    with taken_back():
        try:
            # A person of an organization works behind its own wall.
            with transaction.atomic(), acting(by) if by.organization else nullcontext():
                ACTIONS[move](world, voucher, by)
        except (Refused, TransitionNotAllowed, ObjectDoesNotExist):
            return False
        after = Voucher.objects.get(pk=voucher.pk)
        assert after.state == ENDS.get(move, voucher.state)
        return True


def who_does(world, move, voucher):
    return {name for name, by in world.people.items() if does(world, move, voucher, by)}


@pytest.mark.parametrize(("move", "state"), CELLS)
def test_each_role_does_what_the_table_says_and_nothing_else(world, move, state):
    voucher = world.vouchers[state]

    with taken_back(), arrange(world, move, voucher):
        done = who_does(world, move, Voucher.objects.get(pk=voucher.pk))

    assert done == TABLE[move].get(state, NOBODY)


def test_an_open_voucher_is_reserved_by_any_eligible_partner(world):
    with taken_back():
        voucher = world.open(assigned=True)

        assert who_does(world, "reserve", voucher) == HOLDERS | OTHERS


@pytest.mark.parametrize(
    ("move", "state"),
    [
        (move, state)
        for move, cells in TABLE.items()
        for state in cells
        if move != "reactivate"
    ],
)
def test_nobody_moves_what_is_suspended(world, move, state):
    voucher = world.vouchers[state]

    with taken_back(), arrange(world, move, voucher):
        Voucher.objects.filter(pk=voucher.pk).update(
            suspended_at=clock.now(), suspension_reason="An audit."
        )

        assert who_does(world, move, Voucher.objects.get(pk=voucher.pk)) == NOBODY


def test_the_clock_finds_by_itself_what_is_overdue(world):
    overdue = {"created", "assigned", "reserved"}

    with taken_back(), arrange(world, "expire", world.vouchers["created"]):
        tasks.expire_overdue()

        expired = Voucher.objects.filter(state=State.EXPIRED)
        assert {each.pk for each in expired} == {
            world.vouchers[state].pk for state in overdue | {"expired"}
        }
