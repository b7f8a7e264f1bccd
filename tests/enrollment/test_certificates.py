"""Certificates: added with a proof, verified or returned."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError

from enrollment.models import Certificate
from enrollment.models.competencies import ProofState
from enrollment.services import consultants
from portal import clock
from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry, Document, Email, Topic
from portal.roles import Role
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    ExamFactory,
)
from tests.factories.portal import ReasonFactory, actor_of

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def holder(partner):
    return actor_of(partner, Role.CONSULTANT)


@pytest.fixture
def consultant(holder):
    return ConsultantFactory(person=holder.person, partner=holder.organization)


@pytest.fixture
def reason():
    return ReasonFactory(topic=Topic.CERTIFICATE, code="other-holder")


def at_work(consultant):
    return Member.of(consultant.person.memberships.get())


def typed(consultant, **fields):
    dates = {"passed_on": ago(9), "valid_until": TODAY + timedelta(days=700)}
    return Certificate(
        consultant=consultant, **{"exam": ExamFactory(), **dates, **fields}
    )


def add(certificate, pdf, by):
    with acting_for(by.organization_id, person=by.person_id):
        return consultants.add_certificate(certificate, pdf, by=by)


class TestAdding:
    @pytest.mark.parametrize("who", ["holder", "admin"])
    def test_it_waits_for_review_with_its_proof(self, request, consultant, who, pdf):
        by = request.getfixturevalue(who)

        add(typed(consultant), pdf, by)

        kept = Certificate.objects.get()
        assert kept.state == ProofState.CLAIMED
        assert kept.partner == consultant.partner
        assert kept.proof.parties == [consultant.partner_id]
        assert kept.proof.uploaded_by == by.person
        assert AuditEntry.objects.get().verb == "certificate.claimed"

    def test_a_colleague_cannot(self, consultant, lead, pdf):
        with pytest.raises(Refused, match="Partner admin"):
            add(typed(consultant), pdf, lead)

        assert not Certificate.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "field", "why"),
        [
            ({"passed_on": TODAY + timedelta(days=1)}, "passed_on", "in the future"),
            ({"valid_until": ago(10)}, "valid_until", "before the day of the exam"),
            (
                {"passed_on": ago(400), "valid_until": ago(1)},
                "valid_until",
                "has ended",
            ),
        ],
    )
    def test_dates_that_cannot_be_are_refused(
        self, consultant, pdf, fields, field, why
    ):
        with pytest.raises(Refused, match=why) as refusal:
            add(typed(consultant, **fields), pdf, by=at_work(consultant))

        assert refusal.value.field == field
        assert not Certificate.objects.exists()
        assert not Document.objects.exists()
        assert not AuditEntry.objects.exists()

    def test_an_exam_of_today_that_counts_until_today_is_in_time(
        self, consultant, holder, pdf
    ):
        add(typed(consultant, passed_on=TODAY, valid_until=TODAY), pdf, holder)

        assert Certificate.objects.count() == 1

    def test_an_exam_is_not_passed_after_its_retirement(self, consultant, holder, pdf):
        exam = ExamFactory(retired_on=ago(10))

        with pytest.raises(Refused, match="was retired on") as refusal:
            add(typed(consultant, exam=exam, passed_on=ago(9)), pdf, holder)
        add(typed(consultant, exam=exam, passed_on=ago(10)), pdf, holder)

        assert refusal.value.field == "exam"
        assert Certificate.objects.count() == 1

    def test_a_retired_exam_that_counts_no_more_has_ended(
        self, consultant, holder, pdf
    ):
        exam = ExamFactory(retired_on=ago(90), counts_until=ago(1))

        with pytest.raises(Refused, match="has ended"):
            add(typed(consultant, exam=exam, passed_on=ago(100)), pdf, holder)

    def test_the_same_exam_and_day_twice_is_refused(self, consultant, holder, pdf):
        first = CertificateFactory(consultant=consultant)
        again = {"exam": first.exam, "passed_on": first.passed_on}

        with pytest.raises(Refused, match="in the list already") as refusal:
            add(typed(consultant, **again), pdf, holder)

        assert refusal.value.field == "passed_on"
        assert Certificate.objects.get() == first

    def test_a_returned_one_can_be_added_again(self, consultant, holder, pdf):
        first = CertificateFactory(consultant=consultant, returned=True)
        again = {"exam": first.exam, "passed_on": first.passed_on}

        add(typed(consultant, **again), pdf, holder)

        assert Certificate.objects.count() == 2

    def test_who_has_left_adds_nothing(self, consultant, holder, pdf):
        consultant.until = ago(1)
        consultant.save()

        with pytest.raises(Refused, match="has left"):
            add(typed(consultant), pdf, holder)

    def test_a_page_that_calls_itself_pdf_is_refused(self, consultant, holder):
        page = ContentFile(b"<html>hello</html>", name="proof.pdf")

        with pytest.raises(Refused, match="not what its name says"):
            add(typed(consultant), page, holder)

        assert not Certificate.objects.exists()

    def test_the_database_refuses_an_end_before_the_exam(self):
        with pytest.raises(IntegrityError, match="begins_before_it_ends"):
            CertificateFactory(passed_on=TODAY, valid_until=ago(1))

    def test_the_database_refuses_a_second_one(self):
        first = CertificateFactory()

        with pytest.raises(IntegrityError, match="certificate_once"):
            CertificateFactory(
                consultant=first.consultant,
                exam=first.exam,
                passed_on=first.passed_on,
            )


class TestDeciding:
    @pytest.fixture
    def certificate(self, consultant, admin):
        made = CertificateFactory(consultant=consultant)
        made.proof.uploaded_by = admin.person
        made.proof.save()
        return made

    def told(self, name):
        mails = Email.objects.filter(key__startswith=f"{name}:")
        return set(mails.values_list("to", flat=True))

    def test_verify_tells_the_holder_and_who_added_it(
        self, certificate, holder, admin, reviewer
    ):
        consultants.verify_certificate(certificate, by=reviewer)

        row = Certificate.objects.get()
        assert (row.state, row.decided_by) == (ProofState.VERIFIED, reviewer.person)
        assert self.told("certificate-verified") == {
            holder.person.email,
            admin.person.email,
        }
        assert AuditEntry.objects.get().verb == "certificate.verified"

    def test_a_return_carries_reason_and_note(
        self, certificate, holder, reviewer, reason
    ):
        consultants.return_certificate(
            certificate, reason=reason, note="It names K. <Lund>.", by=reviewer
        )

        row = Certificate.objects.get()
        assert (row.state, row.reason) == (ProofState.RETURNED, reason)
        mail = Email.objects.get(to=holder.person.email)
        assert str(reason) in mail.body
        assert "It names K. <Lund>." in mail.body
        assert AuditEntry.objects.get().reason == f"{reason} It names K. <Lund>."

    def test_a_reason_for_something_else_is_refused(self, certificate, reviewer):
        other = ReasonFactory(topic=Topic.PROFILE)

        with pytest.raises(Refused, match="not a reason"):
            consultants.return_certificate(certificate, reason=other, by=reviewer)

        assert Certificate.objects.get().state == ProofState.CLAIMED
        assert not Email.objects.exists()

    def test_a_partner_cannot_decide_itself(self, certificate, admin, reason):
        with pytest.raises(Refused, match="Enrollment reviewer"):
            consultants.verify_certificate(certificate, by=admin)
        with pytest.raises(Refused, match="Enrollment reviewer"):
            consultants.return_certificate(certificate, reason=reason, by=admin)

        assert Certificate.objects.get().state == ProofState.CLAIMED
        assert not AuditEntry.objects.exists()

    def test_the_file_of_somebody_else_is_found(self, certificate):
        other = CertificateFactory(proof__sha256=certificate.proof.sha256)
        CertificateFactory()

        assert consultants.same_proof(certificate) == [other]
