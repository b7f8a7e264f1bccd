"""Consultants: who says that somebody works where, and how it ends."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from enrollment.models import Certificate, Consultant
from enrollment.models.competencies import ProofState
from enrollment.services import consultants
from enrollment.services.consultants import Employment
from portal import clock
from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry, Document, Email, Invitation
from portal.roles import Role
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    ExamFactory,
)
from tests.factories.portal import MembershipFactory, PartnerFactory, actor_of

TODAY = clock.today()


def ago(days):
    return TODAY - timedelta(days=days)


def confirm(by, since=TODAY, left_on=None):
    with acting_for(by.organization_id, person=by.person_id):
        employment = Employment(since, left_on)
        return consultants.confirm_employment(employment, by=by)


def at(partner, person):
    """Return a person as a consultant of a partner."""
    actor = actor_of(partner, Role.CONSULTANT)
    membership = actor.person.memberships.get()
    membership.person = person
    membership.save()
    return Member(person, partner, actor.roles)


@pytest.fixture
def consultant(partner):
    return actor_of(partner, Role.CONSULTANT)


@pytest.mark.django_db
class TestInviting:
    def test_an_admin_invites_by_mail_into_the_role(self, admin):
        with acting_for(admin.organization_id, person=admin.person_id):
            consultants.invite_consultant("kira@example.com", by=admin)

        assert Invitation.objects.get().roles == [Role.CONSULTANT]
        assert Email.objects.get().to == "kira@example.com"

    def test_nobody_else_invites(self, lead):
        with pytest.raises(Refused, match="Partner admin"):
            consultants.invite_consultant("kira@example.com", by=lead)

        assert not Invitation.objects.exists()


@pytest.mark.django_db
class TestConfirming:
    def test_a_person_says_it_for_herself(self, consultant):
        confirm(consultant, ago(3))

        made = Consultant.objects.get()
        assert (made.person, made.partner) == (
            consultant.person,
            consultant.organization,
        )
        assert (made.since, made.until) == (ago(3), None)
        assert AuditEntry.objects.get().verb == "consultant.confirmed"

    @pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.FINANCE])
    def test_every_member_can(self, partner, role):
        confirm(actor_of(partner, role))

        assert Consultant.objects.count() == 1

    def test_a_day_to_come_is_refused(self, consultant):
        with pytest.raises(Refused, match="in the future") as refusal:
            confirm(consultant, TODAY + timedelta(days=1))

        assert refusal.value.field == "since"
        assert not Consultant.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_twice_is_refused(self, consultant):
        confirm(consultant)

        with pytest.raises(Refused, match="already"):
            confirm(consultant)

        assert Consultant.objects.count() == 1

    def test_who_left_comes_back_on_a_later_day(self, consultant):
        place = {"person": consultant.person, "partner": consultant.organization}
        ConsultantFactory(**place, until=ago(9))

        with pytest.raises(Refused, match="begin after that day"):
            confirm(consultant, ago(9))
        confirm(consultant, ago(8))

        assert Consultant.objects.count() == 2

    def test_who_works_elsewhere_is_refused_without_naming_the_company(
        self, consultant
    ):
        other = ConsultantFactory(person=consultant.person)

        with pytest.raises(Refused, match="one company at a time") as refusal:
            confirm(consultant)

        assert other.partner.name not in str(refusal.value)
        assert refusal.value.field == "left_on"
        assert Consultant.objects.get() == other
        assert not AuditEntry.objects.exists()

    def test_the_last_day_elsewhere_can_be_said_at_once(self, consultant):
        other = ConsultantFactory(person=consultant.person)

        confirm(consultant, TODAY, left_on=ago(1))

        other.refresh_from_db()
        assert other.until == ago(1)
        entry = AuditEntry.objects.get(verb="consultant.left")
        assert entry.parties == [other.partner_id]
        assert entry.organization == other.partner

    def test_the_last_day_elsewhere_is_before_the_first_here(self, consultant):
        ConsultantFactory(person=consultant.person)

        with pytest.raises(Refused, match="before your first day"):
            confirm(consultant, TODAY, left_on=TODAY)

        assert Consultant.objects.get().until is None

    def test_the_database_holds_to_one_company_at_a_time(self, consultant):
        ConsultantFactory(person=consultant.person)

        with pytest.raises(IntegrityError, match="one_company_at_a_time"):
            ConsultantFactory(person=consultant.person, since=TODAY)

    def test_the_database_refuses_an_end_before_the_beginning(self):
        with pytest.raises(IntegrityError, match="begins_before_leaving"):
            ConsultantFactory(since=TODAY, until=ago(2))


@pytest.mark.django_db(transaction=True)
def test_two_companies_confirm_one_person_at_once_and_one_wins():
    first = actor_of(PartnerFactory(), Role.CONSULTANT)
    second = at(PartnerFactory(), first.person)

    outcomes = at_once(partial(confirm, first), partial(confirm, second))

    assert [type(each) for each in outcomes].count(Refused) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE portal_sponsor")
    assert Consultant.objects.count() == 1


@pytest.mark.django_db
class TestLeaving:
    @pytest.fixture
    def employed(self, consultant):
        return ConsultantFactory(
            person=consultant.person, partner=consultant.organization, since=ago(50)
        )

    def end(self, employed, by, until=TODAY):
        with acting_for(by.organization_id, person=by.person_id):
            consultants.end_employment(employed, until=until, by=by)

    def test_the_person_says_when(self, employed, consultant, admin):
        self.end(employed, consultant)

        assert Consultant.objects.get().until == TODAY
        assert AuditEntry.objects.get().verb == "consultant.left"
        assert Email.objects.get().to == admin.person.email

    def test_an_admin_says_when_and_the_person_is_told(self, employed, admin):
        self.end(employed, admin, until=TODAY + timedelta(days=20))

        assert Email.objects.get().to == employed.person.email

    def test_a_colleague_cannot(self, employed, lead):
        with pytest.raises(Refused, match="Partner admin"):
            self.end(employed, lead)

        assert Consultant.objects.get().until is None

    def test_not_before_the_first_day(self, employed, admin):
        with pytest.raises(Refused, match="before the first one") as refusal:
            self.end(employed, admin, until=ago(51))

        assert refusal.value.field == "until"
        assert Consultant.objects.get().until is None
        assert not Email.objects.exists()

    def test_the_first_day_may_be_the_last(self, employed, admin):
        self.end(employed, admin, until=ago(50))

        assert Consultant.objects.get().until == ago(50)

    def test_who_has_left_stays_gone(self, employed, admin):
        self.end(employed, admin, until=ago(2))

        with pytest.raises(Refused, match="already"):
            self.end(employed, admin, until=TODAY)

    def test_a_later_end_does_not_reach_into_the_next_company(
        self, employed, consultant
    ):
        self.end(employed, consultant, until=TODAY + timedelta(days=5))
        ConsultantFactory(person=employed.person, since=TODAY + timedelta(days=6))

        with pytest.raises(Refused, match="another company"):
            self.end(employed, consultant, until=TODAY + timedelta(days=9))

    def test_a_company_ends_and_does_not_prolong(self, employed, consultant, admin):
        self.end(employed, admin, until=TODAY + timedelta(days=5))

        with pytest.raises(Refused, match="Only the person") as refusal:
            self.end(employed, admin, until=TODAY + timedelta(days=6))
        self.end(employed, admin, until=TODAY + timedelta(days=5))
        self.end(employed, admin, until=TODAY + timedelta(days=4))
        self.end(employed, consultant, until=TODAY + timedelta(days=9))

        assert refusal.value.field == "until"
        assert Consultant.objects.get().until == TODAY + timedelta(days=9)

    @pytest.mark.parametrize("until", [TODAY + timedelta(days=3650), TODAY])
    def test_a_last_day_that_a_company_noted_locks_nobody_in(
        self, employed, admin, until
    ):
        self.end(employed, admin, until=until)
        person = at(PartnerFactory(), employed.person)

        with acting_for(person.organization_id, person=person.person_id):
            assert consultants.works_elsewhere(person)
        confirm(person, since=TODAY, left_on=TODAY - timedelta(days=1))

        employed.refresh_from_db()
        assert employed.until == TODAY - timedelta(days=1)


@pytest.mark.django_db
class TestCarryingCertificates:
    @pytest.fixture
    def earlier(self, consultant):
        return ConsultantFactory(person=consultant.person, until=ago(1))

    def test_what_is_verified_comes_along_as_rows_of_the_company(
        self, earlier, consultant
    ):
        old = CertificateFactory(consultant=earlier, verified=True)

        made = confirm(consultant)

        new = Certificate.objects.get(consultant=made)
        assert (new.exam, new.passed_on, new.valid_until) == (
            old.exam,
            old.passed_on,
            old.valid_until,
        )
        assert new.state == ProofState.VERIFIED
        assert new.proof != old.proof
        assert new.proof.sha256 == old.proof.sha256
        assert new.proof.parties == [consultant.organization_id]
        entry = AuditEntry.objects.get(verb="certificate.carried")
        assert entry.parties == [consultant.organization_id]

    def test_claimed_returned_and_ended_ones_stay_behind(self, earlier, consultant):
        CertificateFactory(consultant=earlier)
        CertificateFactory(consultant=earlier, returned=True)
        CertificateFactory(consultant=earlier, verified=True, valid_until=ago(1))
        CertificateFactory(
            consultant=earlier, verified=True, exam=ExamFactory(counts_until=ago(1))
        )

        made = confirm(consultant)

        assert not made.certificates.exists()

    def test_one_comes_along_once_from_many_companies(self, earlier, consultant):
        old = CertificateFactory(consultant=earlier, verified=True)
        before = ConsultantFactory(
            person=consultant.person, since=ago(900), until=ago(600)
        )
        CertificateFactory(
            consultant=before, verified=True, exam=old.exam, passed_on=old.passed_on
        )

        made = confirm(consultant)

        assert made.certificates.count() == 1

    def test_the_former_company_sees_nothing_of_it(self, earlier, consultant):
        CertificateFactory(consultant=earlier, verified=True)
        confirm(consultant)

        with acting_for(earlier.partner_id):
            assert Certificate.objects.count() == Document.objects.count() == 1
            assert Consultant.objects.get() == earlier


@pytest.mark.django_db
def test_only_the_person_learns_of_work_elsewhere(consultant, admin):
    ConsultantFactory(person=consultant.person)

    with acting_for(admin.organization_id, person=admin.person_id):
        assert consultants.works_elsewhere(consultant)
        assert not consultants.works_elsewhere(admin)
        assert not Consultant.objects.exists()


@pytest.mark.django_db
def test_a_colleague_without_the_role_of_consultant_can_confirm_too(partner):
    member = MembershipFactory(organization=partner, roles=[Role.DELIVERY_LEAD])

    made = confirm(type(actor_of(partner, Role.FINANCE)).of(member))

    assert made.person == member.person
