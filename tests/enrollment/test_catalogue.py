"""The shipped catalogue, and how program managers change it."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from enrollment.models import (
    Competency,
    EngagementType,
    Offering,
    Program,
    ProgramAgreement,
    Qualification,
    Tag,
)
from enrollment.services import catalogue
from portal.findings import Refused
from portal.models import AuditEntry, PublicMailDomain, Reason
from portal.roles import Duty
from tests.factories.enrollment import (
    EngagementTypeFactory,
    OfferingFactory,
    ProgramAgreementFactory,
    SignatureFactory,
)
from tests.factories.portal import staff_actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


def test_the_catalogue_is_the_programs_own(catalogue):
    assert Offering.objects.filter(program__code="SADPS").count() == 6
    assert EngagementType.objects.count() == 12
    assert Competency.objects.count() == 12
    assert set(Group.objects.values_list("name", flat=True)) == set(Duty.values)


def test_what_was_never_published_says_that_it_is_demo(catalogue):
    assert not EngagementType.objects.filter(lengths_are_demo=False).exists()
    assert "Demo text" in ProgramAgreement.objects.get().text


def test_the_programs_last_days_are_open(catalogue):
    program = Program.objects.get()

    assert program.accrual_ends_on is None
    assert program.creation_ends_on is None
    assert program.reservation_ends_on is None
    assert program.redemption_ends_on is None


def test_finance_and_operations_needs_gold(catalogue):
    [rule] = Qualification.objects.filter(engagement_type__slug="dydps-upgrade-fo")

    assert str(rule) == "Enterprise Resource Planning (gold)"


def test_loading_again_adds_nothing_and_leaves_what_managers_changed(catalogue):
    Offering.objects.filter(code="DDPS").update(name="Our own name")
    before = Qualification.objects.count()

    call_command("load_catalogue")

    assert Offering.objects.get(code="DDPS").name == "Our own name"
    assert Qualification.objects.count() == before
    assert EngagementType.objects.count() == 12


def test_shipped_words_are_a_beginning_and_what_the_sponsor_writes_stays(catalogue):
    other = Reason.objects.filter(topic="competency", code="other")
    assert other.values_list("needs_note", "position").get() == (True, 4)
    assert not Reason.objects.filter(needs_note=True).exclude(code="other").exists()
    assert Tag.objects.filter(kind="size").latest("position").slug == "enterprise"
    assert PublicMailDomain.objects.filter(name="gmail.com").exists()
    other.update(label="Our reason")
    Tag.objects.filter(slug="sharepoint").update(name="Our word")
    before = Reason.objects.count(), Tag.objects.count()

    call_command("load_catalogue")

    assert other.get().label == "Our reason"
    assert Tag.objects.get(slug="sharepoint").name == "Our word"
    assert (Reason.objects.count(), Tag.objects.count()) == before


def test_a_managers_change_is_recorded(manager):
    offering = OfferingFactory(name="Before")
    offering.name = "After"

    catalogue.save(offering, by=manager)

    entry = AuditEntry.objects.get()
    assert entry.verb == "catalogue.changed"
    assert entry.changes == {"name": ["Before", "After"]}
    assert entry.parties == []


def test_a_managers_addition_is_recorded(manager):
    catalogue.save(Competency(name="Robotics"), by=manager)

    assert Competency.objects.get().name == "Robotics"
    assert AuditEntry.objects.get().verb == "catalogue.added"


def test_a_qualification_can_be_removed(manager):
    rule = EngagementTypeFactory().qualifications.get()

    catalogue.remove(rule, by=manager)

    assert not Qualification.objects.exists()
    assert AuditEntry.objects.get().verb == "catalogue.removed"


@pytest.mark.parametrize("action", [catalogue.save, catalogue.remove])
def test_other_duties_cannot_change_the_catalogue(action):
    rule = EngagementTypeFactory().qualifications.get()

    with pytest.raises(Refused, match="Program manager"):
        action(rule, by=staff_actor(Duty.AUDITOR))

    assert Qualification.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_signed_text_stays_as_it_was_signed(manager):
    agreement = SignatureFactory().agreement
    agreement.text = "2. Be rich."

    with pytest.raises(Refused, match="Publish a new version"):
        catalogue.save(agreement, by=manager)

    assert ProgramAgreement.objects.get().text == "1. Be fair."


def test_an_unsigned_text_can_be_corrected(manager):
    agreement = ProgramAgreementFactory()
    agreement.text = "1. Be fair, please."

    catalogue.save(agreement, by=manager)

    assert ProgramAgreement.objects.get().text == "1. Be fair, please."
