"""What happened in the demo so far: told by the services, day by day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils.timezone import now
from weasyprint import HTML

from engagements.models import CompletionReport, DeliverableKind, Engagement
from engagements.services import redemptions, reports, schedules
from enrollment.models import Consultant, EngagementType
from payments.demo.cast import DemoPlace
from payments.models import PaymentRequest
from payments.services import invoices, requests
from payments.services.requests import Invoice
from portal import clock
from portal.actors import Member
from vouchers.models import CustomerAgreement, Voucher
from vouchers.services import assignment, reservations, roles, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec


@contextmanager
def days_ago(days: int) -> Iterator[date]:
    """Live that many days ago, at a working hour; returns that date."""
    moment = (now() - timedelta(days=days)).replace(hour=9, minute=30)
    with clock.set_to(moment):
        yield clock.today()


def pdf(title: str) -> ContentFile:
    """Make a one-page PDF to hand in."""
    target = BytesIO()
    HTML(string=f"<h1>{title}</h1><p>Made for the demo.</p>").write_pdf(target)
    return ContentFile(target.getvalue(), name=f"{title.lower().replace(' ', '-')}.pdf")


class Story:
    """One voucher's way; each method is a step, done so many days ago."""

    def __init__(
        self, agreement: CustomerAgreement, customer: DemoPlace, partner: DemoPlace
    ) -> None:
        self.agreement = agreement
        self.customer = customer
        self.partner = partner
        self.voucher: Voucher
        self.engagement: Engagement

    def create(self, ago: int, slug: str, days: int, label: str = "") -> "Story":
        with days_ago(ago):
            spec = VoucherSpec(
                EngagementType.objects.get(slug=slug),
                days,
                self.customer.organization.country,
                label,
            )
            owner = first_member(self.customer, *roles.OWNERS)
            batch = vouchers.create(self.agreement, [spec], by=owner)
            self.voucher = batch.vouchers.get()
        return self

    def assign(self, ago: int, manager: str, *, with_partner: bool = True) -> "Story":
        with days_ago(ago):
            person = self.customer.people[manager].person
            partner = self.partner.organization if with_partner else None
            owner = first_member(self.customer, *roles.OWNERS)
            assignment.assign([self.voucher], Assignee(person, partner), by=owner)
        return self

    def reserve(self, ago: int) -> "Story":
        with days_ago(ago):
            reservations.reserve(
                self.voucher,
                location=self.partner.location,
                accepts_terms=True,
                by=self.holder,
            )
        self.voucher = Voucher.objects.get(pk=self.voucher.pk)
        return self

    def schedule(self, ago: int, *, starts_in: int, ends_in: int) -> "Story":
        """Plan the engagement; the days count from today, negative ones back."""
        lead = lead_of(self.partner).person
        first_day, last_day = (clock.in_days(days) for days in (starts_in, ends_in))
        with days_ago(ago):
            self.engagement = schedules.schedule(
                self.voucher,
                starts_on=first_day,
                ends_on=last_day,
                lead=lead,
                by=self.holder,
            )
        return self

    def report(self, ago: int, days: int = 0) -> "Story":
        """File the report, for all days of the voucher unless it says fewer."""
        with days_ago(ago) as today:
            kind = self.voucher.engagement_type
            report = CompletionReport(
                days_on_site=days or self.voucher.days,
                summary=f"We planned “{kind}” with the customer's teams.",
                next_steps="Start with a pilot group, then move site by site.",
                deliverable_kind=DeliverableKind.PLAN,
                accepted_by=str(self.voucher.project_manager),
                accepted_on=today,
                no_extra_charge=True,
                policies_met=True,
            )
            file = pdf(f"Plan {self.voucher.number}")
            reports.file_report(self.engagement, report, file, by=self.holder)
        return self

    def redeem(self, ago: int) -> "Story":
        with days_ago(ago):
            redemptions.redeem(self.engagement, by=self.holder)
        return self

    def invoice(self, ago: int, number: str) -> PaymentRequest:
        with days_ago(ago):
            engagement = Engagement.objects.get(pk=self.engagement.pk)
            request = requests.submit(
                [engagement],
                Invoice(number, tax_rate=Decimal(0)),
                by=first_member(self.partner, *requests.INVOICERS),
            )
            invoices.attach_invoice(request)
        return request

    @property
    def holder(self) -> Member:
        return first_member(self.partner, *roles.HOLDERS)


def first_member(place: DemoPlace, *roles: str) -> Member:
    """Return the first person of a place who holds one of the roles."""
    return next(actor for actor in place.people.values() if actor.has(*roles))


def lead_of(place: DemoPlace) -> Consultant:
    """Return the consultant who has worked longest for a partner."""
    consultants = Consultant.objects.filter(partner=place.organization)
    first: Consultant = consultants.select_related("person").order_by("pk")[0]
    return first
