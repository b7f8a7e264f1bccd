"""Activating a benefit: accepted terms, named contacts, and who is told."""

import pytest

from portal import clock
from portal.findings import Refused
from portal.models import Email
from portal.roles import Role
from tests.factories.portal import actor_of
from tests.factories.vouchers import CustomerAgreementFactory
from tests.vouchers.actions import acting, recorded, told
from vouchers.models import BenefitContact, ContactPart, CustomerAgreement
from vouchers.services import agreements
from vouchers.services.agreements import Contact

pytestmark = pytest.mark.django_db

TERMS = "Use it <well>."
BEA = Contact("Bea Benefit", "bea@riverside.example", "+49 40 1")
NOA = Contact("Noa Notices", "noa@riverside.example")


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(inactive=True, program__benefit_terms=TERMS)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


def activate(agreement, by, accepts=TERMS, **others):
    contacts = {ContactPart.BENEFIT: BEA, **others}
    with acting(by):
        agreements.activate(agreement, accepts=accepts, contacts=contacts, by=by)


def test_activating_keeps_who_when_the_terms_and_the_contacts(agreement, owner):
    activate(agreement, owner, **{ContactPart.NOTICES: NOA})

    held = CustomerAgreement.objects.get()
    assert (held.activated_by, held.accepted_terms) == (owner.person, TERMS)
    assert held.activated_at is not None
    assert agreements.contacts_of(held) == {"benefit": BEA, "notices": NOA}
    assert recorded() == ["entitlement.activated"]


def test_the_contacts_are_told_with_the_terms(agreement, owner):
    activate(agreement, owner, **{ContactPart.NOTICES: NOA})

    assert told() == [
        ("entitlement-activated", BEA.email),
        ("entitlement-activated", NOA.email),
    ]
    email = Email.objects.get(to=NOA.email)
    assert email.body.startswith("Hello Noa Notices,\n")
    assert TERMS in email.body


def test_one_person_for_both_is_told_once(agreement, owner):
    activate(agreement, owner, **{ContactPart.NOTICES: BEA})

    assert told() == [("entitlement-activated", BEA.email)]


def test_what_was_accepted_does_not_change_with_the_program(agreement, owner):
    activate(agreement, owner)
    agreement.program.benefit_terms = "Others"
    agreement.program.save()

    assert CustomerAgreement.objects.get().accepted_terms == TERMS


def test_terms_that_changed_meanwhile_are_read_again(agreement, owner):
    with pytest.raises(Refused, match="Read them again"):
        activate(agreement, owner, accepts="What I read")

    assert CustomerAgreement.objects.get().activated_at is None
    assert not BenefitContact.objects.exists()


def test_activating_twice_is_refused_and_changes_nothing(agreement, owner):
    activate(agreement, owner)

    with pytest.raises(Refused, match="active already"):
        activate(agreement, owner)

    assert recorded() == ["entitlement.activated"]


def test_an_agreement_that_is_over_is_not_activated(agreement, owner):
    CustomerAgreement.objects.update(ends_on=clock.in_days(-3))

    with pytest.raises(Refused, match="ended on"):
        activate(agreement, owner)


def test_a_project_manager_cannot_activate(agreement):
    person = actor_of(agreement.customer, Role.PROJECT_MANAGER)

    with pytest.raises(Refused, match="Benefit admin"):
        activate(agreement, person)


def change(agreement, by, **contacts):
    with acting(by):
        agreements.change_contacts(agreement, contacts=contacts, by=by)


def test_changed_contacts_are_kept_and_only_new_ones_told(agreement, owner):
    activate(agreement, owner, **{ContactPart.NOTICES: NOA})
    Email.objects.all().delete()

    change(agreement, owner, benefit=NOA)

    assert agreements.contacts_of(agreement) == {"benefit": NOA}
    assert told() == []
    assert recorded()[-1] == "entitlement.contacted"

    change(agreement, owner, benefit=BEA, notices=NOA)

    assert told() == [("entitlement-contact", BEA.email)]


def test_the_same_contacts_again_change_nothing(agreement, owner):
    activate(agreement, owner)

    change(agreement, owner, benefit=BEA)

    assert recorded() == ["entitlement.activated"]


def test_contacts_come_with_the_activation(agreement, owner):
    with pytest.raises(Refused, match="Activate the benefit first"):
        change(agreement, owner, benefit=BEA)
