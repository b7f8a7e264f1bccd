"""The pages of retirement plans in the admin site."""

import csv
import io

import pytest
from django.urls import reverse

from enrollment.models import Program
from portal import clock
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    EngagementTypeFactory,
    OfferingFactory,
    ProgramFactory,
)
from tests.factories.portal import staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    RetirementPlanFactory,
    VoucherFactory,
)
from vouchers.models import RetirementLetter, RetirementPlan

pytestmark = pytest.mark.django_db
ahead = clock.in_days


def staff(duty=Duty.PROGRAM_MANAGER):
    person = staff_actor(duty).person
    give_second_factor(person)
    return person


@pytest.fixture
def manager():
    return staff()


@pytest.fixture
def plan():
    return RetirementPlanFactory()


def page(name, plan):
    return reverse(f"admin:vouchers_retirementplan_{name}", args=[plan.pk])


ADD = reverse("admin:vouchers_retirementplan_add")


def typed(program, **fields):
    return {
        "program": program.pk,
        "offering": "",
        "accrual_ends_on": "",
        "creation_ends_on": ahead(100),
        "pool_wipe_on": ahead(101),
        "reservation_ends_on": "",
        "redemption_ends_on": ahead(160),
        "payment_window_days": "",
        "reason": "It ends.",
        "earlier_because": "",
        **fields,
    }


def touched(plan, name="Adatum", **fields):
    """Return a customer with free days and one voucher of the plan's program."""
    type_ = EngagementTypeFactory(offering=OfferingFactory(program=plan.program))
    agreement = CustomerAgreementFactory(
        program=plan.program, days=20, customer__name=name
    )
    return VoucherFactory(
        agreement=agreement,
        engagement_type=type_,
        expires_on=ahead(300),
        **fields,
    )


def test_a_plan_begins_with_what_ends(as_person, manager):
    offering = OfferingFactory(program__name="Planning Services")

    response = as_person(manager).get(ADD)

    assert f"{ADD}?program={offering.program.pk}" in response.text
    assert f"?program={offering.program.pk}&amp;offering={offering.pk}" in response.text


def test_the_form_begins_with_the_days_in_force(as_person, manager):
    program = ProgramFactory(creation_ends_on=ahead(50))

    response = as_person(manager).get(ADD, {"program": program.pk})

    form = response.context["adminform"].form
    assert form["creation_ends_on"].value() == ahead(50)
    assert form["payment_window_days"].value() == 60


def test_the_form_of_an_offering_leaves_pools_out(as_person, manager):
    offering = OfferingFactory()

    response = as_person(manager).get(
        ADD, {"program": offering.program.pk, "offering": offering.pk}
    )

    assert "pool_wipe_on" not in response.context["adminform"].form.fields


def test_a_typed_draft_is_kept_and_shown_with_its_effects(as_person, manager):
    program = ProgramFactory()

    response = as_person(manager).post(
        f"{ADD}?program={program.pk}", typed(program), follow=True
    )

    plan = RetirementPlan.objects.get()
    assert plan.drafted_by == manager
    assert response.redirect_chain == [(plan.get_absolute_url(), 302)]
    assert "Look at what it means" in response.text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"creation_ends_on": ahead(-1)}, "creation_ends_on", "This day has passed"),
        ({"redemption_ends_on": ahead(99)}, "redemption_ends_on", "in this order"),
        ({"pool_wipe_on": ahead(90)}, "pool_wipe_on", "not before"),
        ({"payment_window_days": 10}, "earlier_because", "Say why"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    as_person, manager, fields, field, words
):
    program = ProgramFactory()

    response = as_person(manager).post(
        f"{ADD}?program={program.pk}", typed(program, **fields)
    )

    assert words in " ".join(response.context["adminform"].form.errors[field])
    assert not RetirementPlan.objects.exists()


def test_who_begins_a_second_draft_is_led_to_the_first(as_person, manager, plan):
    response = as_person(manager).post(
        f"{ADD}?program={plan.program.pk}", typed(plan.program), follow=True
    )

    assert "This draft is there already" in response.text
    assert response.redirect_chain == [(plan.get_absolute_url(), 302)]
    assert RetirementPlan.objects.count() == 1


def test_a_draft_is_changed(as_person, manager, plan):
    response = as_person(manager).post(
        page("edit", plan), typed(plan.program, creation_ends_on=ahead(95))
    )

    changed = RetirementPlan.objects.get()
    assert response.url == plan.get_absolute_url()
    assert (changed.creation_ends_on, changed.drafted_by) == (ahead(95), manager)


def test_a_plan_shows_whom_it_touches(as_person, manager, plan):
    voucher = touched(plan, reserved=True)

    response = as_person(manager).get(plan.get_absolute_url())

    sheet = response.context["sheet"]
    assert sheet.totals.ended == 15
    assert sheet.totals.unredeemed_days == 5
    assert "Adatum" in response.text
    assert str(voucher.partner) in response.text
    assert sheet.posts[0].about == "The plan"
    assert len(sheet.posts) == 13


