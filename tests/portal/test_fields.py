"""Typed days: bounded in every form, in every address and in the database."""

from datetime import date, timedelta
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse

from payments.models import Rate
from portal.fields import (
    FIRST_DAY,
    LAST_DAY,
    DayColumn,
    DayField,
    check_day,
    day_in_address,
)
from portal.roles import Duty, Role
from tests.conftest import give_second_factor
from tests.factories.payments import RateFactory
from tests.factories.portal import MembershipFactory, staff_actor
from tests.factories.vouchers import VoucherFactory

EDGES = ["9999-12-31", "0001-01-01", "2101-01-01", "1989-12-31"]
NOT_FORMS = {"launch", "migrations", "wsgi", "__main__", "settings"}
# Counted by the portal from typed days and bounded numbers, never typed.
COUNTED = {
    "enrollment.Enquiry.answer_by",
    "enrollment.Enrollment.ends_on",
    "enrollment.Enrollment.good_until",
    "enrollment.Enrollment.starts_on",
    "enrollment.Listing.until",
    "payments.PaymentRequest.due_on",
    "vouchers.Extension.before",
    "vouchers.Extension.until",
    "vouchers.Purchase.step_from",
    "vouchers.Reservation.rate_valid_from",
    "vouchers.AgreementOutlook.as_of",
    "vouchers.AgreementOutlook.idle_on",
    "vouchers.AgreementOutlook.last_use",
    "vouchers.RetirementLetter.sends_on",
    "vouchers.Voucher.expires_on",
}


def all_forms():
    """Find every form of ours, also those that are never imported by a page."""
    for app in settings.FIRST_PARTY_APPS:
        package = import_module(app)
        for module in walk_packages(package.__path__, f"{app}."):
            if not NOT_FORMS & set(module.name.split(".")):
                import_module(module.name)
    return set(below(forms.BaseForm))


def below(base):
    for each in base.__subclasses__():
        yield each
        yield from below(each)


def our_columns():
    for model in apps.get_models():
        if model.__module__.split(".")[0] in settings.FIRST_PARTY_APPS:
            for field in model._meta.concrete_fields:
                if isinstance(field, models.DateField) and not isinstance(
                    field, models.DateTimeField
                ):
                    yield field


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY, date(2028, 2, 29)])
def test_a_day_within_bounds_is_taken(day):
    check_day(day)
    assert DayField().clean(day.isoformat()) == day
    assert day_in_address(day.isoformat()) == day


@pytest.mark.parametrize(
    "day",
    [
        FIRST_DAY - timedelta(days=1),
        LAST_DAY + timedelta(days=1),
        date.min,
        date.max,
    ],
)
def test_a_day_outside_is_refused_with_a_sentence(day):
    with pytest.raises(ValidationError, match="Type a date from 1 January 1990"):
        DayField().clean(day.isoformat())
    assert day_in_address(day.isoformat()) is None


@pytest.mark.parametrize("text", ["", "2026-02-30", "today", "10000-01-01"])
def test_what_is_no_day_is_none_in_an_address(text):
    assert day_in_address(text) is None


def test_every_date_of_every_form_is_bounded():
    dated = [
        (form, name, field)
        for form in all_forms()
        if form.__module__.split(".")[0] in settings.FIRST_PARTY_APPS
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.DateField)
    ]

    assert len(dated) > 20
    for form, name, field in dated:
        for day in EDGES:
            with pytest.raises(ValidationError, match="Type a date from"):
                field.clean(day)
        assert isinstance(field, DayField), (form, name)


def test_every_date_that_the_admin_edits_is_bounded(rf, db):
    request = rf.get("/")
    request.user = staff_actor(*Duty).person
    pages = [
        page
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
        if model.__module__.split(".")[0] in settings.FIRST_PARTY_APPS
    ]

    dated = [
        field
        for page in pages
        for form in (page.get_form(request), *inline_forms(page, request))
        for field in form.base_fields.values()
        if isinstance(field, forms.DateField)
    ]

    assert len(dated) > 5
    assert {type(field) for field in dated} == {DayField}


def inline_forms(page, request):
    return [
        inline.get_formset(request).form
        for inline in page.get_inline_instances(request)
        if inline.has_add_permission(request, None)
    ]


def test_every_date_in_the_tables_is_bounded_or_counted():
    loose = {str(each) for each in our_columns() if not isinstance(each, DayColumn)}

    assert loose == COUNTED


@pytest.mark.django_db
def test_the_database_refuses_what_is_out_of_bounds():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'c'"
        )
        checks = cursor.fetchall()

    for column in our_columns():
        if isinstance(column, DayColumn):
            table, name = column.model._meta.db_table, column.column
            rule = (
                f"CHECK ((({name} >= '1990-01-01'::date)"
                f" AND ({name} <= '2100-12-31'::date)))"
            )
            assert (table, rule) in checks, str(column)


@pytest.mark.django_db
@pytest.mark.parametrize("day", EDGES)
def test_the_database_refuses_an_edge_of_the_calendar(day):
    rate = Rate.objects.filter(pk=RateFactory().pk)

    with pytest.raises(IntegrityError, match="valid_from_check"), transaction.atomic():
        rate.update(valid_from=date.fromisoformat(day))
    for edge in (FIRST_DAY, LAST_DAY):
        rate.update(valid_from=edge)


@pytest.fixture
def voucher(db):
    return VoucherFactory()


@pytest.mark.parametrize("day", [*EDGES, "99999-01-01", "0000-00-00"])
def test_no_list_breaks_at_the_ends_of_the_calendar(day, voucher, as_person):
    customer = voucher.customer
    member = MembershipFactory(
        organization=customer,
        organization_kind=customer.kind,
        roles=[Role.BENEFIT_ADMIN],
    )
    client = as_person(member.person)
    give_second_factor(member.person)
    names = ["created_from", "created_until", "last_from", "last_until"]
    for page in [
        "vouchers:index",
        "vouchers:csv",
        "vouchers:entitlement",
        "vouchers:ledger_csv",
    ]:
        for name in names:
            response = client.get(reverse(page, args=[customer.slug]), {name: day})
            assert response.status_code in {200, 302}, (page, name)


@pytest.mark.parametrize("day", [*EDGES, "99999-01-01"])
def test_no_admin_list_breaks_at_the_ends_of_the_calendar(day, voucher, client):
    person = staff_actor(*Duty).person
    give_second_factor(person)
    client.force_login(person)
    year = day.split("-")[0]
    for model, page in admin.site._registry.items():
        if page.date_hierarchy:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            for ask in ({f"{page.date_hierarchy}__year": year},):
                response = client.get(reverse(name), ask)
                assert response.status_code in {200, 302}, (name, ask)
