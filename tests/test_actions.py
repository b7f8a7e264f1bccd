"""What an action of the eight steps asks the database: little, and nothing twice.

Not timed: statements are counted, and held against the limit of each.
"""

import re
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from engagements.services import redemptions, reports, schedules
from enrollment.models import Enrollment
from enrollment.services import enrollments
from enrollment.services import reviews as enrollment_review_services
from payments.services import requests
from payments.services import reviews as payments_review_services
from portal import clock
from portal.models import Location
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from tests.engagements.conftest import plan, typed
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProgramAgreementFactory,
    SignatureFactory,
    eligible_partner,
)
from tests.factories.payments import PaymentRequestFactory, RateFactory
from tests.factories.portal import (
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.mails import astray
from tests.payments.conftest import invoice
from tests.vouchers.actions import acting
from vouchers import tasks
from vouchers.services import assignment, reservations, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db

# So many statements an action may send; the marks of blocks are not counted, nor what
# the page says around it of whom it works for.
MOST = {
    "submit an enrollment": 13,
    "approve an enrollment": 18,
    "create": 7,
    "assign": 19,
    "recall": 8,
    "validate": 12,
    "reserve": 18,
    "schedule": 10,
    "report": 10,
    "redeem": 15,
    "request payment": 9,
    "approve payment": 6,
    "pay": 11,
    "release": 12,
    "cancel": 9,
    "expire": 11,
}
SCOPE = "set_config"
MARKS = ("SAVEPOINT", "RELEASE", "ROLLBACK")


def people(organization, role, number):
    """Let so many people of an organization be told."""
    for _person in range(number):
        MembershipFactory(organization=organization, roles=[role])


def submit(number):
    kind = EngagementTypeFactory()
    program = kind.offering.program
    partner = PartnerFactory()
    admin = actor_of(partner, Role.PARTNER_ADMIN)
    competency = kind.qualifications.get().competency
    HeldCompetencyFactory(partner=partner, competency=competency, verified=True)
    agreement = ProgramAgreementFactory(program=program)
    SignatureFactory(partner=partner, agreement=agreement, signer=admin.person)
    LocationFactory(organization=partner)
    ready = EnrollmentFactory(
        partner=partner, program=program, offerings=[kind.offering]
    )
    people(partner, Role.PARTNER_ADMIN, number)

    def action():
        with acting(admin):
            enrollments.submit(ready, by=admin)

    return action


def approve(number):
    submit(number)()
    reviewer = staff_actor(Duty.ENROLLMENT_REVIEWER)
    sent = Enrollment.objects.latest("pk")

    def action():
        with acting_for_all():
            enrollment_review_services.approve(sent, by=reviewer)

    return action


def create(number):
    kind = EngagementTypeFactory()
    pool = CustomerAgreementFactory(program=kind.offering.program)
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)
    people(pool.customer, Role.BENEFIT_ADMIN, number)
    wanted = VoucherSpec(kind, min(kind.lengths), pool.customer.country)

    def action():
        with acting(owner):
            vouchers.create(pool, [wanted], by=owner, ticket=uuid4())

    return action


def assign(number):
    voucher = VoucherFactory()
    owner = owner_of(voucher)
    manager = actor_of(voucher.customer, Role.PROJECT_MANAGER).person
    partner = eligible_partner(voucher.engagement_type)
    people(partner, Role.DELIVERY_LEAD, number)

    def action():
        with acting(owner):
            assignment.assign([voucher], Assignee(manager, partner), by=owner)

    return action


def recall(number):
    kind = EngagementTypeFactory()
    partner = eligible_partner(kind)
    voucher = VoucherFactory(assigned=True, engagement_type=kind, partner=partner)
    owner = owner_of(voucher)
    people(voucher.partner, Role.DELIVERY_LEAD, number)

    def action():
        with acting(owner):
            assignment.recall([voucher], by=owner)

    return action


def cancel(number):
    kind = EngagementTypeFactory()
    partner = eligible_partner(kind)
    voucher = VoucherFactory(assigned=True, engagement_type=kind, partner=partner)
    owner = owner_of(voucher)
    people(voucher.partner, Role.DELIVERY_LEAD, number)

    def action():
        with acting(owner):
            vouchers.cancel([voucher], by=owner)

    return action


def validate(_number):
    voucher = VoucherFactory(assigned=True)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    email = voucher.admin.email

    def action():
        with acting(lead):
            found = reservations.find_by_number(voucher.number, email, by=lead)
            reservations.check_reservation_of(found, lead.organization)

    return action


def reserve(number):
    voucher = VoucherFactory(assigned=True)
    lead = actor_of(eligible_partner(voucher.engagement_type), Role.DELIVERY_LEAD)
    place = Location.objects.get(organization=lead.organization)
    people(voucher.customer, Role.BENEFIT_ADMIN, number)

    def action():
        with acting(lead):
            reservations.reserve(voucher, location=place, accepts_terms=True, by=lead)

    return action


