"""A voucher's way through the eight steps, action by action, as people go it.

A story yields each action; whoever plays it performs the action and sends back what
came of it. What lies between two actions is not measured: pages load their rows before
they act, and so does a story.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from pypdf import PdfWriter

from bench.lab import working_for
from bench.tenants import Tenant
from engagements.models import CompletionReport, DeliverableKind, Engagement
from engagements.services import redemptions, reports, schedules
from payments.models import PaymentRequest
from payments.services import requests, reviews
from payments.services.requests import Invoice
from portal import clock
from portal.actors import CLOCK, Actor
from portal.models import Location
from portal.tenancy import acting_for_all
from vouchers.models import ReleaseReason, Voucher
from vouchers.services import assignment, nightly, reservations, vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

DAYS = 1


@dataclass(frozen=True)
class Action:
    """One thing that somebody does, in a transaction of its own."""

    name: str
    by: Actor
    act: Callable[[], Any]

    def __call__(self) -> Any:
        if self.by is CLOCK:
            return self.act()
        with working_for(self.by):
            return self.act()


Story = Generator[Action, Any, None]


def done_by(actor: Actor, name: str, act: Callable, *things: Any, **how: Any) -> Action:
    return Action(name, actor, partial(act, *things, by=actor, **how))


def play(story: Story, perform: Callable[[Action], Any]) -> None:
    """Let somebody perform each action of a story."""
    result = None
    while True:
        try:
            action = story.send(result)
        except StopIteration:
            return
        result = perform(action)


class Way:
    """One voucher of a tenant, and what its people do with it."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.owner, self.lead = tenant.owner, tenant.lead
        self.key = 0

    @property
    def voucher(self) -> Voucher:
        """Return the voucher as a page finds it."""
        with acting_for_all():
            return Voucher.objects.with_details().get(pk=self.key)

    @property
    def engagement(self) -> Engagement:
        with acting_for_all():
            return Engagement.objects.with_details().get(voucher=self.key)

    @property
    def request(self) -> PaymentRequest:
        with acting_for_all():
            found = PaymentRequest.objects.with_details().filter(
                lines__voucher=self.key
            )
            return found.select_related("partner").get()

    def create(self) -> Story:
        wanted = VoucherSpec(self.tenant.engagement_type, DAYS, "DE", "Bench")
        pool = self.tenant.agreement
        made = yield done_by(self.owner, "create", vouchers.create, pool, [wanted])
        with acting_for_all():
            self.key = made.vouchers.get().pk

    def assign(self) -> Story:
        yield done_by(
            self.owner,
            "assign",
            assignment.assign,
            [self.voucher],
            Assignee(self.tenant.manager.person, self.lead.organization),
        )

    def recall(self) -> Story:
        yield done_by(self.owner, "recall", assignment.recall, [self.voucher])

    def cancel(self) -> Story:
        yield done_by(self.owner, "cancel", vouchers.cancel, [self.voucher])

    def validate(self) -> Story:
        asked = (self.voucher.number, self.owner.person.email)
        yield done_by(self.lead, "validate", reservations.find_by_number, *asked)

    def reserve(self) -> Story:
        with acting_for_all():
            here = Location.objects.filter(organization=self.lead.organization)
            location = here.select_related("organization").earliest("pk")
        yield done_by(
            self.lead,
            "reserve",
            reservations.reserve,
            self.voucher,
            location=location,
            accepts_terms=True,
        )

    def release(self) -> Story:
        reason = ReleaseReason.CHANGED
        act = reservations.release
        yield done_by(self.lead, "release", act, self.voucher, reason=reason)

    def schedule(self) -> Story:
        today = clock.today(self.lead.organization.time_zone)
        yield done_by(
            self.lead,
            "schedule",
            schedules.schedule,
            self.voucher,
            starts_on=today,
            ends_on=today,
            lead=self.lead.person,
        )

    def report(self) -> Story:
        engagement, file = self.engagement, pdf(self.voucher.number)
        report = CompletionReport(
            days_on_site=DAYS,
            summary="We planned the move.",
            next_steps="Start with a pilot.",
            deliverable_kind=DeliverableKind.PLAN,
            accepted_by="Ines Roth",
            accepted_on=engagement.ends_on,
            no_extra_charge=True,
            policies_met=True,
        )
        act = reports.file_report
        yield done_by(self.lead, "report", act, engagement, report, file)

    def redeem(self) -> Story:
        yield done_by(self.lead, "redeem", redemptions.redeem, self.engagement)

    def ask_for_payment(self) -> Story:
        chosen = [self.engagement]
        invoice = Invoice(f"B-{self.key}", tax_rate=Decimal(19))
        yield done_by(self.lead, "request", requests.submit, chosen, invoice)
        with acting_for_all():
            # A worker makes the invoice meanwhile.
            made = PaymentRequest.objects.filter(pk=self.request.pk)
            made.update(invoice=self.tenant.document)

    def approve(self) -> Story:
        yield done_by(self.tenant.approver, "approve", reviews.approve, self.request)

    def pay(self) -> Story:
        yield done_by(
            self.tenant.releaser,
            "pay",
            reviews.record_payment,
            self.request,
            paid_on=clock.today(),
            bank_reference=f"SEPA {self.key}",
        )

    def expire(self) -> Story:
        act = partial(nightly.expire, Voucher.objects.filter(pk=self.key))
        with clock.set_to(clock.now() + timedelta(days=300)):
            expired = yield Action("expire", CLOCK, act)
        assert expired, "its last day is over"


def pdf(title: str) -> ContentFile:
    """Make a file to hand in that is like no other."""
    target, writer = BytesIO(), PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Title": title})
    writer.write(target)
    return ContentFile(target.getvalue(), name="plan.pdf")
