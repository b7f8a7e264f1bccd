"""The customer's forms: creating a voucher and assigning it."""

import pytest
from django.urls import reverse

from enrollment.models import EngagementType
from portal import clock
from portal.roles import Role
from portal.row_fields import MOST_CHOICES
from tests.counting import statements_of
from tests.factories.enrollment import EngagementTypeFactory, eligible_partner
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory, owner_of
from tests.vouchers.actions import accounts
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=10)


@pytest.fixture
def owner(agreement):
    return actor_of(agreement.customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def desk(as_person, owner):
    return as_person(owner.person)


@pytest.fixture
def typed(agreement, desk, owner):
    """Return what a person would type, with the ticket of an open form."""
    engagement_type = EngagementTypeFactory(
        offering__program=agreement.program, lengths=[1, 5, 15]
    )
    form = desk.get(create_url(owner)).context["form"]
    return {
        "agreement": agreement.pk,
        "engagement_type": engagement_type.pk,
        "days": 5,
        "count": 1,
        "country": "DE",
        "label": "Move to the cloud",
        "ticket": form["ticket"].value(),
    }


def create_url(actor):
    return reverse("vouchers:create", args=[actor.organization.slug])


def assign_url(voucher):
    return reverse("vouchers:assign", args=[voucher.customer.slug, voucher.number])


def test_the_form_offers_what_the_customer_can_use(desk, owner, agreement, typed):
    EngagementTypeFactory()
    CustomerAgreementFactory()

    form = desk.get(create_url(owner)).context["form"]

    assert list(form.fields["agreement"].queryset) == [agreement]
    assert [each.pk for each in form.fields["engagement_type"].queryset] == [
        typed["engagement_type"]
    ]
    assert [value for value, _label in form.fields["days"].choices] == ["", 1, 5, 15]
    assert form["country"].value() == "DE"


def test_a_created_voucher_leads_straight_to_assigning_it(desk, owner, typed):
    response = desk.post(create_url(owner), typed)

    voucher = Voucher.objects.get()
    assert response.url == assign_url(voucher)
    assert (voucher.days, voucher.label) == (5, "Move to the cloud")


def test_the_create_button_pressed_twice_makes_one_voucher(desk, owner, typed):
    first, second = (desk.post(create_url(owner), typed) for _press in range(2))

    assert first.url == second.url
    assert Voucher.objects.count() == 1


def test_the_same_form_with_other_words_is_refused(desk, owner, typed):
    desk.post(create_url(owner), typed)

    response = desk.post(create_url(owner), {**typed, "days": 1})

    number = Voucher.objects.get().number
    assert f"This form has made vouchers already: {number}." in response.text
    assert Voucher.objects.get().days == 5


@pytest.mark.parametrize("ticket", ["", "forged", "7K3M9QXR2FHC"])
def test_a_number_of_ones_own_is_not_taken(desk, owner, typed, ticket):
    desk.post(create_url(owner), {**typed, "ticket": ticket})

    assert not Voucher.objects.exists()


def test_days_beyond_the_pool_are_told_beside_the_field(desk, owner, agreement, typed):
    response = desk.post(create_url(owner), {**typed, "days": 15})

    assert response.context["form"].errors["days"] == [
        f"Agreement {agreement} has 10 free days; this voucher needs 15."
    ]
    assert accounts(agreement) == (10, 0, 0, 0, 0)


def test_days_that_the_type_does_not_allow_are_told_beside_the_field(
    desk, owner, agreement, typed
):
    EngagementTypeFactory(offering__program=agreement.program, lengths=[3])

    response = desk.post(create_url(owner), {**typed, "days": 3})

    (sentence,) = response.context["form"].errors["days"]
    assert sentence.endswith("comes in these lengths: 1, 5, 15 days.")
    assert not Voucher.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 2, 999])
