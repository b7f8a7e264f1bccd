"""The sponsor's side of company safety: evidence, actions, public domains."""

import pytest
from django.urls import reverse

from portal.models import AdminRecovery, AuditEntry, Domain, PublicMailDomain
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.portal import (
    AdminRecoveryFactory,
    DomainFactory,
    MembershipFactory,
    UserFactory,
    staff_actor,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(as_person):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    return as_person(person)


@pytest.fixture
def recovery(partner):
    DomainFactory(organization=partner, name="bright.example")
    MembershipFactory(organization=partner, person__email="ada@bright.example")
    return AdminRecoveryFactory(
        organization=partner, person=UserFactory(email="bob@bright.example")
    )


def record(row):
    name = f"admin:portal_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def press(desk, action, row, **typed):
    """Press an action's button and fill in its form."""
    return desk.post(
        reverse(f"admin:portal_{row._meta.model_name}_changelist"),
        {
            "action": action,
            "index": 0,
            "_selected_action": row.pk,
            "record": row.pk,
            "carry_out": "yes",
            **typed,
        },
        follow=True,
    )


def test_a_reviewer_sees_what_is_known(desk, recovery):
    shown = desk.get(record(recovery)).text

    assert "Our admin has left." in shown
    assert "Has a verified address at the company&#x27;s mail domain." in shown
    assert "ada@bright.example" in shown
    assert "No admin has objected." in shown


def test_a_colleague_is_made_admin_by_a_button(desk, recovery):
    press(desk, "approve_recovery", recovery, departed=" ADA@bright.example\n")

    held = AdminRecovery.objects.get()
    admins = held.organization.memberships.admins()
    assert held.state == "approved"
    assert [admin.person for admin in admins] == [recovery.person]


def test_a_mistyped_address_is_said_and_changes_nothing(desk, recovery):
    response = press(desk, "approve_recovery", recovery, departed="eva@x.example")

    assert "eva@x.example is no admin of" in response.text
    assert AdminRecovery.objects.get().is_open
    assert not AuditEntry.objects.exists()


def test_a_recovery_is_declined_with_a_reason(desk, recovery):
    press(desk, "decline_recovery", recovery, reason="Ada is there.")

    assert AdminRecovery.objects.get().reason == "Ada is there."


def test_a_domain_is_verified_and_taken_away_by_buttons(desk):
    domain = DomainFactory(verified_at=None, name="bright.example")

    press(desk, "confirm_domain", domain, reason="Seen in the register.")
    assert Domain.objects.get().is_verified

    press(desk, "take_domain_away", domain, reason="It was sold.")
    assert not Domain.objects.get().is_verified


def test_an_account_is_closed_and_opened_by_buttons(desk):
    person = UserFactory()

    press(desk, "close_account", person, reason="Stolen password.")
    person.refresh_from_db()
    assert not person.is_active

    press(desk, "reopen_account", person, reason="Settled.")
    person.refresh_from_db()
    assert person.is_active


def test_a_public_domain_is_kept_in_the_form_that_is_compared(desk):
    add = reverse("admin:portal_publicmaildomain_add")

    assert "has no mail domain" in desk.post(add, {"name": "free mail"}).text
    desk.post(add, {"name": "Münchner-Post.example"})

    assert PublicMailDomain.objects.get().name == "xn--mnchner-post-dlb.example"
    assert AuditEntry.objects.get().verb == "public_domain.saved"


def test_a_public_domain_leaves_the_list(desk):
    domain = PublicMailDomain.objects.create(name="mail.example")
    page = reverse("admin:portal_publicmaildomain_delete", args=[domain.pk])

    desk.post(page, {"post": "yes"})

    assert not PublicMailDomain.objects.exists()
    assert AuditEntry.objects.get().verb == "public_domain.removed"


def test_a_reviewer_reads_the_list_of_public_domains(as_person):
    person = staff_actor(Duty.ENROLLMENT_REVIEWER).person
    give_second_factor(person)
    desk = as_person(person)

    assert desk.get(reverse("admin:portal_publicmaildomain_add")).status_code == 403
    page = reverse("admin:portal_publicmaildomain_changelist")
    assert desk.get(page).status_code == 200
