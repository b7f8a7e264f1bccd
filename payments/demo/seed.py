"""The demo as a whole: told once, in one transaction."""

from datetime import timedelta

from enrollment.models import Level, Program
from enrollment.services import renewals
from payments.demo import cast
from payments.demo.agreements import announce_version
from payments.demo.cast import DemoPlace
from payments.demo.consultants import hire_a_second
from payments.demo.enrolling import apply, enroll, prove
from payments.demo.story import Story, days_ago
from payments.services import reviews
from portal.actors import Member, Staff
from portal.models import User
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from vouchers.models import ContactPart, CustomerAgreement, ReleaseReason, Voucher
from vouchers.services import (
    accrual,
    agreements,
    nightly,
    outlook,
    reservations,
    suspension,
    vouchers,
)
from vouchers.services.accrual import Order
from vouchers.services.agreements import Contact

EVERY_OFFERING = ["DDPS", "DYDPS", "PVDPS", "SDPS", "S-EDPS", "SSDPS"]
BROAD = {
    "Windows and Devices": Level.GOLD,
    "Enterprise Mobility Management": Level.SILVER,
    "Datacenter": Level.GOLD,
    "Collaboration and Content": Level.SILVER,
    "Messaging": Level.SILVER,
    "Data Platform": Level.GOLD,
    "Enterprise Resource Planning": Level.GOLD,
    "Cloud Business Applications": Level.SILVER,
}


class Sponsor:
    """The sponsor's people in the demo."""

    def __init__(self) -> None:
        self.reviewer = cast.staff(
            "Rita Reviewer", Duty.ENROLLMENT_REVIEWER, Duty.DELIVERY_REVIEWER
        )
        self.approver = cast.staff("Paul Approver", Duty.PAYMENT_APPROVER)
        self.releaser = cast.staff("Lena Releaser", Duty.PAYMENT_RELEASER)
        self.manager = cast.staff("Max Manager", Duty.PROGRAM_MANAGER)
        # Two people decide about the end of a program.
        cast.staff("Nina Novak", Duty.PROGRAM_MANAGER)
        cast.staff("Sam Support", Duty.SUPPORT)
        self.auditor = cast.staff("Ada Auditor", Duty.AUDITOR)


def seed() -> None:
    """Fill an empty portal with the demo; does nothing where people are already."""
    with acting_for_all():
        if User.objects.exists():
            return
        sponsor = Sponsor()
        nordlicht, harbor = partners(sponsor)
        announce_version(by=sponsor.manager)
        riverside = riverside_hospital()
        textile = customer_in_taiwan()
        pool = agreement_of(riverside, "V6612480", 60, sponsor.manager, ago=250)
        activate(pool, riverside.bea)
        buy_more(pool, by=sponsor.manager)
        old = agreement_of(riverside, "V5500213", 8, sponsor.manager, ago=3 * 365 - 60)
        activate(old, riverside.bea)
        agreement_of(textile, "V7703315", 15, sponsor.manager, ago=20)
        tell_open_stories(pool, riverside, nordlicht)
        tell_money_stories(pool, riverside, nordlicht, sponsor)
        tell_endings(pool, riverside, nordlicht)
        tell_rare_stories(pool, riverside, nordlicht, sponsor)
        tell_british_story(sponsor, harbor)
        outlook.foresee_all()


