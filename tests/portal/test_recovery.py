"""Recovery: Microsoft's three cases of an admin who has left, and who decides."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import Error, IntegrityError, transaction

from portal import clock
from portal.actors import Member
from portal.findings import Refused, unmet_findings
from portal.models import AdminRecovery, AuditEntry, Email, Membership
from portal.roles import Duty, Role
from portal.services import (
    invitations,
    memberships,
    people,
)
from portal.services import (
    recovery as recovery_services,
)
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.portal import (
    AdminRecoveryFactory,
    DomainFactory,
    MembershipFactory,
    StaffFactory,
    UserFactory,
    actor_of,
    staff_actor,
)

pytestmark = pytest.mark.django_db
WHY = "Ada has left, and it's <urgent>."


@pytest.fixture
def company(partner):
    DomainFactory(organization=partner, name="bright.example")
    return partner


@pytest.fixture
def ada(company):
    """Return the admin who has left."""
    return MembershipFactory(organization=company, person__email="ada@bright.example")


@pytest.fixture
def bob(db):
    """Return a colleague at the company's domain who is not in the company."""
    return UserFactory(email="bob@bright.example")


@pytest.fixture
def reviewer(db):
    return staff_actor(Duty.ENROLLMENT_REVIEWER)


def ask(person):
    return recovery_services.ask_for_admin_at("bright.example", WHY, by=person)


def admins_of(company):
    here = Membership.objects.admins().filter(organization=company)
    return [m.person for m in here.order_by("pk").select_related("person")]


def test_a_colleague_in_another_role_becomes_admin(company, ada, reviewer):
    lead = actor_of(company, Role.DELIVERY_LEAD)
    with acting_for(company.pk, person=lead.person_id):
        recovery = recovery_services.ask_for_admin(WHY, by=lead)

    recovery_services.approve_recovery(recovery, by=reviewer)

    membership = Membership.objects.get(person=lead.person)
    assert membership.roles == [Role.DELIVERY_LEAD, Role.PARTNER_ADMIN]
    assert admins_of(company) == [ada.person, lead.person]


def test_a_colleague_of_the_domain_becomes_the_only_member(company, bob, reviewer):
    recovery = ask(bob)
    assert not Membership.objects.filter(person=bob).exists()

    recovery_services.approve_recovery(recovery, by=reviewer)

    assert admins_of(company) == [bob]


def test_an_admin_who_cannot_sign_in_is_replaced(company, ada, bob, reviewer):
    recovery = ask(bob)

    recovery_services.approve_recovery(
        recovery, departed=["ada@bright.example"], by=reviewer
    )

    assert admins_of(company) == [bob]
    assert not Membership.objects.get(person=ada.person).is_active


def test_an_admin_whose_account_is_closed_is_replaced(company, ada, bob, reviewer):
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    people.close_account(ada.person, reason="Stolen.", by=manager)

    recovery_services.approve_recovery(ask(bob), by=reviewer)

    assert admins_of(company) == [bob]


def test_asking_tells_the_reviewers_and_the_admins(ada, bob, reviewer):
    staff_actor(Duty.AUDITOR)

    ask(bob)

    told = {mail.to: mail.body for mail in Email.objects.all()}
    assert set(told) == {ada.person.email, reviewer.person.email}
    assert all(WHY in body for body in told.values())
    assert AuditEntry.objects.get().person == bob


def test_approving_tells_everybody_in_the_company(company, ada, bob, reviewer):
    lead = actor_of(company, Role.DELIVERY_LEAD).person
    recovery = ask(bob)
    Email.objects.all().delete()

    recovery_services.approve_recovery(
        recovery, departed=[ada.person.email], by=reviewer
    )

    people = [ada.person, bob, lead]
    assert {mail.to for mail in Email.objects.all()} == {p.email for p in people}
    assert ada.person.name in Email.objects.get(to=bob.email).body


def test_approving_leaves_its_record(company, ada, bob, reviewer):
    recovery = ask(bob)
    recovery_services.approve_recovery(
        recovery, departed=[ada.person.email], by=reviewer
    )

    verbs = list(
        AuditEntry.objects.order_by("pk").values_list("verb", "person", "side")
    )
    by = (reviewer.person_id, "sponsor")
    assert verbs == [
        ("recovery.asked", bob.pk, "partner"),
        ("membership.joined", *by),
        ("membership.ended", *by),
        ("recovery.approved", *by),
    ]
    assert AdminRecovery.objects.get().decided_by == reviewer.person


