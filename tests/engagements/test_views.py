"""Pages of engagements, for both sides: what is seen, done, and at what cost."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.presentation.engagements import report_facts
from portal import clock
from portal.roles import Role
from tests.conftest import give_second_factor
from tests.engagements.conftest import PLAN, plan
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import PartnerFactory, actor_of
from tests.factories.vouchers import VoucherFactory, manager_of
from vouchers.models import State, Voucher

pytestmark = pytest.mark.django_db


def url(page, actor, *args):
    return reverse(f"engagements:{page}", args=[actor.organization.slug, *args])


def rows_of(response):
    return response.context["page"].rows


def report_fields(**fields):
    return {
        "days_on_site": 5,
        "days_off_site": 0,
        "deliverable_kind": "plan",
        "summary": "We planned the move.",
        "next_steps": "Start with a pilot.",
        "deliverable": plan(),
        "accepted_by": "Ines Roth",
        "accepted_on": str(clock.today()),
        "no_extra_charge": "on",
        "policies_met": "on",
        **fields,
    }


@pytest.mark.parametrize("side", ["partner", "customer", "manager"])
def test_each_party_lists_its_own_engagements(as_person, engagement, lead, side):
    EngagementFactory()
    reader = {
        "partner": lead,
        "customer": actor_of(engagement.customer, Role.BENEFIT_ADMIN),
        "manager": manager_of(engagement.voucher),
    }[side]

    response = as_person(reader.person).get(url("index", reader))

    assert rows_of(response) == [engagement]
    assert engagement.voucher.number in response.text


def test_a_project_manager_does_not_list_a_colleagues_engagement(as_person):
    engagement = EngagementFactory()
    colleague = actor_of(engagement.customer, Role.PROJECT_MANAGER)

    response = as_person(colleague.person).get(url("index", colleague))

    assert rows_of(response) == []


def test_the_list_keeps_one_state(as_person, engagement, lead):
    reported = EngagementFactory(reported=True, voucher__partner=engagement.partner)

    page = as_person(lead.person).get(url("index", lead), {"state": "reported"})

    assert rows_of(page) == [reported]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_any_number_of_rows(
    as_person, partner, rows, same_statements
):
    for _row in range(rows):
        EngagementFactory(voucher__partner=partner)
    reader = actor_of(partner, Role.DELIVERY_LEAD)
    client = as_person(reader.person)
    client.get(url("index", reader))

    # One for the rows; the others are the frame of every page.
    with same_statements():
        client.get(url("index", reader))


def test_an_empty_list_says_what_to_do(as_person, partner):
    reader = actor_of(partner, Role.DELIVERY_LEAD)

    response = as_person(reader.person).get(url("index", reader))

    assert "Reserve a voucher, then schedule its engagement here." in response.text


def test_schedule_plans_and_shows_the_engagement(as_person, voucher):
    by = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    response = as_person(by.person).post(
        url("schedule", by, voucher.number),
        {
            "starts_on": str(clock.in_days(1)),
            "ends_on": str(clock.in_days(5)),
            "lead": by.person.pk,
        },
        follow=True,
    )

    assert response.context["engagement"] == Engagement.objects.get()
    assert "The engagement is scheduled." in response.text


def test_schedule_offers_colleagues_only(as_person, voucher):
    by = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    actor_of(PartnerFactory(), Role.DELIVERY_LEAD)

    form = as_person(by.person).get(url("schedule", by, voucher.number)).context["form"]

    names = {str(person) for person in form.fields["lead"].queryset}
    reserver = voucher.reservations.get().reserved_by
    assert names == {str(by.person), str(reserver)}


def test_schedule_says_beside_the_field_what_is_wrong(as_person, voucher):
    by = actor_of(voucher.partner, Role.DELIVERY_LEAD)
    typed = {
        "starts_on": str(clock.in_days(1)),
        "ends_on": str(clock.in_days(2)),
        "lead": by.person.pk,
    }

    response = as_person(by.person).post(url("schedule", by, voucher.number), typed)

    assert "there are only 2" in response.context["form"].errors["ends_on"][0]
    assert not Engagement.objects.exists()


def test_the_voucher_of_another_partner_is_not_found(as_person, voucher):
    stranger = actor_of(PartnerFactory(), Role.DELIVERY_LEAD)

    response = as_person(stranger.person).get(url("schedule", stranger, voucher.number))

    assert response.status_code == 404


def test_a_customer_has_no_page_to_schedule(as_person, voucher):
    manager = manager_of(voucher)

    response = as_person(manager.person).get(url("schedule", manager, voucher.number))

    assert response.status_code == 404


@pytest.mark.parametrize("page", ["dates", "report", "redeem"])
def test_who_does_not_deliver_is_told_who_does(as_person, engagement, page):
    finance = actor_of(engagement.partner, Role.FINANCE)
    give_second_factor(finance.person)

    response = as_person(finance.person).get(url(page, finance, engagement.pk))

    assert response.status_code == 403
    assert "Delivery lead" in response.text


@pytest.mark.parametrize("page", ["detail", "dates", "report", "redeem"])
def test_the_engagement_of_another_partner_is_not_found(as_person, engagement, page):
    stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

    response = as_person(stranger.person).get(url(page, stranger, engagement.pk))

    assert response.status_code == 404


def step_of(client, reader, engagement):
    return client.get(url("detail", reader, engagement.pk)).context["step"]


@pytest.mark.parametrize(
    ("state", "sentence", "page"),
    [
        ("upcoming", "Deliver the engagement", ""),
        (None, "File the completion report", "report"),
        ("reported", "The report is filed", "redeem"),
        ("redeemed", "finance people request its payment", ""),
        ("paid", "Nothing is left to do", ""),
        ("called_off", "The reservation has ended", ""),
    ],
)
def test_the_page_says_what_comes_next(as_person, state, sentence, page):
    engagement = EngagementFactory(**({state: True} if state else {}))
    reader = actor_of(engagement.partner, Role.DELIVERY_LEAD)

    step = step_of(as_person(reader.person), reader, engagement)

    assert sentence in str(step.sentence)
    assert step.url == (url(page, reader, engagement.pk) if page else "")


def test_the_customer_reads_the_same_stage_in_its_own_words(as_person):
    engagement = EngagementFactory(redeemed=True)
    manager = manager_of(engagement.voucher)

    step = step_of(as_person(manager.person), manager, engagement)

    assert "Nothing is left for you to do" in str(step.sentence)
    assert (step.until, step.url) == (None, "")


def test_a_redeemed_engagement_shows_the_payment_window(as_person):
    engagement = EngagementFactory(redeemed=True)
    reader = actor_of(engagement.partner, Role.DELIVERY_LEAD)

    step = step_of(as_person(reader.person), reader, engagement)

    assert step.until.day == clock.in_days(60)


def test_dates_are_changed(as_person, engagement, lead):
    typed = {"starts_on": str(clock.in_days(2)), "ends_on": str(clock.in_days(8))}

    as_person(lead.person).post(url("dates", lead, engagement.pk), typed)

    assert Engagement.objects.get().ends_on == clock.in_days(8)


def test_a_report_is_filed_and_both_parties_download_the_deliverable(
    as_person, engagement, lead
):
    client = as_person(lead.person)
    client.post(url("report", lead, engagement.pk), report_fields())
    document = CompletionReport.objects.get().deliverable
    manager = manager_of(engagement.voucher)

    for reader in (lead, manager):
        address = reverse(
            "organization:document", args=[reader.organization.slug, document.pk]
        )
        page = as_person(reader.person).get(url("detail", reader, engagement.pk))
        assert address in page.text
        assert b"".join(client.get(address).streaming_content) == PLAN


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Pacific/Auckland", date(2026, 5, 4)), ("America/Los_Angeles", date(2026, 5, 3))],
)
def test_the_day_of_a_report_is_that_of_the_page_on_which_it_stands(zone, day):
    EngagementFactory(reported=True)
    report = CompletionReport.objects.get()
    report.filed_at = datetime(2026, 5, 3, 16, tzinfo=UTC)

    with timezone.override(zone):
        [(_title, filed), *_more] = report_facts(report)

    assert filed.startswith(f"{date_format(day)}, ")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"days_on_site": 4}, "days_on_site"),
        ({"days_on_site": 1, "days_off_site": 4}, "days_off_site"),
        ({"accepted_on": str(clock.in_days(1))}, "accepted_on"),
        ({"deliverable": plan(b"")}, "deliverable"),
        ({"deliverable": plan(b"<html>hello")}, "deliverable"),
        ({"deliverable": ""}, "deliverable"),
        ({"no_extra_charge": ""}, "no_extra_charge"),
        ({"policies_met": ""}, "policies_met"),
        ({"summary": " "}, "summary"),
    ],
)
def test_a_report_says_beside_the_field_what_is_wrong(
    as_person, engagement, lead, fields, field
):
    response = as_person(lead.person).post(
        url("report", lead, engagement.pk), report_fields(**fields)
    )

    assert list(response.context["form"].errors) == [field]
    assert not CompletionReport.objects.exists()


def test_a_deliverable_that_is_too_large_is_refused(
    as_person, engagement, lead, settings
):
    settings.DOCUMENT_MAX_BYTES = 10

    response = as_person(lead.person).post(
        url("report", lead, engagement.pk), report_fields()
    )

    assert "larger than" in response.context["form"].errors["deliverable"][0]


def test_the_report_page_says_why_not_yet(as_person):
    engagement = EngagementFactory(upcoming=True)
    reader = actor_of(engagement.partner, Role.DELIVERY_LEAD)

    response = as_person(reader.person).get(url("report", reader, engagement.pk))

    assert "The engagement has not ended yet" in response.text
    assert '<form method="post" enctype' not in response.text


def test_redeeming_asks_first(as_person):
    engagement = EngagementFactory(reported=True)
    reader = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    client = as_person(reader.person)

    page = client.get(url("redeem", reader, engagement.pk))
    assert Voucher.objects.get().state == State.RESERVED
    assert "Redeem voucher" in page.text

    client.post(url("redeem", reader, engagement.pk))
    assert Voucher.objects.get().state == State.REDEEMED


def test_redeem_pressed_twice_says_that_it_is_done(as_person):
    engagement = EngagementFactory(reported=True)
    reader = actor_of(engagement.partner, Role.DELIVERY_LEAD)
    client = as_person(reader.person)
    client.post(url("redeem", reader, engagement.pk))

    again = client.post(url("redeem", reader, engagement.pk), follow=True)

    assert "This cannot be done while the voucher is redeemed." in again.text


def test_a_report_filed_twice_says_that_it_is_done(as_person, engagement, lead):
    client = as_person(lead.person)
    client.post(url("report", lead, engagement.pk), report_fields())

    again = client.post(url("report", lead, engagement.pk), report_fields())

    assert "This cannot be done while the engagement is reported." in again.text
    assert Engagement.objects.get().state == EngagementState.REPORTED


def voucher_page(client, reader, voucher):
    return client.get(voucher.url_for(reader.organization))


def test_the_vouchers_page_leads_to_scheduling(as_person):
    voucher = VoucherFactory(reserved=True)
    reader = actor_of(voucher.partner, Role.DELIVERY_LEAD)

    page = voucher_page(as_person(reader.person), reader, voucher)

    assert url("schedule", reader, voucher.number) in page.text


def test_the_vouchers_page_shows_its_engagement_to_both(as_person, engagement, lead):
    for reader in (lead, manager_of(engagement.voucher)):
        page = voucher_page(as_person(reader.person), reader, engagement.voucher)
        assert url("detail", reader, engagement.pk) in page.text
