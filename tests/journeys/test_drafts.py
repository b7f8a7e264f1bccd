"""A chosen file in a browser, which never fills a file input again."""

import pytest
from django.urls import reverse

from engagements.models import CompletionReport
from portal import clock
from portal.roles import Role
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import actor_of
from tests.portal.test_documents import pdf, stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_report_with_a_mistake_keeps_its_deliverable(walk):
    engagement = EngagementFactory()
    lead = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    give_second_factor(lead.person)
    lena = walk(lead.person)
    page = reverse("engagements:report", args=[engagement.partner.slug, engagement.pk])
    lena.go(page).fill(
        days_on_site=engagement.voucher.days,
        days_off_site=0,
        summary="We planned the move.",
        next_steps="Start with a pilot.",
        accepted_by="",
        accepted_on=clock.today(),
    )
    lena.page.locator("select[name=deliverable_kind]").select_option("plan")
    lena.tick("charged nothing").tick("met the program").upload(
        "deliverable", "plan.pdf", pdf()
    )

    lena.press("File the report").sees("“plan.pdf” is kept and will be sent.")
    lena.fill(accepted_by="Ines Roth").press("File the report")

    lena.sees("The report is filed.")
    document = CompletionReport.objects.get().deliverable
    assert (document.name, stored(document)) == ("plan.pdf", pdf())