def test_days_that_are_no_length_at_all_name_the_lengths(desk, owner, typed, days):
    response = desk.post(create_url(owner), {**typed, "days": days})

    (sentence,) = response.context["form"].errors["days"]
    assert sentence.endswith("comes in these lengths: 1, 5, 15 days.")
    assert not Voucher.objects.exists()


def test_several_vouchers_are_looked_at_before_they_are_made(desk, owner, typed):
    response = desk.post(create_url(owner), {**typed, "count": 2})

    assert "Check your answers" in response.text
    assert "10 days leave the pool." in response.text
    assert not Voucher.objects.exists()


def test_several_vouchers_are_made_when_they_are_confirmed(
    desk, owner, agreement, typed
):
    words = {**typed, "count": 2, "step": "make"}
    first, second = (desk.post(create_url(owner), words) for _press in range(2))

    assert (
        first.url
        == second.url
        == reverse("vouchers:index", args=[owner.organization.slug])
    )
    assert accounts(agreement) == (0, 10, 0, 0, 0)


def test_going_back_from_the_check_keeps_what_was_typed(desk, owner, typed):
    words = {**typed, "count": 2, "step": "change"}

    form = desk.post(create_url(owner), words).context["form"]

    assert (form["label"].value(), form["count"].value()) == (typed["label"], "2")
    assert not Voucher.objects.exists()


def test_too_many_days_for_all_are_told_before_the_check(desk, owner, agreement, typed):
    response = desk.post(create_url(owner), {**typed, "count": 3})

    assert response.context["form"].errors["days"] == [
        f"Agreement {agreement} has 10 free days; these 3 vouchers need 15."
    ]


@pytest.mark.parametrize("count", [0, 51, "many"])
def test_only_one_to_fifty_are_made_by_the_form(desk, owner, typed, count):
    response = desk.post(create_url(owner), {**typed, "count": count})

    assert "count" in response.context["form"].errors


def test_a_voucher_is_created_and_assigned_in_one_act(desk, owner, typed):
    kind = EngagementType.objects.get(pk=typed["engagement_type"])
    partner = eligible_partner(kind)
    people = {"project_manager": owner.person.pk, "partner": partner.pk}

    response = desk.post(create_url(owner), {**typed, **people})

    voucher = Voucher.objects.get()
    assert (voucher.state, voucher.partner) == (State.ASSIGNED, partner)
    assert response.url == voucher.url_for(voucher.customer)


def test_a_partner_that_cannot_deliver_is_told_beside_its_field(desk, owner, typed):
    partner = eligible_partner(EngagementTypeFactory())
    people = {"project_manager": owner.person.pk, "partner": partner.pk}

    response = desk.post(create_url(owner), {**typed, **people})

    (sentence,) = response.context["form"].errors["partner"]
    assert "cannot deliver" in sentence
    assert not Voucher.objects.exists()


def test_a_partner_is_searched_without_losing_what_was_typed(desk, owner, typed):
    for number in range(MOST_CHOICES + 1):
        PartnerFactory(name=f"Almond {number:02}", is_listed=True)
    partner = PartnerFactory(name="Zebra Works", is_listed=True)
    searched = {**typed, "label": "Rollout", "partner_search": "zebra"}

    response = desk.post(create_url(owner), {**searched, "search": "partner"})

    form = response.context["form"]
    assert not form.is_bound
    assert form["label"].value() == "Rollout"
    found = [str(name) for _key, name in form.fields["partner"].choices]
    assert found == ["Any eligible partner", "Zebra Works"]
    assert not Voucher.objects.exists()
    assert f'value="{partner.pk}"' in response.text


def test_the_create_page_of_many_partners_costs_as_few(desk, owner, typed):
    page = create_url(owner)
    PartnerFactory.create_batch(3, is_listed=True)
    desk.get(page)
    few = statements_of(lambda: desk.get(page))
    PartnerFactory.create_batch(60, is_listed=True)

    assert statements_of(lambda: desk.get(page)) == few
    assert desk.get(page).text.count('name="partner"') == MOST_CHOICES + 1