def schedule(number):
    voucher = VoucherFactory(reserved=True)
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    people(voucher.customer, Role.BENEFIT_ADMIN, number)
    first = clock.in_days(3)

    def action():
        with acting(lead):
            schedules.schedule(
                voucher,
                starts_on=first,
                ends_on=first + timedelta(days=6),
                lead=lead.person,
                by=lead,
            )

    return action


def report(number):
    engagement = EngagementFactory()
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    people(engagement.customer, Role.BENEFIT_ADMIN, number)

    def action():
        with acting(lead):
            reports.file_report(engagement, typed(), plan(), by=lead)

    return action


def redeem(number):
    engagement = EngagementFactory(reported=True)
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    people(engagement.partner, Role.FINANCE, number)

    def action():
        with acting(lead):
            redemptions.redeem(engagement, by=lead)

    return action


def request(number):
    redeemed = EngagementFactory(redeemed=True)
    RateFactory(offering=redeemed.voucher.engagement_type.offering)
    finance = actor_of(redeemed.partner, Role.FINANCE)
    for _approver in range(number):
        staff_actor(Duty.PAYMENT_APPROVER)

    def action():
        with acting(finance):
            requests.submit([redeemed], invoice(), by=finance)

    return action


def approve_payment(number):
    sent = PaymentRequestFactory()
    approver = staff_actor(Duty.PAYMENT_APPROVER)
    people(sent.partner, Role.FINANCE, number)

    def action():
        with acting_for_all():
            payments_review_services.approve(sent, by=approver)

    return action


def pay(number):
    approved = PaymentRequestFactory(approved=True)
    releaser = staff_actor(Duty.PAYMENT_RELEASER)
    people(approved.partner, Role.FINANCE, number)

    def action():
        with acting_for_all():
            payments_review_services.record_payment(
                approved, paid_on=clock.today(), bank_reference="SEPA 1", by=releaser
            )

    return action


def release(number):
    voucher = EngagementFactory(upcoming=True).voucher
    lead = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    people(voucher.customer, Role.BENEFIT_ADMIN, number)

    def action():
        with acting(lead):
            reservations.release(voucher, reason="changed", by=lead)

    return action


def expire(number):
    voucher = EngagementFactory(upcoming=True).voucher
    people(voucher.customer, Role.BENEFIT_ADMIN, number)
    people(voucher.partner, Role.DELIVERY_LEAD, number)
    later = clock.now() + timedelta(days=200)

    def action():
        with clock.set_to(later):
            tasks.expire_overdue()

    return action


ACTIONS = {
    "submit an enrollment": submit,
    "approve an enrollment": approve,
    "create": create,
    "assign": assign,
    "recall": recall,
    "validate": validate,
    "reserve": reserve,
    "schedule": schedule,
    "report": report,
    "redeem": redeem,
    "request payment": request,
    "approve payment": approve_payment,
    "pay": pay,
    "release": release,
    "cancel": cancel,
    "expire": expire,
}


def statements(action):
    with CaptureQueriesContext(connection) as captured:
        action()
    sent = [each["sql"] for each in captured if not each["sql"].startswith(MARKS)]
    return sent[1:-1] if SCOPE in sent[0] and SCOPE in sent[-1] else sent


def alone(arrange, number):
    """Count in a world of its own, of which nothing is left."""
    with transaction.atomic():
        sent = statements(arrange(number))
        transaction.set_rollback(True)
    return sent


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_asks_little_and_nothing_twice(name):
    sent = statements(ACTIONS[name](1))
    asked = Counter(sql for sql in sent if SCOPE not in sql)
    twice = [sql for sql, times in asked.items() if times > 1]

    assert not twice, "\n".join(twice)
    assert len(sent) <= MOST[name], "\n".join(sent)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_costs_the_same_however_many_are_told(name):
    one, three = (alone(ACTIONS[name], number) for number in (1, 3))

    assert len(one) == len(three), "\n".join(three)


# In this order rows are locked: two actions on the same rows then wait for each other
# in one direction. New rows, which nobody else can hold, are no part of it.
LOCKED_IN_ORDER = [
    "enrollment_enrollment",
    "payments_paymentrequest",
    "vouchers_voucher",
    "engagements_engagement",
    "vouchers_customeragreement",
    "portal_organization",
]
LOCK = re.compile(
    r'FROM "(\w+)".* FOR (NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)\b', re.DOTALL
)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_locks_tables_in_one_order_and_in_one_manner(name):
    sent = statements(ACTIONS[name](1))
    locks = [lock.groups() for lock in map(LOCK.search, sent) if lock]
    places = [LOCKED_IN_ORDER.index(table) for table, _strength in locks]

    assert {strength for _table, strength in locks} <= {"NO KEY UPDATE"}
    assert places == sorted(places), locks
    assert locks or name == "validate", "it changes something"


@pytest.mark.parametrize("name", ACTIONS)
def test_what_an_action_tells_leads_its_reader_home(name):
    ACTIONS[name](1)()

    assert list(astray()) == []