def test_an_address_that_names_no_admin_changes_nothing(company, ada, bob, reviewer):
    recovery = ask(bob)

    with (
        pytest.raises(Refused, match=r"bob@bright\.example is no admin"),
        transaction.atomic(),
    ):
        recovery_services.approve_recovery(recovery, departed=[bob.email], by=reviewer)

    assert admins_of(company) == [ada.person]
    assert AdminRecovery.objects.get().is_open


def test_the_new_admin_is_not_ended_by_the_same_act(company, ada, bob, reviewer):
    MembershipFactory(organization=company, person=bob)
    recovery = AdminRecoveryFactory(organization=company, person=bob)

    with pytest.raises(Refused, match="The new admin has not left"):
        recovery_services.approve_recovery(recovery, departed=[bob.email], by=reviewer)


def test_a_recovery_is_decided_once(ada, bob, reviewer):
    recovery = ask(bob)
    recovery_services.decline_recovery(recovery, reason="Ask Ada.", by=reviewer)

    with pytest.raises(Exception, match="approve"):
        recovery_services.approve_recovery(recovery, by=reviewer)

    assert AdminRecovery.objects.get().state == "declined"
    assert not Membership.objects.filter(person=bob).exists()


def test_declining_tells_the_colleague_why(bob, company, reviewer):
    recovery = ask(bob)

    recovery_services.decline_recovery(
        recovery, reason="It's <Ada> who decides.", by=reviewer
    )

    mail = Email.objects.get(to=bob.email)
    assert "It's <Ada> who decides." in mail.body
    assert company.name in mail.subject


@pytest.mark.parametrize(
    "action",
    [
        recovery_services.approve_recovery,
        partial(recovery_services.decline_recovery, reason="No."),
    ],
)
def test_an_auditor_decides_about_no_recovery(bob, company, action):
    recovery = ask(bob)

    with pytest.raises(Refused, match="Enrollment reviewer, Program manager"):
        action(recovery, by=staff_actor(Duty.AUDITOR))

    assert AdminRecovery.objects.get().is_open


def test_who_no_longer_belongs_there_does_not_become_admin(bob, company, reviewer):
    recovery = ask(bob)
    bob.emailaddress_set.update(email="bob@elsewhere.example")

    with pytest.raises(Refused, match="cannot become admin") as no:
        recovery_services.approve_recovery(recovery, by=reviewer)

    (finding,) = no.value.findings
    assert "Nothing ties this person to the company." in str(finding.found)
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("email", "is_proved"),
    [("bob@elsewhere.example", None), ("bob@bright.example", False)],
)
def test_without_an_address_there_nobody_asks(company, email, is_proved):
    person = UserFactory(email=email, verified=is_proved)

    for action in [
        ask,
        partial(recovery_services.ask_for_invitation, "bright.example"),
    ]:
        with pytest.raises(Refused, match="No company is registered with"):
            action(person) if action is ask else action(by=person)

    assert not AdminRecovery.objects.exists()
    assert not Email.objects.exists()


def test_a_colleague_asks_once(company, bob):
    ask(bob)

    with pytest.raises(Refused, match="You have asked already"):
        ask(bob)

    assert AdminRecovery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_colleague_who_asks_twice_at_once_asks_once():
    DomainFactory(name="bright.example")
    person = UserFactory(email="bob@bright.example")

    outcomes = at_once(*[partial(ask, person)] * 2)

    assert [type(each) for each in outcomes].count(Refused) == 1
    assert AdminRecovery.objects.count() == 1


def test_a_person_cannot_ask_without_end(company, bob, settings):
    settings.RECOVERY_LIMIT = "1/60s"
    recovery_services.ask_for_invitation("bright.example", by=bob)

    with pytest.raises(Refused, match="Too many attempts"):
        ask(bob)

    assert not AdminRecovery.objects.exists()


def test_an_admin_does_not_ask(company, ada):
    with pytest.raises(Refused, match="admin of this company already"):
        ask(ada.person)
    with pytest.raises(Refused, match="Delivery lead"):
        recovery_services.ask_for_admin(WHY, by=Member.of(ada))

    assert not AdminRecovery.objects.exists()


