"""Giving vouchers to people and partners, and taking them back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_fsm import TransitionNotAllowed

from portal import clock
from portal.audit import timeline
from portal.findings import Refused
from portal.models import Email, Organization
from portal.roles import Role
from portal.states import explain
from tests.factories.enrollment import eligible_partner
from tests.factories.portal import LocationFactory, PartnerFactory, actor_of
from tests.factories.vouchers import VoucherFactory, manager_of, owner_of
from tests.vouchers.actions import acting, recorded, told
from vouchers.models import State, Voucher
from vouchers.services import assignment
from vouchers.services.assignment import Assignee

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher():
    return VoucherFactory()


@pytest.fixture
def partner(voucher):
    return eligible_partner(voucher.engagement_type, name="Contoso")


@pytest.fixture
def lead(partner):
    return actor_of(partner, Role.DELIVERY_LEAD)


def manager_at(voucher):
    return actor_of(voucher.customer, Role.PROJECT_MANAGER).person


def assign(voucher, manager, partner=None):
    owner = owner_of(voucher)
    with acting(owner):
        assignment.assign([voucher], Assignee(manager, partner), by=owner)


def recall(voucher):
    owner = owner_of(voucher)
    with acting(owner):
        assignment.recall([voucher], by=owner)


def seen_by(actor):
    with acting(actor):
        return list(Voucher.objects.all())


def test_assigning_gives_the_voucher_to_manager_and_partner(voucher, partner):
    manager = manager_at(voucher)

    assign(voucher, manager, partner)

    assigned = Voucher.objects.get()
    assert assigned.state == State.ASSIGNED
    assert (assigned.project_manager, assigned.partner) == (manager, partner)
    assert recorded() == ["voucher.assigned"]


def test_assigning_tells_manager_and_partner_once_each(voucher, partner, lead):
    manager = manager_at(voucher)
    actor_of(partner, Role.FINANCE)

    assign(voucher, manager, partner)

    assert told() == [
        ("voucher-assigned-manager", manager.email),
        ("voucher-assigned-partner", lead.person.email),
    ]


def test_the_managers_mail_holds_number_and_email_for_any_partner(voucher):
    assign(voucher, manager_at(voucher))

    body = Email.objects.get().body
    assert f"Voucher number: {voucher.number}" in body
    assert f"Voucher admin: {voucher.admin.email}" in body


def test_a_named_partner_sees_voucher_and_customer(voucher, partner, lead):
    assign(voucher, manager_at(voucher), partner)

    assert seen_by(lead) == [voucher]
    with acting(lead):
        assert Organization.objects.get(pk=voucher.customer.pk).name
        assert [line.sentence for line in timeline(voucher, lead)] == [
            "assigned the voucher"
        ]


def test_who_assigns_to_herself_gets_no_mail(voucher):
    assign(voucher, voucher.admin)

    assert told() == []


def test_the_same_assignment_twice_is_refused_and_tells_nobody_again(voucher, partner):
    manager = manager_at(voucher)
    assign(voucher, manager, partner)
    before = told()

    with pytest.raises(Refused, match="assigned to them already"):
        assign(voucher, manager, partner)

    assert told() == before
    assert recorded() == ["voucher.assigned"]


def test_another_manager_is_told_and_the_partner_is_not_told_again(
    voucher, partner, lead
):
    assign(voucher, manager_at(voucher), partner)
    Email.objects.all().delete()
    second = manager_at(voucher)

    assign(voucher, second, partner)

    assert told() == [("voucher-assigned-manager", second.email)]


def test_another_partner_is_told_and_the_first_one_loses_it(voucher, partner, lead):
    manager = manager_at(voucher)
    other = eligible_partner(voucher.engagement_type)
    other_lead = actor_of(other, Role.PARTNER_ADMIN)
    assign(voucher, manager, partner)
    Email.objects.all().delete()

    assign(voucher, manager, other)

    assert told() == [
        ("voucher-assigned-partner", other_lead.person.email),
        ("voucher-recalled", lead.person.email),
    ]
    assert seen_by(lead) == []
    assert seen_by(other_lead) == [voucher]


def refusal_of(voucher, manager, partner=None):
    with pytest.raises(Refused) as refusal:
        assign(voucher, manager, partner)
    assert Voucher.objects.get(pk=voucher.pk).state == voucher.state
    assert recorded() == []
    assert told() == []
    return refusal.value.field, str(refusal.value)


def test_a_stranger_cannot_become_project_manager(voucher):
    stranger = actor_of(VoucherFactory().customer, Role.PROJECT_MANAGER).person

    assert refusal_of(voucher, stranger) == (
        "project_manager",
        f"{stranger} is not a project manager of your organization.",
    )


def test_who_has_left_cannot_become_project_manager(voucher):
    manager = manager_at(voucher)
    manager.memberships.update(is_active=False)

    assert refusal_of(voucher, manager)[0] == "project_manager"


def without_competency(partner):
    partner.competencies.all().update(valid_until=clock.today() - timedelta(days=1))


def lapsed(partner):
    yesterday = clock.today() - timedelta(days=1)
    partner.enrollments.update(ends_on=yesterday, good_until=yesterday)


def in_another_country(partner):
    partner.locations.update(country="FR")


@pytest.mark.parametrize("spoil", [without_competency, lapsed, in_another_country])
def test_a_partner_that_cannot_deliver_is_refused_without_its_secrets(
    voucher, partner, spoil
):
    spoil(partner)

    field, sentence = refusal_of(voucher, manager_at(voucher), partner)

    assert field == "partner"
    assert sentence == (
        f"Contoso cannot deliver “{voucher.engagement_type}” in Germany at present."
        " Choose another partner."
    )


def test_a_project_manager_cannot_assign():
    voucher = VoucherFactory(assigned=True)
    manager = manager_of(voucher)

    with pytest.raises(Refused, match="Benefit admin"), acting(manager):
        assignment.assign([voucher], Assignee(manager.person), by=manager)

    assert recorded() == []


def test_a_program_past_its_last_day_assigns_no_more():
    yesterday = clock.today() - timedelta(days=1)
    voucher = VoucherFactory(agreement__program__creation_ends_on=yesterday)

    _field, sentence = refusal_of(voucher, manager_at(voucher))

    assert sentence.startswith("Vouchers could be assigned until")


@pytest.mark.parametrize("state", ["reserved", "redeemed", "paid", "cancelled"])
def test_only_a_voucher_that_no_partner_holds_is_assigned(state):
    voucher = VoucherFactory(**{state: True})

    _field, sentence = refusal_of(voucher, manager_at(voucher))

    assert sentence == f"This cannot be done while the voucher is {state}."


def test_an_expired_voucher_is_not_assigned():
    voucher = VoucherFactory(expires_on=clock.today() - timedelta(days=1))

    assert refusal_of(voucher, manager_at(voucher))[1] == "The voucher has expired."


def test_recalling_takes_the_voucher_from_manager_and_partner(voucher, partner, lead):
    assign(voucher, manager_at(voucher), partner)
    Email.objects.all().delete()

    recall(voucher)

    assert Voucher.objects.get().state == State.CREATED
    assert seen_by(lead) == []
    assert told() == [("voucher-recalled", lead.person.email)]
    assert recorded() == ["voucher.assigned", "voucher.recalled"]


def test_the_lost_partner_still_reads_what_happened_while_it_was_a_party(
    voucher, partner, lead
):
    assign(voucher, manager_at(voucher), partner)
    recall(voucher)
    assign(voucher, manager_at(voucher))

    with acting(lead):
        sentences = [line.sentence for line in timeline(voucher, lead)]

    assert sentences == ["assigned the voucher", "took the assignment back"]


def test_recalling_from_any_partner_tells_nobody():
    recall(VoucherFactory(assigned=True))

    assert told() == []


def test_recalling_twice_is_refused_and_recorded_once():
    voucher = VoucherFactory(assigned=True, partner=PartnerFactory())
    recall(voucher)

    with pytest.raises(TransitionNotAllowed) as refusal:
        recall(voucher)

    assert explain(refusal.value) == "This cannot be done while the voucher is created."
    assert recorded() == ["voucher.recalled"]


def test_a_reserved_voucher_cannot_be_recalled():
    voucher = VoucherFactory(reserved=True)

    with pytest.raises(TransitionNotAllowed):
        recall(voucher)

    assert Voucher.objects.get().state == State.RESERVED
    assert recorded() == []


def choice_of_partners(voucher):
    listed = assignment.partners_for(voucher)
    return list(assignment.eligible_partners(listed, [voucher]))


@pytest.mark.parametrize("at_once", [1, 2, 3, 4])
def test_partners_are_judged_some_at_a_time(voucher, partner, monkeypatch, at_once):
    monkeypatch.setattr(assignment, "JUDGED_AT_ONCE", at_once)
    lapsed(eligible_partner(voucher.engagement_type))
    other = eligible_partner(voucher.engagement_type)

    with acting(owner_of(voucher)):
        assert choice_of_partners(voucher) == [partner, other]


def test_whoever_is_offered_one_partner_has_one_judged(voucher, partner, monkeypatch):
    monkeypatch.setattr(assignment, "JUDGED_AT_ONCE", 1)
    eligible_partner(voucher.engagement_type)
    with acting(owner_of(voucher)):
        listed = assignment.partners_for(voucher)
        with CaptureQueriesContext(connection) as one:
            next(assignment.eligible_partners(listed, [voucher]))
        with CaptureQueriesContext(connection) as both:
            list(assignment.eligible_partners(listed, [voucher]))

    assert len(one) < len(both)


def test_the_choice_of_partners_are_the_listed_that_can_deliver(voucher, partner):
    lapsed(eligible_partner(voucher.engagement_type))
    PartnerFactory(is_listed=True)

    with acting(owner_of(voucher)):
        assert choice_of_partners(voucher) == [partner]


def test_the_choice_of_partners_have_a_place_where_the_voucher_is_delivered(
    voucher, partner
):
    elsewhere = eligible_partner(voucher.engagement_type)
    elsewhere.locations.update(country="FR")

    with acting(owner_of(voucher)):
        assert choice_of_partners(voucher) == [partner]


def test_the_choice_of_partners_can_deliver_each_of_the_vouchers(voucher, partner):
    abroad = VoucherFactory(
        agreement=voucher.agreement,
        engagement_type=voucher.engagement_type,
        country="FR",
    )
    everywhere = eligible_partner(voucher.engagement_type)
    LocationFactory(organization=everywhere, country="FR")

    with acting(owner_of(voucher)):
        listed = assignment.partners_for(voucher, abroad)
        offered = list(assignment.eligible_partners(listed, [voucher, abroad]))

    assert offered == [everywhere]
