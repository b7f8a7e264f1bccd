"""Agreements with days, and vouchers in every state with what belongs to them."""

from datetime import timedelta
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from portal import clock
from portal.actors import Member
from portal.models import Location
from portal.models.organizations import introduce
from portal.roles import Duty, Role
from tests.factories.enrollment import (
    EngagementTypeFactory,
    ProgramFactory,
    SignatureFactory,
    agreement_of,
    days_ago,
    days_ahead,
)
from tests.factories.portal import (
    CustomerFactory,
    LocationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    actor_of,
    staff_actor,
)
from vouchers.models import (
    Conversion,
    ConversionRule,
    CustomerAgreement,
    DayScale,
    LetterAbout,
    LicensedProduct,
    PlanState,
    PointRule,
    Purchase,
    PurchaseLine,
    Reservation,
    RetirementLetter,
    RetirementPlan,
    State,
    Voucher,
    VoucherBatch,
    VoucherImport,
)
from vouchers.models.ledger import EntryType
from vouchers.services import accrual, conversions, ledger
from vouchers.services.accrual import Order
from vouchers.services.conversions import Exchange

ENTRIES = {
    State.REDEEMED: [EntryType.CONSUMED],
    State.PAID: [EntryType.CONSUMED, EntryType.PAID],
    State.CANCELLED: [EntryType.RETURNED],
    State.EXPIRED: [EntryType.RETURNED],
}

# These move all days of a voucher; the others what was delivered of it.
WHOLE = [EntryType.HELD, EntryType.RETURNED]


class CustomerAgreementFactory(DjangoModelFactory):
    """An agreement that runs and is activated, with 50 days; ``days`` gives others."""

    class Meta:
        model = CustomerAgreement
        skip_postgeneration_save = True

    customer = factory.SubFactory(CustomerFactory)
    program = factory.SubFactory(ProgramFactory)
    licensing_id = factory.Sequence(lambda n: f"V{n:07}")
    starts_on = days_ago(200)
    ends_on = days_ahead(400)
    activated_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=199))

    class Params:
        inactive = factory.Trait(activated_at=None)
        ended = factory.Trait(ends_on=days_ago(10))

    @factory.post_generation
    def days(self, create, extracted, **kwargs):
        days = 50 if extracted is None else extracted
        if days:
            note = "Opening balance"
            ledger.post([ledger.entry(EntryType.GRANTED, self, days, note=note)])


class LicensedProductFactory(DjangoModelFactory):
    """A product of a program; each licence gives ``points`` (2) for ten years now."""

    class Meta:
        model = LicensedProduct
        skip_postgeneration_save = True

    program = factory.SubFactory(ProgramFactory)
    code = factory.Sequence(lambda n: f"product-{n:05}")
    name = factory.Sequence(lambda n: f"Product {n:05}")

    @factory.post_generation
    def points(self, create, extracted, **kwargs):
        PointRule.objects.create(
            product=self,
            points_per_licence=2 if extracted is None else extracted,
            valid_from=clock.in_days(-3650),
        )


class PointRuleFactory(DjangoModelFactory):
    class Meta:
        model = PointRule

    product = factory.SubFactory(LicensedProductFactory)
    points_per_licence = 1
    valid_from = days_ago(100)


class DayScaleFactory(DjangoModelFactory):
    """A step of a scale that began ten years ago: from 100 points on, 15 days."""

    class Meta:
        model = DayScale

    program = factory.SubFactory(ProgramFactory)
    min_points = 100
    days = 15
    valid_from = days_ago(3650)


class ConversionRuleFactory(DjangoModelFactory):
    """Two days of one program make one of another, for two years around today."""

    class Meta:
        model = ConversionRule

    source = factory.SubFactory(ProgramFactory)
    target = factory.SubFactory(ProgramFactory)
    source_days = 2
    target_days = 1
    valid_from = days_ago(365)
    valid_until = days_ahead(365)


