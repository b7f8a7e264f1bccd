"""Engagements in every state, with their reports."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from engagements.models import (
    CompletionReport,
    DeliverableKind,
    Engagement,
    EngagementState,
)
from portal import clock
from portal.roles import Role
from tests.factories.enrollment import (
    DocumentFactory,
    competency_for,
    days_ago,
    days_ahead,
)
from tests.factories.vouchers import VoucherFactory, member


class EngagementFactory(DjangoModelFactory):
    """An engagement that ended two days ago and is not reported.

    ``upcoming=True`` puts it ahead; ``reported=True``, ``redeemed=True`` and so on
    move it along, its voucher with it.
    """

    class Meta:
        model = Engagement
        skip_postgeneration_save = True

    voucher = factory.SubFactory(
        VoucherFactory,
        reserved=True,
        reserved_at=factory.LazyFunction(lambda: clock.now() - timedelta(days=20)),
    )
    reservation = factory.LazyAttribute(lambda o: o.voucher.reservations.get())
    customer = factory.SelfAttribute("voucher.customer")
    partner = factory.SelfAttribute("voucher.partner")
    lead = factory.LazyAttribute(lambda o: member(o.partner, Role.DELIVERY_LEAD))
    starts_on = days_ago(10)
    ends_on = days_ago(2)

    class Params:
        upcoming = factory.Trait(starts_on=days_ahead(3), ends_on=days_ahead(9))
        reported = factory.Trait(state=EngagementState.REPORTED)
        redeemed = factory.Trait(reported=True, voucher__redeemed=True)
        paid = factory.Trait(redeemed=True, voucher__paid=True)
        called_off = factory.Trait(state=EngagementState.CALLED_OFF)

    @factory.post_generation
    def competency(self, create, extracted, **kwargs):
        """Let the partner hold what qualifies; ``competency=False`` leaves it out."""
        if extracted is not False:
            competency_for(self.partner, self.voucher.engagement_type)

    @factory.post_generation
    def completion_report(self, create, extracted, **kwargs):
        if self.state == EngagementState.REPORTED:
            CompletionReportFactory(engagement=self, **kwargs)


class CompletionReportFactory(DjangoModelFactory):
    class Meta:
        model = CompletionReport

    engagement = factory.SubFactory(EngagementFactory)
    customer = factory.SelfAttribute("engagement.customer")
    partner = factory.SelfAttribute("engagement.partner")
    days_on_site = factory.LazyAttribute(
        lambda o: o.engagement.voucher.days_used or o.engagement.voucher.days
    )
    summary = "We planned the move."
    next_steps = "Start with a pilot."
    deliverable_kind = DeliverableKind.PLAN
    deliverable = factory.SubFactory(
        DocumentFactory,
        name="plan.pdf",
        parties=factory.LazyAttribute(lambda o: o.factory_parent.engagement.parties),
    )
    accepted_by = "Ines Roth"
    accepted_on = days_ago(2)
    no_extra_charge = True
    policies_met = True
    filed_by = factory.SelfAttribute("engagement.lead")
    filed_at = factory.LazyFunction(clock.now)
