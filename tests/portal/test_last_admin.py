"""The last admin: stays, whoever asks, and in the database too."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry, Email, Membership
from portal.roles import Duty, Role
from portal.services import memberships, people
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.portal import (
    CustomerFactory,
    MembershipFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)

pytestmark = pytest.mark.django_db
END = "UPDATE portal_membership SET is_active = false WHERE id = %s"
DEMOTE = "UPDATE portal_membership SET roles = '{finance}' WHERE id = %s"
DELETE = "DELETE FROM portal_membership WHERE id = %s"


def run(sql, membership):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [membership.pk])


@pytest.fixture
def admin(partner):
    return MembershipFactory(organization=partner)


@pytest.mark.parametrize("sql", [END, DEMOTE, DELETE])
def test_the_database_keeps_the_last_admin(admin, sql):
    MembershipFactory(organization=admin.organization, roles=[Role.FINANCE])
    MembershipFactory()

    with pytest.raises(IntegrityError, match="last admin of an organization stays"):
        run(sql, admin)

    assert Membership.objects.get(pk=admin.pk).is_able_admin


@pytest.mark.parametrize("sql", [END, DEMOTE, DELETE])
def test_the_database_lets_an_admin_go_who_leaves_another(admin, sql):
    MembershipFactory(organization=admin.organization)

    run(sql, admin)

    assert Membership.objects.admins().filter(pk=admin.pk).count() == 0


def test_the_database_keeps_the_last_admin_of_a_customer():
    clerk = MembershipFactory(
        organization=CustomerFactory(), roles=[Role.BENEFIT_ADMIN]
    )

    with pytest.raises(IntegrityError, match="last admin of an organization stays"):
        run(END, clerk)


def test_the_database_refuses_to_end_all_admins_by_one_statement(partner):
    MembershipFactory.create_batch(2, organization=partner)

    with pytest.raises(IntegrityError, match="last admin"), transaction.atomic():
        Membership.objects.update(is_active=False)

    assert Membership.objects.active().count() == 2


def test_who_cannot_sign_in_is_no_other_admin(admin):
    MembershipFactory(organization=admin.organization, person__is_active=False)

    with pytest.raises(IntegrityError, match="last admin"):
        run(END, admin)


def test_an_admin_whose_account_is_closed_may_go(admin):
    admin.person.is_active = False
    admin.person.save()

    run(END, admin)

    assert not Membership.objects.active().exists()


def test_the_last_admin_changes_other_roles(admin):
    by = Member.of(admin)

    memberships.change_roles(admin, [Role.PARTNER_ADMIN, Role.FINANCE], by=by)

    assert Membership.objects.get().roles == ["finance", "partner_admin"]


@pytest.mark.django_db(transaction=True)
def test_two_admins_ended_by_raw_sql_at_once_leave_one():
    partner = PartnerFactory()
    admins = MembershipFactory.create_batch(2, organization=partner)

    def end(membership):
        with acting_for(partner.pk):
            run(END, membership)

    outcomes = at_once(*(partial(end, admin) for admin in admins))

    assert [type(each) for each in outcomes].count(IntegrityError) == 1
    assert Membership.objects.admins().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_leave_at_once_leave_one():
    partner = PartnerFactory()
    actors = [actor_of(partner, Role.PARTNER_ADMIN) for _ in range(2)]

    def leave(actor):
        with acting_for(partner.pk, person=actor.person_id):
            memberships.leave(by=actor)

    outcomes = at_once(*(partial(leave, actor) for actor in actors))

    assert [type(each) for each in outcomes].count(Refused) == 1
    assert Membership.objects.admins().count() == 1


def test_a_member_leaves_and_the_admins_are_told(admin):
    colleague = actor_of(admin.organization, Role.FINANCE)

    memberships.leave(by=colleague)

    assert Membership.objects.active().get() == admin
    assert AuditEntry.objects.get().verb == "membership.left"
    mail = Email.objects.get()
    assert mail.to == admin.person.email
    assert mail.subject == f"{colleague.person} has left {admin.organization}"


def test_the_last_admin_does_not_leave(admin):
    with pytest.raises(Refused, match="The last admin stays"):
        memberships.leave(by=Member.of(admin))

    assert Membership.objects.active().get() == admin
    assert not Email.objects.exists()


def test_the_last_admin_reads_what_helps(as_person, admin):
    page = reverse("organization:leave", args=[admin.organization.slug])
    client = as_person(admin.person)

    shown = client.get(page).text

    assert "Make a colleague admin first" in shown
    assert "Leave the company</button>" not in shown
    assert "The last admin stays." in client.post(page).text


def test_leaving_is_asked_first_and_leads_to_the_start(as_person, admin):
    colleague = MembershipFactory(organization=admin.organization)
    page = reverse("organization:leave", args=[admin.organization.slug])
    client = as_person(colleague.person)

    assert "Leave the company</button>" in client.get(page).text
    response = client.post(page, follow=True)

    assert response.redirect_chain[0][0] == "/"
    assert f"You have left {admin.organization}." in response.text
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(("admins", "is_warned"), [(1, True), (2, False)])
def test_the_only_admin_is_asked_to_name_another(as_person, partner, admins, is_warned):
    admin, *_others = MembershipFactory.create_batch(admins, organization=partner)
    MembershipFactory(organization=partner, roles=[Role.FINANCE])

    page = reverse("organization:company", args=[partner.slug])

    assert ("You are the only admin" in as_person(admin.person).get(page).text) == (
        is_warned
    )


def test_the_sponsor_closes_the_account_of_the_last_admin(as_person, admin):
    by = staff_actor(Duty.PROGRAM_MANAGER)
    client = as_person(admin.person)
    home = reverse("organization:home", args=[admin.organization.slug])

    people.close_account(admin.person, reason="Stolen password.", by=by)

    assert client.get(home).status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.reason) == ("person.closed", "Stolen password.")
    assert entry.changes == {"is_active": ["True", "False"]}
    assert entry.parties == [admin.organization_id]


def test_a_closed_account_is_opened_again(admin):
    by = staff_actor(Duty.PROGRAM_MANAGER)
    people.close_account(admin.person, reason="Stolen.", by=by)

    people.reopen_account(admin.person, reason="Settled.", by=by)

    admin.person.refresh_from_db()
    assert admin.person.is_active
    with pytest.raises(Refused, match="so already"):
        people.reopen_account(admin.person, reason="Settled.", by=by)


def test_nobody_closes_the_own_account():
    by = staff_actor(Duty.PROGRAM_MANAGER)

    with pytest.raises(Refused, match="closed by somebody else"):
        people.close_account(by.person, reason="Bye.", by=by)


@pytest.mark.parametrize("action", [people.close_account, people.reopen_account])
def test_only_program_managers_touch_accounts(admin, action):
    with pytest.raises(Refused, match="Program manager"):
        action(admin.person, reason="No.", by=staff_actor(Duty.ENROLLMENT_REVIEWER))

    assert not AuditEntry.objects.exists()