def partners(sponsor: Sponsor) -> tuple[DemoPlace, DemoPlace]:
    """Make partners in every stage of enrollment; returns the two that deliver."""
    nordlicht = cast.partner("Nordlicht Consulting GmbH", "nordlicht", "DE", "Hamburg")
    cast.join(nordlicht, "Anna Admin", Role.PARTNER_ADMIN)
    cast.join(nordlicht, "Dirk Delivery", Role.DELIVERY_LEAD)
    cast.join(nordlicht, "Frida Finance", Role.FINANCE)
    enroll(nordlicht, BROAD, EVERY_OFFERING, ago=240, reviewer=sponsor.reviewer)

    hire_a_second(nordlicht, by=sponsor.reviewer)

    harbor = cast.partner("Harbor IT Partners Ltd", "harbor", "GB", "Bristol")
    cast.join(harbor, "Harriet Holt", Role.PARTNER_ADMIN, Role.FINANCE)
    enroll(
        harbor,
        {"Messaging": Level.GOLD, "Communications": Level.SILVER},
        ["S-EDPS"],
        ago=310,
        reviewer=sponsor.reviewer,
    )
    renewals.open_windows()

    lapsed = cast.partner("Andes Digital SA", "andes", "DE", "Cologne")
    cast.join(lapsed, "Carlos Campo", Role.PARTNER_ADMIN)
    enroll(
        lapsed,
        {"Datacenter": Level.SILVER},
        ["PVDPS"],
        ago=410,
        reviewer=sponsor.reviewer,
    )
    renewals.end_periods()

    waiting = cast.partner("Formosa Cloud 雲端服務", "formosa", "TW", "Taipei")
    cast.join(waiting, "Mei-Ling Chen", Role.PARTNER_ADMIN, language="zh-hant")
    claims = {"Collaboration and Content": Level.GOLD}
    apply(waiting, claims, ["SDPS"], ago=2, reviewer=sponsor.reviewer)

    fresh = cast.partner("Fresh Start IT", "fresh-start", "DE", "Leipzig")
    cast.join(fresh, "Felix Fresh", Role.PARTNER_ADMIN)
    # One person, two organizations: the menu switches between them.
    anna = User.objects.get(email="anna@nordlicht.example")
    cast.add_membership(fresh, anna, Role.PARTNER_ADMIN)
    prove(fresh, {"Messaging": Level.SILVER}, ago=1)
    return nordlicht, harbor


def riverside_hospital() -> DemoPlace:
    place = cast.customer("Riverside Hospital Group", "riverside", "DE", "Frankfurt")
    cast.join(place, "Bea Benefit", Role.BENEFIT_ADMIN)
    cast.join(place, "Peter Project", Role.PROJECT_MANAGER)
    return place


def customer_in_taiwan() -> DemoPlace:
    place = cast.customer("Lotus Textile 蓮花紡織", "lotus", "TW", "Tainan")
    cast.join(place, "Lin Lee", Role.BENEFIT_ADMIN, language="zh-hant")
    return place


def agreement_of(
    place: DemoPlace, licensing_id: str, days: int, manager: Staff, *, ago: int
) -> CustomerAgreement:
    """Open a customer's agreement that many days ago, for three years from then."""
    with days_ago(ago) as today:
        agreement = CustomerAgreement(
            customer=place.organization,
            program=Program.objects.get(code="SADPS"),
            licensing_id=licensing_id,
            starts_on=today,
            ends_on=today + timedelta(days=3 * 365),
        )
        agreements.open_agreement(agreement, days=days, by=manager)
    return agreement


def activate(pool: CustomerAgreement, owner: Member) -> None:
    """Accept the program's terms, with the owner as the contact."""
    contact = Contact(owner.person.name, owner.person.email)
    agreements.activate(
        pool,
        accepts=pool.program.benefit_terms,
        contacts={ContactPart.BENEFIT: contact},
        by=owner,
    )


def buy_more(pool: CustomerAgreement, *, by: Staff) -> None:
    """Count an order whose days the customer can open as a figure."""
    with days_ago(120) as today:
        licences = {"office": 900, "server": 40}
        order = Order("PO-2071", today - timedelta(days=7), 2, licences)
        accrual.accrue(pool, order, by=by)


def tell_open_stories(
    pool: CustomerAgreement, customer: DemoPlace, partner: DemoPlace
) -> None:
    """Make vouchers that wait for somebody, some with little time left."""

    def voucher(ago: int, slug: str, days: int, label: str = "") -> Story:
        return Story(pool, customer, partner).create(ago, slug, days, label)

    voucher(3, "sdps-sharepoint", 3, "Intranet")
    voucher(168, "ddps-windows-office", 5, "Ward computers").assign(20, "peter")
    voucher(9, "pvdps-windows-server", 1).assign(8, "peter", with_partner=False)
    voucher(177, "s-edps-exchange", 1, "Mail move").assign(60, "peter").reserve(50)
    planned = voucher(40, "ddps-mobile-productivity", 3, "Doctors' telephones")
    planned.assign(38, "peter").reserve(30).schedule(29, starts_in=6, ends_in=10)
    late = voucher(60, "ssdps-data-estate", 5, "Laboratory data")
    late.assign(58, "peter").reserve(50).schedule(49, starts_in=-12, ends_in=-3)
    filed = voucher(75, "pvdps-windows-server", 3, "Data centre north")
    filed.assign(74, "peter").reserve(70)
    filed.schedule(69, starts_in=-20, ends_in=-10).report(5)


