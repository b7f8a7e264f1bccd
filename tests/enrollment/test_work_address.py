"""Who sends an enrollment works at the company, where the program asks for that."""

import pytest

from enrollment.models import Enrollment, RequirementKind
from enrollment.services import enrollments
from portal import clock
from portal.findings import Refused
from tests.factories.enrollment import EnrollmentFactory, ProgramRequirementFactory
from tests.factories.portal import DomainFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def domain_asked(program):
    return ProgramRequirementFactory(program=program, kind=RequirementKind.DOMAIN)


@pytest.fixture
def ready(partner, program, offering, held, signature):
    """Return an enrollment that lacks nothing but what a test asks for."""
    return EnrollmentFactory(partner=partner, program=program, offerings=[offering])


def state_of(enrollment):
    return Enrollment.objects.get(pk=enrollment.pk).state


def test_who_has_an_address_at_the_company_sends_it(admin, domain_asked, ready):
    DomainFactory(organization=admin.organization, name="example.com")

    enrollments.submit(ready, by=admin)

    assert state_of(ready) == "submitted"


def test_who_has_none_reads_what_helps(admin, domain_asked, ready):
    DomainFactory(organization=admin.organization, name="bright.example")

    with pytest.raises(Refused, match="is not complete") as no:
        enrollments.submit(ready, by=admin)

    finding = next(each for each in no.value.findings if not each.holds)
    assert "no verified address at a mail domain" in str(finding.found)
    assert str(finding.needed) == "A verified address at bright.example."
    assert "verify it, or let an admin who has one" in str(finding.fix)
    assert state_of(ready) == "in_progress"


def test_without_a_domain_only_the_domain_is_missing(admin, domain_asked, ready):
    with pytest.raises(Refused) as no:
        enrollments.submit(ready, by=admin)

    missing = [str(each.rule) for each in no.value.findings if not each.holds]
    assert missing == ["Mail domain"]


def test_a_program_that_does_not_ask_takes_any_address(admin, ready):
    DomainFactory(organization=admin.organization, name="bright.example")

    enrollments.submit(ready, by=admin)

    assert state_of(ready) == "submitted"


def test_a_switch_that_is_off_today_does_not_ask(admin, domain_asked, ready):
    domain_asked.valid_from = clock.in_days(2)
    domain_asked.save()
    DomainFactory(organization=admin.organization, name="bright.example")

    enrollments.submit(ready, by=admin)

    assert state_of(ready) == "submitted"


def test_the_page_says_so_before_the_button(admin, domain_asked, ready, visit):
    DomainFactory(organization=admin.organization, name="bright.example")

    page = visit(admin, "check").text

    assert "You have no verified address at a mail domain of your company." in page
    assert "Send the enrollment for review</button>" not in page
