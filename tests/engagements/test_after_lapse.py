"""What was reserved in time stays deliverable after the partner's enrollment lapsed."""

import pytest

from engagements.services import redemptions, reports
from enrollment import tasks
from enrollment.eligibility import engine
from enrollment.models import Enrollment
from enrollment.models.states import EnrollmentState
from portal import clock
from portal.findings import unmet_findings
from portal.tenancy import acting_for
from tests.engagements.conftest import plan, typed
from tests.factories.enrollment import EnrollmentFactory
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def lapsed(engagement):
    """Let the calendar end the partner's enrollment in the night."""
    program, partner = engagement.voucher.program, engagement.partner
    Enrollment.objects.filter(partner=partner).delete()
    period = EnrollmentFactory(
        partner=partner, program=program, active=True, ends_on=clock.in_days(-1)
    )
    tasks.turn_periods()
    assert Enrollment.objects.get(pk=period.pk).state == EnrollmentState.LAPSED


def test_a_lapsed_partner_reports_and_redeems_what_it_holds(engagement, lead, lapsed):
    with acting_for(lead.organization_id, person=lead.person_id):
        reports.file_report(engagement, typed(), plan(), by=lead)
        redemptions.redeem(engagement, by=lead)

    assert Voucher.objects.get().state == State.REDEEMED


def test_a_lapsed_partner_is_told_why_it_cannot_reserve(engagement, lapsed):
    voucher = engagement.voucher
    findings = engine.check(engagement.partner, voucher.engagement_type, clock.today())

    assert "Enrollment" in [finding.rule for finding in unmet_findings(findings)]
