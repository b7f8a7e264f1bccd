"""Reminders of competencies and certificates: whom, when, and never twice."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine

from enrollment.models import Certificate, HeldCompetency
from enrollment.services import renewals
from portal import clock
from portal.models import Email, Membership, Organization
from portal.reminders import remind
from portal.roles import Role
from tests.factories.enrollment import (
    CertificateFactory,
    CompetencyFactory,
    ConsultantFactory,
    HeldCompetencyFactory,
)
from tests.factories.portal import actor_of

pytestmark = pytest.mark.django_db
TODAY = clock.today()
remind_of_competencies = partial(remind, renewals.COMPETENCY_REMINDER)
remind_of_certificates = partial(remind, renewals.CERTIFICATE_REMINDER)


def away(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def competency(db):
    return CompetencyFactory(grace_days=30)


@pytest.fixture
def holding(admin, competency):
    """Return a verified competency of the admin's company that ends on a day."""

    def hold(days, **fields):
        return HeldCompetencyFactory(
            partner=admin.organization,
            competency=competency,
            valid_until=away(days),
            **{"verified": True, **fields},
        )

    return hold


def keys():
    return sorted(Email.objects.values_list("key", flat=True))


class TestCompetencies:
    @pytest.mark.parametrize(
        ("days", "reminder_offset"),
        [(15, -15), (14, -15), (0, -15), (-23, 23), (-30, 23)],
    )
    def test_only_the_nearest_offset_is_told(
        self, holding, admin, days, reminder_offset
    ):
        held = holding(days)

        assert remind_of_competencies() == 1
        assert keys() == [
            f"competency-ends:{held.pk}:{reminder_offset}:{admin.person_id}"
        ]
        assert HeldCompetency.objects.get().reminded == reminder_offset

    @pytest.mark.parametrize("days", [16, -31])
    def test_nothing_is_told_before_the_first_offset_or_after_the_grace(
        self, holding, days
    ):
        holding(days)

        assert remind_of_competencies() == 0
        assert not Email.objects.exists()

    def test_twice_in_a_row_tells_once_and_the_next_offset_tells_again(self, holding):
        held = holding(15)

        assert [remind_of_competencies(), remind_of_competencies()] == [1, 0]
        with time_machine.travel(clock.now() + timedelta(days=38)):
            assert [remind_of_competencies(), remind_of_competencies()] == [1, 0]
        assert [key.split(":")[1:3] for key in keys()] == [
            [str(held.pk), "-15"],
            [str(held.pk), "23"],
        ]

    @pytest.mark.parametrize("state", ["claimed", "verified"])
    def test_a_renewal_ends_the_reminders(self, holding, state):
        holding(15)
        holding(380, valid_from=away(16), verified=False, state=state)

        assert remind_of_competencies() == 0

    def test_a_returned_renewal_does_not(self, holding):
        holding(15)
        holding(380, valid_from=away(16), verified=False, returned=True)

        assert remind_of_competencies() == 1

    @pytest.mark.parametrize("state", ["claimed", "returned"])
    def test_what_is_not_verified_needs_no_renewal(self, holding, state):
        holding(15, verified=False, state=state)

        assert remind_of_competencies() == 0

    def test_the_day_is_the_partners_own(self, holding):
        held = holding(16)
        Organization.objects.filter(pk=held.partner_id).update(
            time_zone="Pacific/Kiritimati"
        )

        with time_machine.travel(f"{TODAY}T09:00Z", tick=False):
            assert remind_of_competencies() == 0
        with time_machine.travel(f"{TODAY}T10:30Z", tick=False):
            assert remind_of_competencies() == 1

    def test_the_mail_leads_to_the_renewal(self, holding, admin):
        held = holding(15)

        remind_of_competencies()

        body = Email.objects.get().body
        assert body.startswith(f"Hello {admin.person.name},")
        assert f"?renew={held.pk}" in body
        assert "ends on" in body

    @pytest.mark.parametrize("quiet", [0, 5])
    def test_what_needs_nothing_costs_nothing(self, quiet, competency, same_statements):
        HeldCompetencyFactory.create_batch(quiet, competency=competency, verified=True)

        with same_statements():
            remind_of_competencies()


class TestCertificates:
    @pytest.fixture
    def passing(self, admin):
        consultant = ConsultantFactory(partner=admin.organization)

        def pass_exam(days, **fields):
            return CertificateFactory(
                consultant=consultant,
                valid_until=None if days is None else away(days),
                **{"verified": True, **fields},
            )

        return pass_exam

    @pytest.mark.parametrize(
        ("days", "reminder_offset"), [(60, 60), (31, 60), (30, 30), (0, 7)]
    )
    def test_the_consultant_and_the_admins_are_told_of_the_nearest_offset(
        self, passing, admin, days, reminder_offset
    ):
        certificate = passing(days)

        assert [remind_of_certificates(), remind_of_certificates()] == [2, 0]
        people = sorted([admin.person_id, certificate.consultant.person_id], key=str)
        assert keys() == [
            f"certificate-ends:{certificate.pk}:{reminder_offset}:{person}"
            for person in people
        ]

    @pytest.mark.parametrize("days", [61, -1, None])
    def test_nothing_is_told_too_early_too_late_or_without_an_end(self, passing, days):
        passing(days)

        assert remind_of_certificates() == 0

    def test_an_exam_that_stops_counting_ends_the_certificate(self, passing):
        certificate = passing(None)
        certificate.exam.counts_until = away(20)
        certificate.exam.save()

        assert remind_of_certificates() == 2
        assert Certificate.objects.get().reminded == 30

    def test_the_same_exam_passed_again_ends_the_reminders(self, passing):
        first = passing(20)
        passing(400, exam=first.exam, passed_on=TODAY, verified=False)

        assert remind_of_certificates() == 0

    def test_who_has_left_is_not_reminded(self, passing):
        certificate = passing(20)
        certificate.consultant.until = away(-1)
        certificate.consultant.save()

        assert remind_of_certificates() == 0

    def test_an_admin_who_is_the_consultant_gets_one_mail(self, partner):
        admin = actor_of(partner, Role.PARTNER_ADMIN)
        consultant = ConsultantFactory(partner=partner, person=admin.person)
        CertificateFactory(consultant=consultant, valid_until=away(7), verified=True)

        remind_of_certificates()

        assert Membership.objects.filter(organization=partner).count() == 1
        mail = Email.objects.get()
        assert mail.body.startswith(f"Hello {admin.person.name},")
        assert consultant.get_absolute_url() in mail.body