def test_a_partner_alone_is_not_enough(desk, owner, typed):
    partner = eligible_partner(EngagementTypeFactory())

    response = desk.post(create_url(owner), {**typed, "partner": partner.pk})

    assert "project_manager" in response.context["form"].errors


def test_another_customers_agreement_is_no_choice(desk, owner, typed):
    foreign = CustomerAgreementFactory()

    response = desk.post(create_url(owner), {**typed, "agreement": foreign.pk})

    assert "agreement" in response.context["form"].errors
    assert not Voucher.objects.exists()


def test_without_an_active_agreement_the_page_says_what_to_do(desk, owner, agreement):
    agreement.activated_at = None
    agreement.save()

    response = desk.get(create_url(owner))

    assert "Activate the benefit of an agreement first." in response.text
    assert "Number of vouchers" not in response.text


@pytest.fixture
def voucher(agreement, owner):
    return VoucherFactory(agreement=agreement, admin=owner.person)


def test_the_form_offers_members_and_eligible_partners(desk, voucher, owner):
    partner = eligible_partner(voucher.engagement_type)
    eligible_partner(voucher.engagement_type).enrollments.update(
        ends_on=clock.in_days(-1), good_until=clock.in_days(-1)
    )
    actor_of(voucher.customer, Role.PROJECT_MANAGER).person.memberships.update(
        is_active=False
    )

    form = desk.get(assign_url(voucher)).context["form"]

    assert form.fields["partner"].rows_found == [partner]
    assert list(form.fields["project_manager"].queryset) == [owner.person]


def test_a_customer_assigns_to_a_manager_and_a_partner(desk, voucher):
    partner = eligible_partner(voucher.engagement_type)
    manager = actor_of(voucher.customer, Role.PROJECT_MANAGER).person

    response = desk.post(
        assign_url(voucher), {"project_manager": manager.pk, "partner": partner.pk}
    )

    assert response.url == voucher.url_for(voucher.customer)
    assigned = Voucher.objects.get()
    assert (assigned.project_manager, assigned.partner) == (manager, partner)


def test_a_partner_that_can_no_longer_deliver_is_refused_beside_the_field(
    desk, voucher, owner
):
    partner = eligible_partner(voucher.engagement_type)
    partner.enrollments.update(ends_on=clock.in_days(-1), good_until=clock.in_days(-1))

    answer = desk.post(
        assign_url(voucher), {"project_manager": owner.person.pk, "partner": partner.pk}
    )

    [sentence] = answer.context["form"].errors["partner"]
    assert f"{partner} cannot deliver" in sentence
    assert Voucher.objects.get().state == State.CREATED


def test_a_customer_may_leave_the_partner_open(desk, voucher, owner):
    desk.post(assign_url(voucher), {"project_manager": owner.person.pk})

    assert Voucher.objects.get().state == State.ASSIGNED
    assert Voucher.objects.get().partner is None


def test_a_partner_that_lapsed_meanwhile_is_no_choice(desk, voucher, owner):
    partner = eligible_partner(voucher.engagement_type)
    partner.enrollments.update(ends_on=clock.in_days(-1), good_until=clock.in_days(-1))

    response = desk.post(
        assign_url(voucher),
        {"project_manager": owner.person.pk, "partner": partner.pk},
    )

    assert "partner" in response.context["form"].errors
    assert Voucher.objects.get().state == State.CREATED


def test_the_assign_button_pressed_twice_says_so(desk, voucher, owner):
    words = {"project_manager": owner.person.pk}
    desk.post(assign_url(voucher), words)

    response = desk.post(assign_url(voucher), words)

    assert "The voucher is assigned to them already." in response.text


def test_a_project_manager_finds_the_forms_closed(as_person):
    voucher = VoucherFactory(assigned=True)

    for page in (create_url(owner_of(voucher)), assign_url(voucher)):
        response = as_person(voucher.project_manager).get(page)
        assert response.status_code == 403
