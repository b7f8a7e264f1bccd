"""Many vouchers in one act: all of them or none, and given out in the same act."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from portal.findings import Refused
from portal.models import AuditEntry, Email
from portal.roles import Role
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import CustomerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory
from tests.vouchers.actions import accounts, acting, moved, recorded, told
from vouchers.models import State, Voucher, VoucherBatch
from vouchers.services import vouchers
from vouchers.services.assignment import Assignee
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=50)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def manager(agreement):
    return actor_of(agreement.customer, Role.PROJECT_MANAGER).person


@pytest.fixture
def kind(agreement):
    return EngagementTypeFactory(offering__program=agreement.program, lengths=[3, 5])


def create_many(agreement, wanted, owner, **details):
    with acting(owner):
        return vouchers.create(agreement, wanted, by=owner, **details)


def test_vouchers_made_in_one_act_take_the_sum_of_their_days(agreement, owner, kind):
    batch = create_many(
        agreement,
        [VoucherSpec(kind, 5, "DE", "One"), VoucherSpec(kind, 3, "AT")],
        owner,
    )

    assert accounts(agreement) == (42, 8, 0, 0, 0)
    assert batch.count == 2
    made = vouchers.made_in(batch).order_by("pk")
    assert [(each.days, each.country, each.label) for each in made] == [
        (5, "DE", "One"),
        (3, "AT", ""),
    ]
    assert [moved(each) for each in made] == [["held"], ["held"]]
    assert recorded() == ["voucher.created"] * 2


def test_every_voucher_of_a_batch_has_an_entry_that_tells_its_values(
    agreement, owner, kind
):
    create_many(
        agreement,
        [VoucherSpec(kind, 5, "DE", "One"), VoucherSpec(kind, 3, "AT")],
        owner,
    )

    for voucher in Voucher.objects.all():
        entry = AuditEntry.objects.about(voucher).get()
        told_of = {name: after for name, (_before, after) in entry.changes.items()}
        assert entry.subject_name == voucher.number
        assert entry.parties == [owner.organization.pk]
        assert (entry.person, entry.organization) == (owner.person, owner.organization)
        assert told_of == {
            field.name: field.value_to_string(voucher)
            for field in voucher._meta.concrete_fields
            if not field.primary_key
            and field.value_from_object(voucher) not in ("", None)
        }


@pytest.mark.parametrize("last", [5, 1])
def test_one_voucher_that_cannot_be_made_stops_all(agreement, owner, kind, last):
    """The eleventh of five days is one too many; no voucher has one day."""
    wanted = [VoucherSpec(kind, 5, "DE") for _row in range(10)]

    with pytest.raises(Refused):
        create_many(agreement, [*wanted, VoucherSpec(kind, last, "DE")], owner)

    assert accounts(agreement) == (50, 0, 0, 0, 0)
    assert not Voucher.objects.exists()
    assert not VoucherBatch.objects.exists()
    assert recorded() == []


def test_too_few_days_for_all_says_how_many_are_free(agreement, owner, kind):
    with pytest.raises(Refused) as refusal:
        create_many(agreement, [VoucherSpec(kind, 5, "DE") for _ in range(11)], owner)

    assert str(refusal.value) == (
        f"Agreement {agreement} has 50 free days; these 11 vouchers need 55."
    )


def test_the_same_ticket_makes_one_batch(agreement, owner, kind):
    ticket = uuid4()

    first, second = (
        create_many(agreement, [VoucherSpec(kind, 5, "DE")], owner, ticket=ticket)
        for _press in range(2)
    )

    assert first == second
    assert Voucher.objects.count() == 1


def test_the_same_ticket_with_other_words_is_refused(agreement, owner, kind):
    ticket = uuid4()
    create_many(agreement, [VoucherSpec(kind, 5, "DE")], owner, ticket=ticket)

    with pytest.raises(Refused, match="has made vouchers already"):
        create_many(agreement, [VoucherSpec(kind, 5, "AT")], owner, ticket=ticket)


def test_a_ticket_of_another_customer_shows_nothing(agreement, owner, kind):
    ticket = uuid4()
    create_many(agreement, [VoucherSpec(kind, 5, "DE")], owner, ticket=ticket)
    foreign = CustomerAgreementFactory(program=agreement.program)
    stranger = actor_of(foreign.customer, Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="Open the form again"):
        create_many(foreign, [VoucherSpec(kind, 5, "DE")], stranger, ticket=ticket)


def test_the_database_keeps_a_ticket_unique(agreement, owner, kind):
    batch = create_many(agreement, [VoucherSpec(kind, 5, "DE")], owner)

    with pytest.raises(IntegrityError), transaction.atomic():
        VoucherBatch.objects.create(
            customer=CustomerFactory(),
            ticket=batch.ticket,
            count=1,
            made_by=owner.person,
        )


def test_a_batch_can_be_given_out_in_the_same_act(agreement, owner, kind, manager):
    partner = eligible_partner(kind)
    lead = actor_of(partner, Role.DELIVERY_LEAD).person

    create_many(
        agreement,
        [VoucherSpec(kind, 5, "DE", to=Assignee(manager, partner)) for _ in range(3)],
        owner,
    )

    assert {
        (each.state, each.project_manager, each.partner)
        for each in Voucher.objects.all()
    } == {(State.ASSIGNED, manager, partner)}
    assert recorded() == ["voucher.created"] * 3 + ["voucher.assigned"] * 3
    assert told() == sorted(
        [
            ("voucher-assigned-manager-many", manager.email),
            ("voucher-assigned-partner-many", lead.email),
        ]
    )


def test_one_mail_lists_all_numbers_of_a_batch(agreement, owner, kind, manager):
    create_many(
        agreement,
        [VoucherSpec(kind, 5, "DE", to=Assignee(manager)) for _ in range(3)],
        owner,
    )

    mail = Email.objects.get()
    assert mail.subject == "3 vouchers are assigned to you"
    for voucher in Voucher.objects.all():
        assert f"{voucher.number}: 5 days" in mail.body


def test_a_voucher_given_out_alone_is_told_in_its_own_words(
    agreement, owner, kind, manager
):
    create_many(agreement, [VoucherSpec(kind, 5, "DE", to=Assignee(manager))], owner)

    assert told() == [("voucher-assigned-manager", manager.email)]


def test_a_partner_that_cannot_deliver_stops_the_whole_act(
    agreement, owner, kind, manager
):
    partner = eligible_partner(EngagementTypeFactory())

    with pytest.raises(Refused) as refusal:
        create_many(
            agreement,
            [VoucherSpec(kind, 5, "DE", to=Assignee(manager, partner))],
            owner,
        )

    assert refusal.value.field == "partner"
    assert not Voucher.objects.exists()
    assert told() == []


def test_somebody_elses_project_manager_stops_the_whole_act(agreement, owner, kind):
    stranger = actor_of(CustomerFactory(), Role.PROJECT_MANAGER).person

    with pytest.raises(Refused) as refusal:
        create_many(
            agreement, [VoucherSpec(kind, 5, "DE", to=Assignee(stranger))], owner
        )

    assert refusal.value.field == "project_manager"
    assert not Voucher.objects.exists()