def test_later_days_stand_beside_the_plan(as_person, manager, plan):
    touched(plan)

    response = as_person(manager).get(
        plan.get_absolute_url(), {"which": "creation_ends_on", "on": ahead(301)}
    )

    columns = response.context["sheet"].columns
    assert [each.totals.unassigned for each in columns] == [1, 1, 1, 1, 0, 0]
    assert len(columns) == 6


def test_a_date_needs_the_day_that_it_is_for(as_person, manager, plan):
    response = as_person(manager).get(plan.get_absolute_url(), {"on": ahead(301)})

    assert "Choose which day moves to the date." in response.text


def test_the_drafter_reads_why_another_must_publish(as_person, manager):
    plan = RetirementPlanFactory(drafted_by=manager)

    shown = as_person(manager).get(plan.get_absolute_url())
    posted = as_person(manager).post(
        page("publish", plan), {"seen": plan.fingerprint}, follow=True
    )

    assert "Two people decide" in shown.text
    assert page("publish", plan) not in shown.text
    assert "Two people decide" in posted.text
    assert RetirementPlan.objects.get().state == "draft"


def test_publishing_asks_once_more_and_then_does_it(as_person, manager, plan):
    touched(plan)
    client = as_person(manager)

    look = client.get(page("publish", plan))
    done = client.post(page("publish", plan), {"seen": plan.fingerprint}, follow=True)

    assert "Look once more" in look.text
    assert plan.fingerprint in look.text
    assert "Its days are in force" in done.text
    assert Program.objects.get(pk=plan.program.pk).creation_ends_on == ahead(100)
    assert RetirementLetter.objects.count() == 13


def test_a_page_that_has_grown_old_publishes_nothing(as_person, manager, plan):
    response = as_person(manager).post(
        page("publish", plan), {"seen": "something else"}, follow=True
    )

    assert "The plan has changed since you looked" in response.text
    assert RetirementPlan.objects.get().state == "draft"


def test_a_published_plan_is_only_read(as_person, manager):
    plan = RetirementPlanFactory(published=True)
    client = as_person(manager)

    shown = client.get(plan.get_absolute_url())

    assert "Decide" not in shown.text
    assert client.get(page("edit", plan)).status_code == 403
    assert client.get(page("publish", plan)).status_code == 403


def test_a_draft_is_discarded(as_person, manager, plan):
    changelist = reverse("admin:vouchers_retirementplan_changelist")

    as_person(manager).post(
        changelist, {"action": "discard_plan", "_selected_action": plan.pk}
    )

    assert RetirementPlan.objects.get().state == "discarded"


def test_reviewers_read_and_change_nothing(as_person, plan):
    client = as_person(staff(Duty.DELIVERY_REVIEWER))

    shown = client.get(plan.get_absolute_url())

    assert shown.status_code == 200
    assert "Decide" not in shown.text
    for address in (ADD, page("edit", plan), page("publish", plan)):
        assert client.get(address).status_code == 403
    assert (
        client.post(page("publish", plan), {"seen": plan.fingerprint}).status_code
        == 403
    )
    assert RetirementPlan.objects.get().state == "draft"


@pytest.mark.parametrize("name", ["change", "edit", "publish", "customers", "partners"])
def test_members_of_organizations_find_no_plan(as_person, customer, plan, name):
    person = VoucherFactory(customer=customer).admin

    response = as_person(person).get(page(name, plan))

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@pytest.mark.parametrize("name", ["change", "edit", "publish", "customers", "partners"])
def test_a_plan_that_is_not_there_is_not_found(as_person, manager, plan, name):
    RetirementPlan.objects.all().delete()

    assert as_person(manager).get(page(name, plan)).status_code == 404


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_everybody_touched_is_taken_away_as_a_file(as_person, manager, plan):
    voucher = touched(plan, name="=Adatum", reserved=True)
    client = as_person(manager)

    customers = read(client.get(page("customers", plan)))
    partners = read(client.get(page("partners", plan)))

    assert customers[0][:3] == ["Customer", "Country", "Free days"]
    assert customers[1][0] == "'=Adatum"
    assert customers[1][2:] == ["15", "15", "0", "0", "1", "5", "20"]
    assert partners[1:] == [[voucher.partner.name, "DE", "1", "5", "0", "5"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_plan_costs_the_same_for_any_number_of_rows(
    as_person, manager, plan, rows, same_statements
):
    for number in range(rows):
        touched(plan, name=f"Customer {number}", reserved=True)
    client = as_person(manager)
    client.get(plan.get_absolute_url())

    with same_statements():
        client.get(plan.get_absolute_url())
