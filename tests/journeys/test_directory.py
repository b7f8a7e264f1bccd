"""A customer finds a partner in the directory, writes to it and is answered."""

import pytest
from django.core.management import call_command

from enrollment.models import EngagementType, Enquiry, ProfileLocation
from enrollment.services import directory
from portal.places import locate
from portal.roles import Role
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import CustomerFactory, MembershipFactory
from tests.journeys.walker import Walker, subjects_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TYPE = "SharePoint Deployment Planning"


@pytest.fixture
def partner(catalogue):
    """Make a partner in Munich that can deliver, and the cities around it."""
    call_command("load_places")
    asked = EngagementType.objects.with_rules().get(name=TYPE)
    asked.offering.program.requirements.all().delete()
    partner = eligible_partner(asked, name="Isar Planning", slug="isar")
    location = partner.locations.get()
    locate(location)
    location.save()
    ProfileLocation.objects.create(
        profile=partner.business_profiles.get(),
        partner=partner,
        location=location,
        position=1,
    )
    directory.facts_changed(partner)
    return partner


@pytest.fixture
def people(partner):
    """Return the addresses of a customer's benefit admin and a partner's admin."""
    customer = CustomerFactory(name="Riverside Hospital", slug="riverside")
    bea = MembershipFactory(organization=customer, roles=[Role.BENEFIT_ADMIN])
    anna = MembershipFactory(organization=partner, roles=[Role.PARTNER_ADMIN])
    return bea.person.email, anna.person.email


def test_a_customer_finds_a_partner_nearby_and_asks(browser, live_server, people):
    walkers = [Walker(browser, live_server.url, who, "pass-phrase") for who in people]
    bea, anna = walkers

    bea.go("/partners/").sees("Isar Planning")
    bea.fill(place="Nowhereville").press("Search").sees("We do not know this city")
    bea.fill(place="augsburg").choose("km", "100 km").press("Search")
    bea.sees("Distances are measured from Augsburg", "Isar Planning", "km away")
    bea.choose("km", "25 km").press("Search").sees("No partner fits all of this")
    bea.follow("Show all partners").choose("what", TYPE).press("Search")
    bea.follow("Isar Planning").sees("What it can deliver", TYPE)
    bea.sign_in().go("/partners/").follow("Isar Planning")
    bea.follow("Contact this partner").sees("Riverside Hospital")
    bea.fill(message="Can you plan our intranet in May?")
    bea.press("Send the enquiry").sees("Sent. You get a mail with the answer.")

    anna.sign_in().go("/o/isar/").follow("Answer the enquiry of Riverside Hospital")
    anna.sees("Can you plan our intranet in May?").follow("Accept")
    anna.fill(answer="With pleasure: I call on Monday.").press("Accept and answer")
    anna.sees("Accepted. The customer is told by mail.")

    assert Enquiry.objects.get().state == "accepted"
    assert subjects_to(people[0]) == ["Isar Planning accepts your enquiry"]
    assert [complaint for each in walkers for complaint in each.complaints] == []
    for each in walkers:
        each.close()
