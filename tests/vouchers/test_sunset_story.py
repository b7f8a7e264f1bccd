"""The real program's sunset, from 2020 to 2022, with the retirement plan itself.

Cloud engagements retire on 1 February 2020; active vouchers created before 1 April 2020
get 90 days more; accrual ends on 1 February 2021; vouchers are created and assigned
until 30 June 2021; all remaining days end on 1 July 2021; vouchers are redeemed until 1
January 2022, and their payment is requested within 60 days [DPS21, KURT20]. Vouchers
keep their own 180 days throughout. Every night the calendar's work runs twice.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import Sum

from engagements.models import Engagement
from engagements.services import redemptions, reports, schedules
from enrollment.models import EngagementType, Program
from payments.services import requests
from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import Email
from portal.reminders import remind
from portal.roles import Duty, Role
from tests.engagements.conftest import plan as deliverable
from tests.engagements.conftest import typed
from tests.factories.enrollment import (
    EngagementTypeFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    OfferingFactory,
    ProgramFactory,
    SignatureFactory,
    agreement_of,
)
from tests.factories.payments import RateFactory
from tests.factories.portal import (
    LocationFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import ConversionRuleFactory, CustomerAgreementFactory
from tests.vouchers.actions import acting
from vouchers import tasks
from vouchers.models import (
    CustomerAgreement,
    LedgerEntry,
    PolicyException,
    RetirementLetter,
    RetirementPlan,
    Voucher,
)
from vouchers.services import (
    agreements,
    assignment,
    conversions,
    extensions,
    reservations,
    retirement,
    retirement_letters,
    vouchers,
)
from vouchers.services.assignment import Assignee
from vouchers.services.conversions import Exchange
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db
BEGIN, END = date(2019, 11, 4), date(2022, 3, 31)
RETIRES_CLOUD = date(2020, 2, 1)
LAST_ACCRUAL = date(2021, 2, 1)
LAST_CREATION = date(2021, 6, 30)
WIPE = date(2021, 7, 1)
LAST_REDEMPTION = date(2022, 1, 1)
ONE_DAY = timedelta(days=1)
BEA, PAT, LOU = "bea@adatum.example", "pat@adatum.example", "lou@contoso.example"


class Story:
    """A customer with one agreement, a partner, and the sponsor's two managers."""

    def __init__(self, time_machine):
        self.time_machine = time_machine
        self.go_to(BEGIN)
        self.program = ProgramFactory(name="Planning Services")
        self.max, self.nina = [staff_actor(Duty.PROGRAM_MANAGER) for _ in "12"]
        self.on_premises = self.offers("On premises")
        self.cloud = self.offers("Cloud")
        self.agreement = CustomerAgreementFactory(
            program=self.program,
            days=0,
            starts_on=date(2019, 7, 1),
            ends_on=date(2022, 6, 30),
        )
        customer = self.agreement.customer
        rule = ConversionRuleFactory(
            target=self.program, valid_until=RETIRES_CLOUD - ONE_DAY
        )
        self.training = CustomerAgreementFactory(
            customer=customer,
            program=rule.source,
            starts_on=date(2019, 7, 1),
            ends_on=date(2022, 6, 30),
        )
        self.bea = named(actor_of(customer, Role.BENEFIT_ADMIN), BEA)
        self.pat = named(actor_of(customer, Role.PROJECT_MANAGER), PAT)
        self.partner = PartnerFactory(name="Contoso", is_listed=True)
        self.lou = named(actor_of(self.partner, Role.DELIVERY_LEAD), LOU)
        self.place = LocationFactory(organization=self.partner)
        self.makes_eligible()

    def offers(self, name):
        offering = OfferingFactory(program=self.program, name=name)
        RateFactory(offering=offering, valid_from=date(2019, 1, 1))
        return EngagementTypeFactory(offering=offering)

    def makes_eligible(self):
        """Let the partner hold and have signed what is needed, until the end."""
        for type_ in (self.on_premises, self.cloud):
            HeldCompetencyFactory(
                partner=self.partner,
                competency=type_.qualifications.get().competency,
                valid_from=BEGIN,
                valid_until=END,
                verified=True,
            )
        SignatureFactory(partner=self.partner, agreement=agreement_of(self.program))
        EnrollmentFactory(
            partner=self.partner,
            program=self.program,
            offerings=[self.on_premises.offering, self.cloud.offering],
            active=True,
            starts_on=BEGIN,
            ends_on=END,
            good_until=END,
        )

    def go_to(self, day):
        """Wake up at noon, UTC."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.time_machine.move_to(noon, tick=False)

    def night(self, day):
        """Let the calendar work twice on a day, and wake up on it."""
        self.go_to(day)
        for _ in "12":
            tasks.apply_exceptions()
            tasks.expire_overdue()
            tasks.expire_free_days()
            remind(retirement_letters.REMINDER)

    def live_until(self, day):
        """Let a night pass on each day on which a letter is due, and on the last."""
        waiting = RetirementLetter.objects.waiting().filter(sends_on__lt=day)
        coming = waiting.filter(sends_on__gt=clock.today())
        for each in sorted(set(coming.values_list("sends_on", flat=True))):
            self.night(each)
        self.night(day)

    def publish(self, **days):
        """Let Max draft a plan, and Nina publish it the day after."""
        program = Program.objects.get(pk=self.program.pk)
        plan = RetirementPlan(program=program, reason="It ends.", **days)
        retirement.draft_plan(plan, by=self.max)
        self.go_to(clock.today() + ONE_DAY)
        retirement.publish_plan(plan, seen=plan.fingerprint, by=self.nina)
        self.night(clock.today())

    def grant(self, days, note):
        agreements.grant(self.agreement, days=days, note=note, by=self.max)

    def convert(self, days):
        training, planning = (
            CustomerAgreement.objects.get(pk=each.pk)
            for each in (self.training, self.agreement)
        )
        exchange = Exchange(training, planning, days, uuid4())
        with acting(self.bea):
            conversions.convert(exchange, by=self.bea)

    def grant_exception(self, **fields):
        program = Program.objects.get(pk=self.program.pk)
        exception = PolicyException(program=program, reason="Offices close.", **fields)
        expected = extensions.preview_exception(exception).vouchers
        extensions.grant_exception(exception, expected=expected, by=self.max)

    def create(self, type_=None, days=5):
        asked = EngagementType.objects.get(pk=(type_ or self.on_premises).pk)
        wanted = VoucherSpec(asked, days, "DE")
        with acting(self.bea):
            batch = vouchers.create(self.agreement, [wanted], by=self.bea)
            return batch.vouchers.get()

    def assign(self, voucher):
        with acting(self.bea):
            to = Assignee(self.pat.person, self.partner)
            assignment.assign([voucher], to, by=self.bea)

    def reserve(self, voucher):
        with acting(self.lou):
            reservations.reserve(
                again(voucher), location=self.place, accepts_terms=True, by=self.lou
            )

    def schedule(self, voucher, first, last):
        with acting(self.lou):
            days = {"starts_on": first, "ends_on": last, "lead": self.lou.person}
            return schedules.schedule(again(voucher), **days, by=self.lou)

    def report(self, engagement):
        days = engagement.voucher.days
        filed = typed(days_on_site=days, accepted_on=clock.today())
        with acting(self.lou):
            reports.file_report(engagement, filed, deliverable(), by=self.lou)

    def redeem(self, engagement):
        with acting(self.lou):
            redemptions.redeem(Engagement.objects.get(pk=engagement.pk), by=self.lou)

    @property
    def pool(self):
        """Return the days that are free, held, delivered, lost and expired."""
        balance = self.agreement.balance
        balance.refresh_from_db()
        return (
            balance.free,
            balance.held,
            balance.delivered,
            balance.lost,
            balance.expired,
        )

    @property
    def letters(self):
        """List (day, person) of the letters about the end, in the order sent."""
        mails = Email.objects.filter(key__startswith="retirement:").order_by("pk")
        return [(clock.day_of(each.queued_at), each.to) for each in mails]


def named(actor, email):
    actor.person.email = email
    actor.person.save()
    return actor


def refused(action, *given):
    """Return the rule of the one finding by which an action is refused."""
    with pytest.raises(Refused) as refusal:
        action(*given)
    [finding] = unmet_findings(refusal.value.findings)
    return str(finding.rule)


def again(voucher):
    return Voucher.objects.get(pk=voucher.pk)


@pytest.fixture
def story(time_machine, db):
    return Story(time_machine)


def before(day, *, reminder_offsets=(90, 30, 7)):
    return [
        day - timedelta(days=reminder_offset) for reminder_offset in reminder_offsets
    ]


def test_the_sunset_of_the_real_program(story):
    for chapter in CHAPTERS:
        chapter(story)


def an_offering_gets_a_plan_of_its_own(story):
    story.grant(70, "Order 1")

    story.publish(
        offering=story.cloud.offering, creation_ends_on=RETIRES_CLOUD - ONE_DAY
    )

    assert story.letters == [(date(2019, 11, 5), BEA)]


def the_last_day_of_january(story):
    """Convert days and make vouchers for the cloud: the last time for both."""
    story.live_until(RETIRES_CLOUD - ONE_DAY)
    story.convert(20)
    story.of_cloud = story.create(story.cloud)
    story.assign(story.of_cloud)

    assert story.pool == (75, 5, 0, 0, 0)
    assert [day for day, _to in story.letters[1:]] == before(
        RETIRES_CLOUD - ONE_DAY, reminder_offsets=(30, 7)
    )


def the_first_of_february(story):
    story.night(RETIRES_CLOUD)

    assert refused(story.create, story.cloud) == "Last day to create"
    with pytest.raises(Refused):
        story.convert(20)
    assert story.pool == (75, 5, 0, 0, 0)


def vouchers_made_before_april_get_ninety_days_more(story):
    story.night(date(2020, 3, 20))
    early = story.create()
    story.night(date(2020, 4, 2))
    later = story.create()

    story.grant_exception(created_before=date(2020, 4, 1), days=90)
    story.night(date(2020, 4, 3))

    assert again(early).expires_on == date(2020, 9, 16) + timedelta(days=90)
    assert again(story.of_cloud).expires_on == date(2020, 7, 29) + timedelta(days=90)
    assert again(later).expires_on == date(2020, 4, 2) + timedelta(days=180)


def cloud_vouchers_keep_their_days(story):
    story.night(date(2020, 8, 3))

    story.reserve(story.of_cloud)

    assert again(story.of_cloud).state == "reserved"


def the_end_is_published(story):
    story.night(date(2020, 11, 20))
    assert story.pool == (75, 5, 0, 0, 0)
    story.long_lived = story.create()
    extensions.extend_by_sponsor(
        story.long_lived, until=date(2022, 3, 31), reason="Long", by=story.max
    )
    story.go_to(date(2020, 12, 9))

    story.publish(
        accrual_ends_on=LAST_ACCRUAL,
        creation_ends_on=LAST_CREATION,
        pool_wipe_on=WIPE,
        redemption_ends_on=LAST_REDEMPTION,
        payment_window_days=60,
    )

    program = Program.objects.get(pk=story.program.pk)
    assert program.redemption_ends_on == LAST_REDEMPTION
    assert again(story.long_lived).expires_on == date(2022, 3, 31)
    assert again(story.long_lived).deadline == LAST_REDEMPTION


def accrual_ends(story):
    story.live_until(LAST_ACCRUAL)
    story.grant(10, "Order 2")

    story.night(LAST_ACCRUAL + ONE_DAY)

    assert refused(story.grant, 10, "Order 3") == "Last day of accrual"


def creation_ends(story):
    story.live_until(LAST_CREATION)
    story.used, story.idle = story.create(days=10), story.create(days=3)
    story.assign(story.long_lived)
    story.assign(story.used)

    story.night(LAST_CREATION)
    assert story.pool == (72, 18, 0, 0, 0)
    story.live_until(WIPE)

    assert story.pool == (0, 18, 0, 0, 72)
    assert again(story.used).expires_on == date(2021, 12, 27)
    assert refused(story.create) == "Last day of free days"
    assert refused(story.assign, story.idle) == "Last day to assign"


def work_is_planned_before_the_end(story):
    story.live_until(date(2021, 11, 15))
    story.reserve(story.used)
    story.reserve(story.long_lived)
    first = date(2021, 12, 27)

    late = (story.long_lived, first, LAST_REDEMPTION + ONE_DAY)
    assert refused(story.schedule, *late) == "Last day to redeem"

    story.in_time = story.schedule(story.used, date(2021, 12, 1), date(2021, 12, 14))
    story.too_late = story.schedule(story.long_lived, first, LAST_REDEMPTION)


def redemption_ends(story):
    """One is redeemed in time, the other the day after the last."""
    story.live_until(date(2021, 12, 20))
    story.report(story.in_time)
    story.redeem(story.in_time)
    story.live_until(LAST_REDEMPTION)
    story.report(story.too_late)

    story.night(LAST_REDEMPTION + ONE_DAY)

    assert refused(story.redeem, story.too_late) == "Last day to redeem"


def claims_of(partner):
    return requests.claims_of(requests.to_invoice(partner))


def payment_is_requested_within_sixty_days(story):
    [claim] = claims_of(story.partner)
    assert claim.last_day == date(2022, 2, 18)

    story.night(date(2022, 2, 18))
    assert claims_of(story.partner)[0].refusal == ""

    story.night(date(2022, 2, 19))
    assert "could be requested until" in claims_of(story.partner)[0].refusal


def the_ledger_tells_all(story):
    story.night(date(2022, 4, 1))

    states = Voucher.objects.values_list("state", flat=True)
    assert sorted(states) == [*["expired"] * 5, "redeemed"]
    assert again(story.used).state == "redeemed"
    assert again(story.idle).expires_on == date(2021, 12, 27)
    # What came back after the wipe ended too.
    assert story.pool == (0, 0, 10, 0, 80)
    entries = LedgerEntry.objects.filter(agreement=story.agreement)
    moved = entries.values_list("kind").annotate(days=Sum("days")).order_by("kind")
    assert dict(moved) == {
        "granted": 80,
        "received": 10,
        "held": 33,
        "returned": 23,
        "consumed": 10,
        "expired": 80,
    }


def everybody_was_told_once_and_only_while_it_concerned_them(story):
    announced, redeemed = date(2020, 12, 10), before(LAST_REDEMPTION)
    told = {
        person: [day for day, to in story.letters if to == person and day >= announced]
        for person in (BEA, PAT, LOU)
    }

    assert told[BEA] == sorted(
        [announced, *before(LAST_CREATION), *before(WIPE), *redeemed]
    )
    assert told[PAT] == told[LOU] == redeemed
    assert not RetirementLetter.objects.waiting().exists()


CHAPTERS = [
    an_offering_gets_a_plan_of_its_own,
    the_last_day_of_january,
    the_first_of_february,
    vouchers_made_before_april_get_ninety_days_more,
    cloud_vouchers_keep_their_days,
    the_end_is_published,
    accrual_ends,
    creation_ends,
    work_is_planned_before_the_end,
    redemption_ends,
    payment_is_requested_within_sixty_days,
    the_ledger_tells_all,
    everybody_was_told_once_and_only_while_it_concerned_them,
]
