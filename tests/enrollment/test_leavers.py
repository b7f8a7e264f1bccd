"""What follows when somebody leaves, and handing everything over or nothing."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from engagements.models import Engagement
from enrollment.models import Certificate, Consultant
from enrollment.presentation.leavers import WhatIf
from enrollment.services import leavers
from enrollment.services.leavers import HandOver
from enrollment.tasks import end_access_of_leavers
from portal import clock
from portal.actors import Member
from portal.findings import Refused
from portal.models import AuditEntry, Email, Membership
from portal.roles import Role
from portal.tenancy import acting_for
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    ConsultantFactory,
    ask_for_consultants,
    certified_consultant,
    competency_for,
    eligible_partner,
)
from tests.factories.portal import MembershipFactory, actor_of
from tests.factories.vouchers import VoucherFactory

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def ahead(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def company(engagement_type):
    """Return a partner that may deliver, as long as its one consultant stays."""
    ask_for_consultants(engagement_type)
    return eligible_partner(engagement_type)


@pytest.fixture
def boss(company):
    return actor_of(company, Role.PARTNER_ADMIN)


@pytest.fixture
def dirk(company, engagement_type):
    """Return the delivery lead, the only consultant, as a member."""
    member = MembershipFactory(
        organization=company, roles=[Role.DELIVERY_LEAD], person__name="Dirk"
    )
    certified_consultant(company, engagement_type, person=member.person)
    return member


@pytest.fixture
def kira(company):
    return MembershipFactory(
        organization=company, roles=[Role.CONSULTANT], person__name="Kira"
    )


@pytest.fixture
def planned(dirk, engagement_type):
    """Return an engagement ahead that the delivery lead leads."""
    return EngagementFactory(
        voucher__partner=dirk.organization,
        voucher__engagement_type=engagement_type,
        upcoming=True,
        lead=dirk.person,
    )


def as_actor(by):
    return acting_for(by.organization_id, person=by.person_id)


def outcome(by, kind, pk, last_day=TODAY):
    with as_actor(by):
        return WhatIf(by).outcome(kind, pk, last_day)


def of_person(by, member, last_day=TODAY):
    return outcome(by, "person", member.person_id, last_day)


class TestTrying:
    def test_the_only_consultant_takes_type_and_offering_along(
        self, boss, dirk, engagement_type
    ):
        [losses] = of_person(boss, dirk).losses

        assert [each.engagement_type for each in losses.lost] == [engagement_type]
        assert losses.lost[0].is_new
        assert losses.offerings == [engagement_type.offering]
        assert str(losses.lost[0].broken[0].rule) == "Consultant"

    def test_the_exams_to_replace_are_named(self, boss, dirk, engagement_type):
        [losses] = of_person(boss, dirk).losses

        code = Certificate.objects.get().exam.code
        assert losses.exams == [(code, [engagement_type])]

    def test_a_second_consultant_keeps_everything(
        self, boss, dirk, kira, engagement_type
    ):
        certified_consultant(boss.organization, engagement_type, person=kira.person)

        [losses] = of_person(boss, dirk).losses

        assert losses.lost == []

    def test_a_certificate_that_lapses_counts_like_its_holder(
        self, boss, dirk, engagement_type
    ):
        found = outcome(boss, "certificate", Certificate.objects.get().pk)

        assert found.losses[0].types == [engagement_type.pk]
        assert found.member is None

    def test_a_competency_that_lapses_is_tried_too(self, boss, dirk, engagement_type):
        held = competency_for(boss.organization, engagement_type)

        found = outcome(boss, "competency", held.pk)

        [loss] = found.losses[0].lost
        assert [str(each.rule) for each in loss.broken] == ["Competency"]
        assert loss.exams == []

    def test_what_could_not_be_delivered_anyway_is_no_loss(self, boss, dirk):
        boss.organization.enrollments.all().delete()

        [losses] = of_person(boss, dirk).losses

        assert [each.is_new for each in losses.lost] == [False]
        assert losses.types == losses.offerings == []

    def test_reserved_vouchers_of_a_lost_type_are_at_risk(
        self, boss, dirk, engagement_type
    ):
        there = {"partner": boss.organization, "engagement_type": engagement_type}
        waits = VoucherFactory(reserved=True, **there)
        VoucherFactory(reserved=True, partner=boss.organization)
        EngagementFactory(voucher=VoucherFactory(reserved=True, **there))

        [item] = of_person(boss, dirk).at_risk

        assert waits.number in item.title

    def test_engagements_after_the_last_day_are_open_work(self, boss, dirk, planned):
        EngagementFactory(voucher__partner=boss.organization, lead=dirk.person)

        found = of_person(boss, dirk)

        assert [work.url for work in found.work] == [planned.url_for(boss.organization)]
        assert of_person(boss, dirk, planned.ends_on).work == []

    def test_roles_and_tasks_of_one_person_alone_are_named(self, boss, dirk, kira):
        found = of_person(boss, dirk).orphans

        assert found.roles == ["Delivery lead"]
        assert not found.is_last_admin

    def test_the_last_admin_cannot_leave(self, boss, dirk):
        admin = Membership.objects.get(person=boss.person)

        found = of_person(boss, admin).orphans

        assert found.is_last_admin

    def test_tasks_that_wait_for_one_person_alone_are_named(self, boss, dirk):
        boss.organization.enrollments.all().delete()
        admin = Membership.objects.get(person=boss.person)

        assert "Enroll in the program" in [
            str(task.title) for task in of_person(boss, admin).orphans.tasks
        ]
        assert of_person(boss, dirk).orphans.tasks == []

    def test_nothing_is_changed_by_trying(self, boss, dirk, planned):
        of_person(boss, dirk)

        assert Consultant.objects.get().until is None
        assert Engagement.objects.get().lead == dirk.person
        assert not AuditEntry.objects.exists()
        assert not Email.objects.exists()


def give(by, leaver, to, last_day=TODAY, **more):
    with as_actor(by):
        plan = HandOver(to, last_day, **more)
        return leavers.hand_over(leaver, plan, by=by)


class TestHandingOver:
    @pytest.fixture
    def able(self, kira, engagement_type):
        certified_consultant(kira.organization, engagement_type, person=kira.person)
        return kira

    def test_all_open_work_goes_to_the_colleague(self, boss, dirk, able, planned):
        give(boss, dirk, able)

        assert Engagement.objects.get().lead == able.person
        verbs = set(AuditEntry.objects.values_list("verb", flat=True))
        assert verbs == {"engagement.lead_changed", "consultant.handed_over"}

    def test_both_and_the_customer_are_told(self, boss, dirk, able, planned):
        give(boss, dirk, able)

        told = {
            mail.key.partition(":")[0]: (mail.to, mail.body)
            for mail in Email.objects.all()
        }
        manager = planned.voucher.project_manager.email
        assert {name: to for name, (to, _body) in told.items()} == {
            "work-handed-over": dirk.person.email,
            "work-received": able.person.email,
            "engagement-lead-changed": manager,
        }
        assert planned.voucher.number in told["work-received"][1]
        assert all(settings.ORIGIN in body for _to, body in told.values())

    def test_one_piece_that_does_not_fit_keeps_everything(
        self, boss, dirk, able, planned
    ):
        other = EngagementFactory(
            voucher__partner=boss.organization, upcoming=True, lead=dirk.person
        )
        ask_for_consultants(other.voucher.engagement_type)

        with pytest.raises(Refused, match="nothing was moved") as refusal:
            give(boss, dirk, able, with_roles=True)

        assert "has added no exam" in refusal.value.findings[0].found
        leads = set(Engagement.objects.values_list("lead", flat=True))
        assert leads == {dirk.person_id}
        assert Membership.objects.get(pk=able.pk).roles == [Role.CONSULTANT]
        assert not AuditEntry.objects.exists()
        assert not Email.objects.exists()

    def test_roles_employment_and_access_go_in_one(self, boss, dirk, able, planned):
        give(
            boss,
            dirk,
            able,
            ahead(-1),
            with_roles=True,
            ends_employment=True,
            ends_access=True,
        )

        assert Membership.objects.get(pk=able.pk).roles == [
            Role.CONSULTANT,
            Role.DELIVERY_LEAD,
        ]
        assert Consultant.objects.get(person=dirk.person).until == ahead(-1)
        assert not Membership.objects.get(pk=dirk.pk).is_active

    def test_an_end_that_is_refused_keeps_everything(self, boss, able, planned):
        admin = Membership.objects.get(person=boss.person)
        Engagement.objects.update(lead=boss.person)
        ConsultantFactory(person=boss.person, partner=boss.organization)

        with pytest.raises(Refused, match="last admin"):
            give(boss, admin, able, ends_employment=True, ends_access=True)

        assert Engagement.objects.get().lead == boss.person
        assert Consultant.objects.get(person=boss.person).until is None
        assert not Email.objects.exists()

    def test_the_last_admin_can_go_once_the_role_is_handed_over(self, boss, able):
        admin = Membership.objects.get(person=boss.person)

        give(boss, admin, able, ahead(-1), with_roles=True, ends_access=True)

        assert not Membership.objects.get(pk=admin.pk).is_active

    def test_somebody_from_elsewhere_takes_nothing(self, boss, dirk, planned):
        stranger = MembershipFactory(roles=[Role.DELIVERY_LEAD])

        with pytest.raises(Refused, match="does not belong"):
            give(boss, dirk, stranger)

        assert Engagement.objects.get().lead == dirk.person

    def test_the_leaver_takes_nothing(self, boss, dirk, planned):
        with pytest.raises(Refused, match="another person"):
            give(boss, dirk, dirk)

    def test_only_an_admin_hands_over(self, dirk, able, planned):
        with pytest.raises(Refused, match="Partner admin"):
            give(Member.of(dirk), dirk, able)

        assert Engagement.objects.get().lead == dirk.person

    def test_who_is_no_consultant_hands_over_too(self, boss, able):
        frida = MembershipFactory(organization=boss.organization, roles=[Role.FINANCE])

        give(boss, frida, able, with_roles=True)

        assert AuditEntry.objects.filter(verb="membership.handed_over").count() == 1

    def test_an_access_later_ends_only_with_the_work(self, boss, dirk, able):
        with pytest.raises(Refused, match="only together with") as refusal:
            give(boss, dirk, able, ahead(3), ends_access=True)

        assert refusal.value.field == "ends_access"
        assert not Consultant.objects.filter(ends_access=True).exists()

    def test_the_clock_ends_the_access_after_the_last_day(self, boss, dirk, able):
        give(boss, dirk, able, TODAY, ends_employment=True, ends_access=True)
        assert end_access_of_leavers() == 0
        assert Membership.objects.get(pk=dirk.pk).is_active
        Consultant.objects.filter(person=dirk.person).update(until=ahead(-1))

        assert end_access_of_leavers() == 1
        assert end_access_of_leavers() == 0

        assert not Membership.objects.get(pk=dirk.pk).is_active
        entry = AuditEntry.objects.get(verb="membership.ended")
        assert entry.side == "clock"


class TestPages:
    @pytest.fixture
    def desk(self, as_person, boss):
        return as_person(boss.person)

    def page(self, name, company, *args):
        return reverse(f"enrollment:{name}", args=[company.slug, *args])

    def test_the_page_shows_what_follows(self, desk, boss, dirk, planned):
        asked = {"what": f"person-{dirk.person_id}", "last_day": str(TODAY)}

        response = desk.get(self.page("leaver", boss.organization), asked)

        assert "Whole offerings are lost" in response.text
        assert planned.voucher.number in response.text
        assert "Open work of this person" in response.text
        assert self.page("hand_over", boss.organization, dirk.pk) in response.text

    @pytest.mark.parametrize("what", ["person-0", "certificate-0", "x", ""])
    def test_what_is_not_there_cannot_be_chosen(self, desk, boss, what):
        response = desk.get(
            self.page("leaver", boss.organization),
            {"what": what, "last_day": str(TODAY)},
        )

        assert response.status_code == 200
        assert "outcome" not in response.context

    @pytest.mark.parametrize("people", [1, 5])
    def test_trying_costs_the_same_for_any_number_of_colleagues(
        self, desk, dirk, people, same_statements
    ):
        for _number in range(people):
            member = MembershipFactory(
                organization=dirk.organization, roles=[Role.CONSULTANT]
            )
            ConsultantFactory(partner=dirk.organization, person=member.person)
        asked = {"what": f"person-{dirk.person_id}", "last_day": str(TODAY)}
        address = self.page("leaver", dirk.organization)
        desk.get(address, asked)

        with same_statements():
            desk.get(address, asked)

    def test_handing_over_says_how_much_went_where(
        self, desk, planned, kira, engagement_type
    ):
        certified_consultant(kira.organization, engagement_type, person=kira.person)
        leaver = Membership.objects.get(person=planned.lead)
        address = self.page("hand_over", leaver.organization, leaver.pk)

        assert "can lead all of it" in desk.get(address).text
        response = desk.post(
            address, {"to": kira.pk, "last_day": str(TODAY)}, follow=True
        )

        assert "1 piece of work went to Kira." in response.text

    def test_a_refusal_stands_on_the_page_and_loses_nothing(
        self, desk, boss, dirk, kira, planned
    ):
        response = desk.post(
            self.page("hand_over", boss.organization, dirk.pk),
            {"to": kira.pk, "last_day": str(TODAY), "with_roles": "on"},
        )

        assert "cannot take everything over" in response.text
        assert "is no consultant of your company" in response.text
        assert Engagement.objects.get().lead == dirk.person