class PurchaseFactory(DjangoModelFactory):
    """An order that gave ten days, without its entry in the ledger."""

    class Meta:
        model = Purchase
        skip_postgeneration_save = True

    agreement = factory.SubFactory(CustomerAgreementFactory)
    customer = factory.SelfAttribute("agreement.customer")
    reference = factory.Sequence(lambda n: f"PO-{n}")
    ordered_on = days_ago(10)
    term_years = 2
    step_points = 100
    step_days = 15
    step_from = days_ago(3650)
    days = 10

    @factory.post_generation
    def line(self, create, extracted, **kwargs):
        product = LicensedProductFactory(program=self.agreement.program)
        PurchaseLine.objects.create(
            purchase=self,
            customer=self.customer,
            product=product,
            licences=50,
            points_per_licence=2,
            rule_from=clock.in_days(-3650),
        )


class ConversionFactory(DjangoModelFactory):
    """Two days that became one of another program, without entries in the ledger."""

    class Meta:
        model = Conversion

    source = factory.SubFactory(CustomerAgreementFactory)
    customer = factory.SelfAttribute("source.customer")
    target = factory.SubFactory(
        CustomerAgreementFactory, customer=factory.SelfAttribute("..customer")
    )
    rule = factory.SubFactory(
        ConversionRuleFactory,
        source=factory.SelfAttribute("..source.program"),
        target=factory.SelfAttribute("..target.program"),
    )
    source_days = 2
    target_days = 1
    ticket = factory.LazyFunction(uuid4)
    converted_by = factory.LazyAttribute(
        lambda o: member(o.customer, Role.BENEFIT_ADMIN)
    )


def purchase_under(agreement, **order):
    """Count an order that gives ten days, with products and a scale of its own."""
    product = LicensedProductFactory(program=agreement.program)
    DayScaleFactory(program=agreement.program)
    words = {
        "reference": "PO-1",
        "ordered_on": clock.in_days(-10),
        "term_years": 2,
        "licences": {product.code: 50},
        **order,
    }
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    return accrual.accrue(agreement, Order(**words), by=manager)


def conversion_from(agreement):
    """Convert two days to another program's agreement of the same customer."""
    rule = ConversionRuleFactory(source=agreement.program)
    target = CustomerAgreementFactory(
        customer=agreement.customer, program=rule.target, days=0
    )
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    exchange = Exchange(agreement, target, 2, uuid4())
    return conversions.convert(exchange, by=owner)


def member(organization, role):
    return MembershipFactory(organization=organization, roles=[role]).person


class VoucherFactory(DjangoModelFactory):
    """A voucher just created; ``assigned=True``, ``reserved=True`` and so on move it.

    Its days come out of its agreement, whose customer and program it takes.
    """

    class Meta:
        model = Voucher
        skip_postgeneration_save = True

    agreement = factory.SubFactory(CustomerAgreementFactory)
    customer = factory.SelfAttribute("agreement.customer")
    engagement_type = factory.SubFactory(
        EngagementTypeFactory,
        offering__program=factory.SelfAttribute("...agreement.program"),
    )
    days = 5
    country = "DE"
    expires_on = days_ahead(90)
    admin = factory.LazyAttribute(lambda o: member(o.customer, Role.BENEFIT_ADMIN))

    class Params:
        assigned = factory.Trait(
            state=State.ASSIGNED,
            project_manager=factory.LazyAttribute(
                lambda o: member(o.customer, Role.PROJECT_MANAGER)
            ),
        )
        reserved = factory.Trait(
            assigned=True,
            state=State.RESERVED,
            partner=factory.SubFactory(PartnerFactory),
            reserved_at=factory.LazyFunction(clock.now),
        )
        redeemed = factory.Trait(
            reserved=True,
            state=State.REDEEMED,
            days_used=factory.SelfAttribute("days"),
            redeemed_at=factory.LazyFunction(clock.now),
        )
        suspended = factory.Trait(
            suspended_at=factory.LazyFunction(lambda: clock.now() - timedelta(days=3)),
            suspension_reason="An audit of the agreement.",
        )
        paid = factory.Trait(
            redeemed=True,
            state=State.PAID,
            paid_at=factory.LazyFunction(clock.now),
        )
        cancelled = factory.Trait(state=State.CANCELLED)
        expired = factory.Trait(state=State.EXPIRED, expires_on=days_ago(1))

    @classmethod
    def _generate(cls, strategy, params):
        """Let ``customer=…`` and ``engagement_type=…`` shape the agreement."""
        if "customer" in params and "agreement" not in params:
            params["agreement__customer"] = params["customer"]
        if "engagement_type" in params and "agreement" not in params:
            program = params["engagement_type"].offering.program
            params.setdefault("agreement__program", program)
        return super()._generate(strategy, params)

    @factory.post_generation
    def ledger(self, create, extracted, **kwargs):
        for kind in [EntryType.HELD, *ENTRIES.get(self.state, [])]:
            days = self.days if kind in WHOLE else self.days_used
            ledger.move_days(kind, self, days=days)
        if self.days_used and self.days_used < self.days:
            rest = self.days - self.days_used
            ledger.move_days(EntryType.RETURNED, self, days=rest)

    @factory.post_generation
    def reservation(self, create, extracted, **kwargs):
        if self.partner:
            introduce(self.customer, self.partner)
        if self.reserved_at:
            ReservationFactory(voucher=self, **kwargs)


