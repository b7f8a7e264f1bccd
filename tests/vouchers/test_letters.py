"""Letters of retirement plans: to whom, when, once, and what they say."""

from datetime import timedelta

import pytest

from portal import clock
from portal.models import Email, Membership
from portal.reminders import remind
from portal.roles import Role
from tests.factories.enrollment import EngagementTypeFactory, OfferingFactory
from tests.factories.portal import MembershipFactory, actor_of
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    RetirementLetterFactory,
    RetirementPlanFactory,
    VoucherFactory,
)
from tests.vouchers.actions import told
from vouchers.models import LetterAbout, RetirementLetter, State, Voucher
from vouchers.services import retirement_letters

pytestmark = pytest.mark.django_db
ahead = clock.in_days


@pytest.fixture
def plan():
    return RetirementPlanFactory(published=True)


@pytest.fixture
def engagement_type(plan):
    return EngagementTypeFactory(offering__program=plan.program)


def pool(plan, days=20, **fields):
    return CustomerAgreementFactory(program=plan.program, days=days, **fields)


def voucher(agreement, engagement_type, **fields):
    return VoucherFactory(
        agreement=agreement, engagement_type=engagement_type, **fields
    )


def due(plan, about=LetterAbout.ANNOUNCEMENT, on=0):
    return RetirementLetterFactory(plan=plan, about=about, sends_on=ahead(on))


def written_to():
    return sorted(email.to for email in Email.objects.all())


def the_mail():
    return Email.objects.get()


def test_who_has_free_days_gets_the_announcement(plan):
    agreement = pool(plan, days=12)
    admin = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    actor_of(agreement.customer, Role.PROJECT_MANAGER)
    due(plan)

    assert remind(retirement_letters.REMINDER) == 1

    assert told() == [("retirement", admin.email)]
    body = the_mail().body
    assert plan.reason in body
    assert "Free days: 12" in body
    assert f"/o/{agreement.customer.slug}/entitlement/" in body


def test_a_letter_goes_out_once(plan):
    agreement = pool(plan)
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    due(plan)

    assert [
        remind(retirement_letters.REMINDER),
        remind(retirement_letters.REMINDER),
    ] == [1, 0]

    letter = RetirementLetter.objects.get()
    assert letter.sent == 1
    assert letter.sent_at is not None
    assert Email.objects.count() == 1


def test_a_letter_waits_for_its_day(plan):
    agreement = pool(plan)
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    due(plan, LetterAbout.CREATION, on=1)

    assert remind(retirement_letters.REMINDER) == 0

    assert RetirementLetter.objects.get().sent_at is None


def test_a_letter_that_was_missed_is_made_up_for(plan):
    agreement = pool(plan)
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    due(plan, LetterAbout.CREATION, on=-3)

    assert remind(retirement_letters.REMINDER) == 1


def test_a_reminder_whose_day_has_passed_tells_nobody(plan, time_machine):
    agreement = pool(plan, ends_on=ahead(400))
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    due(plan, LetterAbout.CREATION, on=93)
    time_machine.move_to(clock.now() + timedelta(days=101))

    assert remind(retirement_letters.REMINDER) == 0

    letter = RetirementLetter.objects.get()
    assert (letter.sent, letter.sent_at is not None) == (0, True)


def test_a_withdrawn_letter_stays_where_it_is(plan):
    agreement = pool(plan)
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    RetirementLetterFactory(plan=plan, withdrawn_at=clock.now())

    assert remind(retirement_letters.REMINDER) == 0


def test_who_has_nothing_left_is_not_written_to(plan, engagement_type):
    agreement = pool(plan, days=5)
    used = voucher(agreement, engagement_type, redeemed=True)
    actor_of(used.customer, Role.BENEFIT_ADMIN)
    actor_of(used.partner, Role.PARTNER_ADMIN)
    due(plan)

    assert remind(retirement_letters.REMINDER) == 0

    assert RetirementLetter.objects.get().sent == 0


def test_who_has_left_is_not_written_to(plan):
    agreement = pool(plan)
    stays = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    left = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    gone = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    Membership.objects.filter(person=left).update(is_active=False)
    gone.is_active = False
    gone.save()
    due(plan)

    remind(retirement_letters.REMINDER)

    assert written_to() == [stays.email]


def test_a_project_manager_reads_of_own_vouchers_only(plan, engagement_type):
    agreement = pool(plan, days=60)
    mine = voucher(agreement, engagement_type, assigned=True)
    voucher(agreement, engagement_type, assigned=True)
    due(plan)

    remind(retirement_letters.REMINDER)

    body = Email.objects.get(to=mine.project_manager.email).body
    assert "Vouchers that no partner has reserved: 1" in body
    assert "Free days" not in body


