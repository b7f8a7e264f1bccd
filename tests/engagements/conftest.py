"""What tests of engagements share."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from weasyprint import HTML

from engagements.models import CompletionReport, DeliverableKind
from portal import clock
from portal.roles import Role
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import actor_of
from tests.factories.vouchers import VoucherFactory

PLAN = HTML(string="<h1>Plan</h1>").write_pdf()


@pytest.fixture
def voucher(db):
    return VoucherFactory(reserved=True)


@pytest.fixture
def engagement(db):
    return EngagementFactory()


@pytest.fixture
def lead(engagement):
    return actor_of(engagement.partner, Role.DELIVERY_LEAD)


def plan(content=PLAN, name="plan.pdf"):
    return SimpleUploadedFile(name, content)


def typed(**fields) -> CompletionReport:
    """Return a report as its form would: right for a voucher of five days."""
    return CompletionReport(
        **{
            "days_on_site": 5,
            "days_off_site": 0,
            "summary": "We planned the move.",
            "next_steps": "Start with a pilot.",
            "deliverable_kind": DeliverableKind.PLAN,
            "accepted_by": "Ines Roth",
            "accepted_on": clock.today(),
            "no_extra_charge": True,
            "policies_met": True,
            **fields,
        }
    )


def ahead(days) -> date:
    return clock.in_days(days)