class ReservationFactory(DjangoModelFactory):
    """The live hold of a reserved voucher; ``VoucherFactory`` makes it."""

    class Meta:
        model = Reservation

    voucher = factory.SubFactory(VoucherFactory)
    customer = factory.SelfAttribute("voucher.customer")
    partner = factory.SelfAttribute("voucher.partner")
    location = factory.LazyAttribute(lambda o: location_in(o.partner, o.voucher))
    signature = factory.LazyAttribute(lambda o: signature_by(o.partner, o.voucher))
    reserved_by = factory.LazyAttribute(lambda o: member(o.partner, Role.DELIVERY_LEAD))
    reserved_at = factory.SelfAttribute("voucher.reserved_at")


class VoucherBatchFactory(DjangoModelFactory):
    """The record of an act that made vouchers."""

    class Meta:
        model = VoucherBatch

    customer = factory.SubFactory(CustomerFactory)
    ticket = factory.LazyFunction(uuid4)
    count = 1
    made_by = factory.LazyAttribute(lambda o: member(o.customer, Role.BENEFIT_ADMIN))


class VoucherImportFactory(DjangoModelFactory):
    """An uploaded table of one row that waits for its confirmation."""

    class Meta:
        model = VoucherImport

    organization = factory.SubFactory(CustomerFactory)
    rows = factory.LazyFunction(lambda: [[2, {"engagement_type": "?"}, []]])
    made_by = factory.LazyAttribute(
        lambda o: member(o.organization, Role.BENEFIT_ADMIN)
    )
    read_at = factory.LazyFunction(clock.now)
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(hours=24))


def location_in(partner, voucher):
    """Return the partner's place in the voucher's country, made if there is none."""
    places = Location.objects.filter(organization=partner, country=voucher.country)
    return places.first() or LocationFactory(
        organization=partner, country=voucher.country
    )


def signature_by(partner, voucher):
    """Return the partner's signature under the program's terms, made if missing."""
    signed = partner.signatures.filter(agreement__program=voucher.program)
    return signed.first() or SignatureFactory(
        partner=partner, agreement=agreement_of(voucher.program)
    )


def owner_of(voucher):
    """Return the voucher admin as an actor."""
    return Member.of(voucher.admin.memberships.get(organization=voucher.customer))


def manager_of(voucher):
    """Return the project manager as an actor."""
    person = voucher.project_manager
    return Member.of(person.memberships.get(organization=voucher.customer))


class RetirementPlanFactory(DjangoModelFactory):
    """A draft for a program: each step ends a month after the one before."""

    class Meta:
        model = RetirementPlan

    program = factory.SubFactory(ProgramFactory)
    creation_ends_on = days_ahead(100)
    pool_wipe_on = days_ahead(101)
    reservation_ends_on = days_ahead(130)
    redemption_ends_on = days_ahead(160)
    reason = "The program ends. Thank you for planning with us."
    drafted_by = factory.SubFactory(StaffFactory)

    class Params:
        published = factory.Trait(
            state=PlanState.PUBLISHED,
            published_by=factory.SubFactory(StaffFactory),
            published_at=factory.LazyFunction(clock.now),
        )


class RetirementLetterFactory(DjangoModelFactory):
    """An announcement of a published plan that goes out today."""

    class Meta:
        model = RetirementLetter

    plan = factory.SubFactory(RetirementPlanFactory, published=True)
    about = LetterAbout.ANNOUNCEMENT
    sends_on = days_ahead(0)