def test_leads_and_admins_of_a_partner_read_of_its_holds(plan, engagement_type):
    held = voucher(pool(plan), engagement_type, reserved=True)
    admin = actor_of(held.partner, Role.PARTNER_ADMIN).person
    finance = actor_of(held.partner, Role.FINANCE).person
    due(plan)

    remind(retirement_letters.REMINDER)

    assert "reserved and not redeemed: 1" in Email.objects.get(to=admin.email).body
    assert finance.email not in written_to()


REMINDERS = [
    (LetterAbout.CREATION, "free", True),
    (LetterAbout.CREATION, "created", True),
    (LetterAbout.CREATION, "assigned", False),
    (LetterAbout.WIPE, "free", True),
    (LetterAbout.WIPE, "created", False),
    (LetterAbout.RESERVATION, "free", False),
    (LetterAbout.RESERVATION, "created", True),
    (LetterAbout.RESERVATION, "assigned", True),
    (LetterAbout.RESERVATION, "reserved", False),
    (LetterAbout.REDEMPTION, "free", False),
    (LetterAbout.REDEMPTION, "assigned", True),
    (LetterAbout.REDEMPTION, "reserved", True),
]


@pytest.mark.parametrize(("about", "has", "concerns"), REMINDERS)
def test_a_reminder_goes_to_those_whom_it_still_concerns(
    plan, engagement_type, about, has, concerns
):
    agreement = pool(plan, days=5)
    admin = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    if has != "free":
        more = {} if has == "created" else {has: True}
        voucher(agreement, engagement_type, admin=admin, **more)
    due(plan, about)

    remind(retirement_letters.REMINDER)

    assert (admin.email in written_to()) is concerns


def test_a_reminder_tells_its_own_day_and_the_days_left(plan):
    agreement = pool(plan)
    actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    due(plan, LetterAbout.CREATION)

    remind(retirement_letters.REMINDER)

    assert "Last day to create and assign vouchers" in the_mail().body
    assert "(100 days left)" in the_mail().body
    assert "Last day to redeem vouchers" not in the_mail().body
    assert plan.reason not in the_mail().body


def test_whatever_comes_together_is_one_mail_to_one_person(plan):
    """Two plans, two organizations, two kinds of letter: one reader."""
    other = RetirementPlanFactory(published=True)
    first, second = pool(plan), pool(other)
    person = actor_of(first.customer, Role.BENEFIT_ADMIN).person
    MembershipFactory(
        person=person, organization=second.customer, roles=[Role.BENEFIT_ADMIN]
    )
    letters = [
        due(plan, LetterAbout.CREATION),
        due(plan, LetterAbout.WIPE),
        due(other),
    ]

    assert remind(retirement_letters.REMINDER) == 1

    body = the_mail().body
    assert f"/o/{first.customer.slug}/" in body
    assert f"/o/{second.customer.slug}/" in body
    assert [RetirementLetter.objects.get(pk=each.pk).sent for each in letters] == [
        1
    ] * 3


def test_a_letter_for_an_offering_leaves_other_offerings_out(plan, engagement_type):
    other = EngagementTypeFactory(offering=OfferingFactory(program=plan.program))
    mine = RetirementPlanFactory(
        program=plan.program,
        offering=engagement_type.offering,
        pool_wipe_on=None,
        published=True,
    )
    hit = voucher(pool(plan, days=5), engagement_type)
    voucher(pool(plan, days=5), other)
    due(mine, LetterAbout.RESERVATION)

    remind(retirement_letters.REMINDER)

    assert written_to() == [hit.admin.email]


def test_the_numbers_before_publishing_are_those_who_would_be_written_to(
    plan, engagement_type
):
    agreement = pool(plan, days=60)
    admin = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person
    voucher(agreement, engagement_type, admin=admin)
    voucher(agreement, engagement_type, admin=admin, assigned=True)
    voucher(pool(plan, days=5), engagement_type, reserved=True)
    expected = retirement_letters.count_recipients(plan)

    for about in LetterAbout:
        due(plan, about, on=-LetterAbout.values.index(about))
    remind(retirement_letters.REMINDER)

    rows = RetirementLetter.objects.values_list("about", "sent")
    assert dict(rows) == expected
    assert expected["announced"] == 5


def test_letters_cost_the_same_for_any_number_of_people(
    plan, engagement_type, django_assert_max_num_queries
):
    for _ in range(4):
        voucher(pool(plan), engagement_type, reserved=True)
    due(plan)

    with django_assert_max_num_queries(12):
        assert remind(retirement_letters.REMINDER) == 12

    assert Voucher.objects.filter(state=State.RESERVED).count() == 4
