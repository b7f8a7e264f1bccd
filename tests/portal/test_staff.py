"""How people come to work at the sponsor."""

import pytest
from django.core.management import CommandError, call_command

from portal.actors import Staff
from portal.models import Email, User
from portal.roles import Duty
from tests.factories.portal import MembershipFactory

pytestmark = pytest.mark.django_db


def test_a_person_is_added_with_duties_and_told_how_to_begin(catalogue):
    call_command("add_staff", "rita@sponsor.example", "Rita", Duty.PAYMENT_APPROVER)

    rita = User.objects.get()
    assert Staff.of(rita).roles == {Duty.PAYMENT_APPROVER}
    assert not rita.has_usable_password()
    assert "/accounts/password/reset/" in Email.objects.get().body


def test_adding_again_sets_the_duties_anew(catalogue):
    call_command("add_staff", "rita@sponsor.example", "Rita", Duty.PAYMENT_APPROVER)
    call_command("add_staff", "Rita@Sponsor.example", "Rita", Duty.AUDITOR)

    assert Staff.of(User.objects.get()).roles == {Duty.AUDITOR}


def test_a_member_of_an_organization_cannot_work_at_the_sponsor_too(catalogue):
    person = MembershipFactory().person

    with pytest.raises(CommandError, match="works for an organization"):
        call_command("add_staff", person.email, person.name, Duty.PAYMENT_APPROVER)

    assert not User.objects.filter(is_staff=True).exists()
