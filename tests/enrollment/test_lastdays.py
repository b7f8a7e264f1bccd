"""The last days of programs and offerings, as findings."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from enrollment.eligibility.rules import last_days
from enrollment.models import BusinessProfile, Listing, Offering, Program
from enrollment.services import directory
from portal import clock
from portal.findings import Refused, refuse_unless
from portal.roles import Duty, Role
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    EngagementTypeFactory,
    OfferingFactory,
    ProgramFactory,
    eligible_partner,
)
from tests.factories.portal import actor_of, staff_actor

LAST = date(2021, 6, 30)
STEPS = [
    ("creation_ends_on", last_days.CREATION),
    ("creation_ends_on", last_days.ASSIGNMENT),
    ("reservation_ends_on", last_days.RESERVATION),
    ("redemption_ends_on", last_days.REDEMPTION),
]


def offering_with(**days):
    of_program = {name[8:]: day for name, day in days.items() if name[:8] == "program_"}
    own = {name: day for name, day in days.items() if name[:8] != "program_"}
    return Offering(code="O", program=Program(**of_program), **own)


@pytest.mark.parametrize(("field", "rule"), STEPS)
def test_the_last_day_belongs_to_the_action_and_the_next_does_not(field, rule):
    offering = offering_with(**{f"program_{field}": LAST})

    on_it, after = (
        rule.finding(offering, LAST),
        rule.finding(offering, LAST + timedelta(days=1)),
    )

    assert (on_it.holds, on_it.until) == (True, LAST)
    assert (after.holds, after.since) == (False, date(2021, 7, 1))
    assert "30 June 2021" in after.found
    assert after.fix
    assert after.who


@pytest.mark.parametrize(("field", "rule"), STEPS)
def test_the_earlier_of_offering_and_program_counts(field, rule):
    own = offering_with(**{field: LAST, f"program_{field}": date(2021, 12, 31)})
    of_program = offering_with(**{field: date(2021, 12, 31), f"program_{field}": LAST})

    assert rule.finding(own, LAST).until == rule.finding(of_program, LAST).until == LAST


@pytest.mark.parametrize(("field", "rule"), STEPS)
def test_without_a_last_day_everything_is_open(field, rule):
    finding = rule.finding(offering_with(), date(2999, 1, 1))

    assert (finding.holds, finding.until) == (True, None)
    assert finding.found == "No last day is set."


@pytest.mark.parametrize(("field", "rule"), STEPS)
def test_a_finding_stays_in_the_language_of_its_moment(field, rule):
    with translation.override("zh-hant"):
        finding = rule.finding(offering_with(**{field: LAST}), date(2021, 7, 1))
        then = [str(finding.rule), str(finding.needed), str(finding.fix)]

    assert [str(finding.rule), str(finding.needed), str(finding.fix)] == then
    assert then[0] != str(rule.title)


def test_a_program_grants_days_until_its_last_day_of_accrual():
    program = Program(accrual_ends_on=date(2021, 2, 1))

    assert last_days.ACCRUAL.finding(program, date(2021, 2, 1)).holds
    assert not last_days.ACCRUAL.finding(program, date(2021, 2, 2)).holds


def test_a_refusal_carries_the_finding_and_its_words():
    finding = last_days.CREATION.finding(
        offering_with(creation_ends_on=LAST), date(2021, 7, 1)
    )

    with pytest.raises(Refused) as refusal:
        refuse_unless(finding, field="engagement_type")

    assert str(refusal.value) == "Vouchers could be created until 30 June 2021."
    assert refusal.value.findings == [finding]
    assert refusal.value.field == "engagement_type"


def ending_type(days):
    last = clock.in_days(days)
    return EngagementTypeFactory(offering__program__reservation_ends_on=last)


@pytest.mark.django_db
def test_the_directory_lists_a_partner_until_the_last_day_to_reserve():
    type_ = ending_type(10)
    partner = eligible_partner(type_)

    directory.refresh_listings([partner])

    assert Listing.objects.get().until == clock.in_days(10)


@pytest.mark.django_db
def test_after_the_last_day_to_reserve_the_directory_lists_nothing():
    partner = eligible_partner(ending_type(-1))

    directory.refresh_listings([partner])

    assert not Listing.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "words"),
    [(10, "Vouchers can be reserved until"), (-1, "No vouchers can be reserved after")],
)
def test_the_eligibility_page_tells_the_last_day_to_reserve(as_person, days, words):
    type_ = ending_type(days)
    admin = actor_of(eligible_partner(type_), Role.PARTNER_ADMIN)
    code = type_.offering.program.code

    page = as_person(admin.person).get(
        reverse("enrollment:eligibility", args=[admin.organization.slug, code])
    )

    assert words in page.text


@pytest.mark.django_db
def test_the_eligibility_page_is_silent_where_no_day_is_set(as_person):
    type_ = EngagementTypeFactory()
    admin = actor_of(eligible_partner(type_), Role.PARTNER_ADMIN)
    code = type_.offering.program.code

    page = as_person(admin.person).get(
        reverse("enrollment:eligibility", args=[admin.organization.slug, code])
    )

    assert "Last day to reserve" not in page.text


def change_page(row):
    return reverse(f"admin:enrollment_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def manager(db):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    return person


def everything_typed(response):
    """Return what a browser would send back of an unchanged form."""
    admin_form = response.context["adminform"].form
    formsets = [each.formset for each in response.context["inline_admin_formsets"]]
    typed = {}
    for form in [admin_form, *(each.management_form for each in formsets)]:
        for bound in form:
            value = bound.field.prepare_value(bound.value())
            typed[bound.html_name] = "" if value is None else value
    return typed


@pytest.mark.parametrize("made", [ProgramFactory, OfferingFactory])
def test_every_field_stands_under_a_heading(as_person, manager, made):
    row = made()

    response = as_person(manager).get(change_page(row))

    shown = {
        name
        for fieldset in response.context["adminform"].fieldsets
        for name in fieldset[1]["fields"]
    }
    editable = {f.name for f in row._meta.fields if f.editable and not f.primary_key}
    assert shown == editable


def test_days_typed_directly_hold_and_a_warning_names_the_plan(as_person, manager):
    program = ProgramFactory()
    client = as_person(manager)
    typed = everything_typed(client.get(change_page(program)))

    kept = client.post(
        change_page(program), typed | {"creation_ends_on": "2030-06-30"}, follow=True
    )

    assert Program.objects.get().creation_ends_on == date(2030, 6, 30)
    assert "A retirement plan shows whom they touch" in kept.text


def test_other_changes_of_a_program_warn_of_nothing(as_person, manager):
    program = ProgramFactory()
    client = as_person(manager)
    typed = everything_typed(client.get(change_page(program)))

    kept = client.post(change_page(program), typed | {"name": "Another"}, follow=True)

    assert Program.objects.get().name == "Another"
    assert "A retirement plan shows" not in kept.text


@pytest.mark.django_db
def test_the_directory_says_after_which_day_nothing_can_be_reserved(client):
    partner = eligible_partner(ending_type(10))
    profile = BusinessProfile.objects.get(partner=partner)
    directory.refresh_listings([partner])
    partner.is_listed = True
    partner.save()

    page = client.get(
        reverse("directory:partner", args=[partner.slug, profile.country.lower()])
    )

    assert "no vouchers can be reserved after" in page.text


def test_free_days_are_there_until_the_day_before_they_end():
    program = Program(pool_wipe_on=date(2021, 7, 1))

    assert last_days.FREE_DAYS.finding(program, date(2021, 6, 30)).until == date(
        2021, 6, 30
    )
    assert not last_days.FREE_DAYS.finding(program, date(2021, 7, 1)).holds