def test_the_sponsors_people_do_not_ask(company):
    with pytest.raises(Refused, match="People who work at the sponsor"):
        ask(StaffFactory(email="eve@bright.example"))


def test_asking_for_an_invitation_writes_to_the_admins(company, ada, bob, reviewer):
    recovery_services.ask_for_invitation("bright.example", by=bob)

    mail = Email.objects.get()
    assert mail.to == ada.person.email
    assert "/company/invite/?email=bob%40bright.example" in mail.body
    assert AuditEntry.objects.get().verb == "organization.knocked"


def test_asking_for_an_invitation_does_not_tell_whether_anybody_reads(company, bob):
    assert recovery_services.ask_for_invitation("bright.example", by=bob) is None
    assert not Email.objects.exists()


def test_an_admin_who_is_still_there_objects(company, ada, bob):
    recovery = ask(bob)

    with acting_for(company.pk, person=ada.person_id):
        recovery_services.object_to(recovery, "I am on holiday.", by=Member.of(ada))

    held = AdminRecovery.objects.get()
    assert (held.objection, held.objected_by) == ("I am on holiday.", ada.person)
    assert held.is_open


def test_only_an_admin_objects_and_before_the_decision(company, ada, bob, reviewer):
    recovery = ask(bob)
    with pytest.raises(Refused, match="Partner admin"):
        recovery_services.object_to(recovery, "No.", by=actor_of(company, Role.FINANCE))
    recovery_services.decline_recovery(recovery, reason="No.", by=reviewer)

    with pytest.raises(Refused, match="has decided about this already"):
        recovery_services.object_to(recovery, "No.", by=Member.of(ada))

    assert AdminRecovery.objects.get().objection == ""


def test_an_admin_who_agrees_answers_the_request(company, ada):
    lead = actor_of(company, Role.DELIVERY_LEAD)
    recovery_services.ask_for_admin(WHY, by=lead)
    membership = Membership.objects.get(person=lead.person)

    memberships.change_roles(membership, [Role.PARTNER_ADMIN], by=Member.of(ada))

    recovery = AdminRecovery.objects.get()
    assert (recovery.state, recovery.decided_by) == ("approved", ada.person)


def test_an_invitation_in_another_role_leaves_the_request_open(company, ada, bob):
    ask(bob)
    invitation = invitations.invite(bob.email, [Role.FINANCE], by=Member.of(ada))

    invitations.accept(invitation, by=bob)

    assert AdminRecovery.objects.get().is_open


def test_the_reviewer_weighs_what_is_known(company, ada, bob):
    recovery = ask(bob)
    ada.person.last_login = clock.now() - timedelta(days=3)
    ada.person.save()
    recovery_services.object_to(recovery, "I am on holiday.", by=Member.of(ada))

    known = recovery_services.check_recovery(AdminRecovery.objects.get())
    colleague, away, objection = known

    assert colleague.holds
    assert "signed in last on" in str(away.found)
    assert unmet_findings([away, objection]) == [away, objection]
    assert "I am on holiday." in str(objection.found)


def test_an_admin_away_for_long_speaks_for_the_colleague(company, ada, bob):
    ada.person.last_login = clock.now() - timedelta(days=31)
    ada.person.save()

    assert unmet_findings(recovery_services.check_recovery(ask(bob))) == []


def test_database_refuses_a_second_open_request():
    recovery = AdminRecoveryFactory()

    with pytest.raises(IntegrityError, match="admin_recovery_one_open"):
        AdminRecoveryFactory(organization=recovery.organization, person=recovery.person)


def test_database_refuses_an_unknown_state():
    with pytest.raises(IntegrityError, match="admin_recovery_state_is_known"):
        AdminRecoveryFactory(state="lost")


def test_database_refuses_to_undo_a_decision():
    recovery = AdminRecoveryFactory(state="declined")

    with pytest.raises(Error, match="Invalid transition"):
        AdminRecovery.objects.filter(pk=recovery.pk).update(state="approved")


def test_raw_sql_sees_only_the_companys_own_recoveries():
    ours, _theirs = AdminRecoveryFactory(), AdminRecoveryFactory()

    with acting_for(ours.organization_id):
        assert list(AdminRecovery.objects.all()) == [ours]
