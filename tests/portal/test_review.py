"""What the sponsor's people do to records: to any number, once, and told in numbers."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from enrollment.models import Offering, Program, ProgramRequirement
from portal import clock
from portal.admin_base import MOST_SHOWN, ReviewAdmin
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import ExamFactory, OfferingFactory, ProgramFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.forms import form_of
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db
VOUCHERS = reverse("admin:vouchers_voucher_changelist")
EXTEND = {"action": "extend_by_sponsor", "index": 0}


@pytest.fixture
def desk(as_person):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    return as_person(person)


@pytest.fixture
def agreement():
    return CustomerAgreementFactory(days=10_000)


def chosen_by_query(desk, address):
    """Choose all records of a list, as its link for that does."""
    first = Voucher.objects.values_list("pk", flat=True)[0]
    fields = {**EXTEND, "select_across": 1, "_selected_action": first}
    return desk.post(address, fields)


def extended():
    return Voucher.objects.filter(extensions__isnull=False).count()


class TestManyRecords:
    def test_the_query_is_carried_and_not_the_keys(self, desk, agreement):
        count = MOST_SHOWN + 3
        VoucherFactory.create_batch(count, agreement=agreement)
        VoucherFactory(agreement=agreement, suspended=True)
        address = f"{VOUCHERS}?suspended_at__isempty=1"

        page = chosen_by_query(desk, address)
        form = form_of(page).fields
        assert "And 3 more records." in page.text
        assert form["count"] == [str(count)]
        assert len(form["_selected_action"]) == 1
        done = desk.post(address, form | {"days": 10, "reason": "Illness"}, follow=True)

        assert extended() == count
        assert f"Extend the voucher: done to {count} records." in done.text

    def test_a_number_that_has_changed_is_asked_about(self, desk, agreement):
        VoucherFactory.create_batch(2, agreement=agreement)
        form = form_of(chosen_by_query(desk, VOUCHERS)).fields
        VoucherFactory(agreement=agreement)

        typed = form | {"days": 10, "reason": "Illness"}
        asked = desk.post(VOUCHERS, typed, follow=True)

        assert extended() == 0
        assert "This page named 2 records; now it would be 3." in asked.text
        desk.post(VOUCHERS, form_of(asked).fields)
        assert extended() == 3

    def test_nothing_done_is_no_success(self, desk, agreement):
        vouchers = VoucherFactory.create_batch(12, agreement=agreement, cancelled=True)
        keys = [each.pk for each in vouchers]
        fields = {**EXTEND, "_selected_action": keys, "carry_out": 1}

        told = desk.post(VOUCHERS, {**fields, "days": 1, "reason": "X"}, follow=True)

        assert extended() == 0
        assert "Not done to 2 more records." in told.text
        assert "done to 0" not in told.text

    def test_keys_come_from_the_list_and_not_from_the_form(self, desk, agreement):
        fields = {**EXTEND, "_selected_action": ["999999"], "carry_out": 1}

        told = desk.post(VOUCHERS, {**fields, "days": 1, "reason": "X"}, follow=True)

        assert "No record is left: nothing was done." in told.text


class TestSaving:
    def test_what_cannot_be_saved_is_tried_once_and_said_in_the_form(
        self, desk, monkeypatch
    ):
        program, tries = ProgramFactory(), []

        def refuse(self, request, obj, form, change):
            tries.append(obj)
            raise Refused("Not today.", field="payment_due_days")

        monkeypatch.setattr(type(admin.site._registry[Program]), "save_model", refuse)
        address = reverse("admin:enrollment_program_change", args=[program.pk])

        answer = desk.post(address, form_of(desk.get(address)).fields)

        assert len(tries) == 1
        assert answer.status_code == 200
        form = answer.context["adminform"].form
        assert form.errors == {"payment_due_days": ["Not today."]}

    def test_every_form_says_what_was_refused(self):
        request = RequestFactory().post("/")
        request.user = staff_actor(*Duty).person
        request.refusal = Refused("Not today.")
        pages = [
            page
            for page in admin.site._registry.values()
            if isinstance(page, ReviewAdmin) and page.has_add_permission(request)
        ]

        assert len(pages) > 10
        for page in pages:
            if type(page).add_view is ReviewAdmin.add_view:
                form = page.get_form(request, None)
                assert form.__name__ == "RefusingForm", page

    def test_a_rule_that_is_refused_takes_the_record_back_too(self, desk):
        program = ProgramFactory()
        exam = ExamFactory()
        ProgramRequirement.objects.create(program=program, kind="training", exam=exam)
        address = reverse("admin:enrollment_program_change", args=[program.pk])
        old = form_of(desk.get(address)).fields
        rule = ProgramRequirement.objects.get()
        rule.valid_until = clock.in_days(9)
        rule.save()

        told = desk.post(
            address,
            old | {"payment_due_days": 40, "requirements-0-valid_from": "2020-01-01"},
        )

        assert Program.objects.get(pk=program.pk).payment_due_days == 30
        assert "changed after this page was opened" in told.text
        assert not AuditEntry.objects.exists()

    def test_an_old_page_of_an_offering_moves_no_end(self, desk):
        offering = OfferingFactory()
        address = reverse("admin:enrollment_offering_change", args=[offering.pk])
        old = form_of(desk.get(address)).fields
        desk.post(address, old | {"closes_on": "2030-01-01"})

        told = desk.post(address, old | {"closes_on": "2031-01-01"})

        assert str(Offering.objects.get(pk=offering.pk).closes_on) == "2030-01-01"
        assert "from nothing to" in told.text
