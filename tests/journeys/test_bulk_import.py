"""A customer makes vouchers of a table with mistakes, mends it, and gives them out."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse

from portal.roles import Role
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.journeys.walker import subjects_to
from tests.uploads import read_at_once
from vouchers.models import Voucher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEAD = "Engagement type,Days,Country of delivery,Label,Project manager,Partner"


@pytest.fixture
def world(transactional_db):
    """Make a customer with days, its project manager, a partner and a stranger."""
    agreement = CustomerAgreementFactory(days=50)
    kind = EngagementTypeFactory(
        offering__program=agreement.program, name="Cloud", lengths=[3, 5]
    )
    partner = eligible_partner(kind)
    return SimpleNamespace(
        agreement=agreement,
        owner=actor_of(agreement.customer, Role.BENEFIT_ADMIN),
        paul=actor_of(agreement.customer, Role.PROJECT_MANAGER).person,
        partner=partner,
        lead=actor_of(partner, Role.DELIVERY_LEAD),
        stranger=VoucherFactory(assigned=True).project_manager,
    )


def test_a_table_with_mistakes_is_mended_and_its_vouchers_reach_the_partner(
    walk, world, monkeypatch
):
    read_at_once(monkeypatch)
    bea = walk(world.owner.person)
    bea.go(reverse("vouchers:index", args=[world.owner.organization.slug]))
    bea.follow("Create vouchers").follow("Create from a table")
    hand_in(bea, table(world)).press("Look at the rows")
    bea.sees(
        "3 rows have mistakes",
        "“Cloud” comes in these lengths: 3, 5 days.",
        "There is no such country.",
        "Nobody in your organization has this e-mail address or name.",
    )

    failed = taken_away(bea)
    assert "Right" not in failed
    failed = failed.replace("Cloud,4", "Cloud,3").replace("Atlantis", "Germany")
    mended = failed.replace(world.stranger.email, world.paul.email)
    hand_in(bea, mended).press("Upload the mended rows")
    bea.sees("4 vouchers will be created", "18 days leave the pool.")
    bea.press("Create 4 vouchers").sees("4 vouchers are created.")

    numbers = numbers_of(world.agreement)
    assert len(numbers) == 4
    bea.sees(*numbers)
    lena = walk(world.lead.person)
    lena.go(reverse("vouchers:index", args=[world.partner.slug])).sees(*numbers)
    assert subjects_to(world.paul.email) == ["4 vouchers are assigned to you"]
    assert subjects_to(world.lead.person.email) == [
        f"{world.agreement.customer} assigned 4 vouchers to {world.partner}"
    ]


def table(world):
    """Write four rows, of which three have a mistake each."""
    people = f"{world.paul.email},{world.partner.slug}"
    rows = [
        f"Cloud,5,DE,Right,{people}",
        f"Cloud,4,DE,Length,{people}",
        f"Cloud,5,Atlantis,Country,{people}",
        f"Cloud,5,DE,Person,{world.stranger.email},{world.partner.slug}",
    ]
    return "\n".join([HEAD, *rows])


def numbers_of(agreement):
    made = Voucher.objects.filter(agreement=agreement)
    return list(made.values_list("number", flat=True))


def hand_in(walker, text):
    walker.page.locator("input[name=file]").set_input_files(
        {"name": "vouchers.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    return walker


def taken_away(walker):
    with walker.page.expect_download() as download:
        walker.press("Download the rows with mistakes")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert re.match("Agreement", text)
    return text