def tell_money_stories(
    pool: CustomerAgreement, customer: DemoPlace, partner: DemoPlace, sponsor: Sponsor
) -> None:
    """Make vouchers on each step of the way to the money."""

    def deliver_voucher(ago: int, slug: str, days: int) -> Story:
        story = Story(pool, customer, partner).create(ago, slug, days)
        story.assign(ago - 1, "peter").reserve(ago - 5)
        story.schedule(ago - 6, starts_in=15 - ago, ends_in=25 - ago)
        return story.report(ago - 27).redeem(ago - 28)

    deliver_voucher(84, "ddps-windows-office", 1)
    deliver_voucher(70, "ddps-modern-it-security-poc", 3).invoice(20, "NL-2041")
    approved = deliver_voucher(90, "sdps-sharepoint", 5).invoice(30, "NL-2037")
    with days_ago(12):
        reviews.approve(approved, by=sponsor.approver)
    returned = deliver_voucher(80, "dydps-migrate-ce", 1).invoice(15, "NL-2042")
    with days_ago(4):
        reviews.return_for_correction(
            returned, reason="Please add your VAT number.", by=sponsor.approver
        )
    paid = deliver_voucher(150, "dydps-upgrade-fo", 5).invoice(95, "NL-1988")
    with days_ago(80):
        reviews.approve(paid, by=sponsor.approver)
    with days_ago(60) as day:
        reviews.record_payment(
            paid, paid_on=day, bank_reference="SEPA 2026-1187", by=sponsor.releaser
        )


def tell_endings(
    pool: CustomerAgreement, customer: DemoPlace, partner: DemoPlace
) -> None:
    """Make vouchers that ended otherwise."""
    expired = Story(pool, customer, partner).create(200, "sdps-ppm", 3)
    expired.assign(190, "peter", with_partner=False)
    with days_ago(15):
        nightly.expire(Voucher.objects.filter(pk=expired.voucher.pk))
    cancelled = Story(pool, customer, partner).create(30, "ssdps-data-estate", 3)
    with days_ago(25):
        vouchers.cancel([cancelled.voucher], by=customer.bea)
    released = Story(pool, customer, partner).create(45, "s-edps-exchange", 3)
    released.assign(44, "peter").reserve(43)
    with days_ago(6):
        reason = ReleaseReason.CHANGED
        reservations.release(released.voucher, reason=reason, by=released.holder)


def tell_rare_stories(
    pool: CustomerAgreement, customer: DemoPlace, partner: DemoPlace, sponsor: Sponsor
) -> None:
    """Make a voucher that stands still, and one of which less was delivered.

    Only the demo lets partners deliver fewer days: the shipped program does not.
    """
    Program.objects.filter(pk=pool.program_id).update(allows_fewer_days=True)
    still = Story(pool, customer, partner).create(35, "sdps-sharepoint", 1, "Archive")
    still.assign(34, "peter").reserve(30).schedule(29, starts_in=4, ends_in=8)
    with days_ago(3):
        reason = "We are checking the agreement with your licence desk."
        suspension.suspend(still.voucher, reason=reason, by=sponsor.manager)
    less = Story(pool, customer, partner).create(65, "ssdps-data-estate", 3, "Reports")
    less.assign(64, "peter").reserve(60)
    less.schedule(59, starts_in=-45, ends_in=-40).report(38, days=2).redeem(37)


def tell_british_story(sponsor: Sponsor, partner: DemoPlace) -> None:
    """Make a second customer, so that each side sees only its own."""
    place = cast.customer("Meridian Logistics plc", "meridian", "GB", "Leeds")
    cast.join(place, "Olive Owner", Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER)
    pool = agreement_of(place, "V8120077", 20, sponsor.manager, ago=100)
    activate(pool, place.olive)
    story = Story(pool, place, partner).create(50, "s-edps-skype", 5, "Telephony")
    story.assign(49, "olive").reserve(40)
