"""The pages on which last days move: a customer's, and the sponsor's two."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import Extender
from portal import clock
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.enrollment import ProgramFactory
from tests.factories.portal import staff_actor
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from vouchers.models import Extension, PolicyException, Voucher

pytestmark = pytest.mark.django_db
ADD = reverse("admin:vouchers_policyexception_add")


@pytest.fixture
def voucher():
    agreement = CustomerAgreementFactory(
        program__extended_by=Extender.OWNER,
        program__extension_days=30,
        program__extensions_most=1,
    )
    return VoucherFactory(agreement=agreement)


@pytest.fixture
def at_desk(as_person):
    """Sign somebody with these duties in, second factor and all."""

    def sit_down(*duties):
        person = staff_actor(*duties).person
        give_second_factor(person)
        return as_person(person)

    return sit_down


def page_of(voucher):
    return reverse("vouchers:extend", args=[voucher.customer.slug, voucher.number])


def admin_of(voucher, as_person):
    give_second_factor(voucher.admin)
    return as_person(voucher.admin)


class TestCustomer:
    def test_the_page_shows_the_day_before_and_after_and_the_rule(
        self, voucher, as_person
    ):
        seen = admin_of(voucher, as_person).get(page_of(voucher)).context["prospect"]

        assert (seen.before, seen.until) == (clock.in_days(90), clock.in_days(120))
        assert seen.is_open
        assert len(seen.findings) == 6

    def test_pressing_the_button_moves_the_day(self, voucher, as_person):
        page = admin_of(voucher, as_person).post(page_of(voucher), follow=True)

        assert Voucher.objects.get().expires_on == clock.in_days(120)
        assert f"Voucher {voucher} lasts until" in page.content.decode()
        assert "Moved the last day" in page.content.decode()

    def test_a_second_press_says_why_not(self, voucher, as_person):
        browser = admin_of(voucher, as_person)
        browser.post(page_of(voucher))

        page = browser.post(page_of(voucher), follow=True)

        assert "This voucher cannot be extended." in page.content.decode()
        assert Extension.objects.count() == 1

    def test_what_cannot_be_extended_has_no_button(self, voucher, as_person):
        Voucher.objects.update(suspended_at=clock.now(), suspension_reason="Question")

        page = admin_of(voucher, as_person).get(page_of(voucher)).content.decode()

        assert "This voucher cannot be extended." in page
        assert "Extend the voucher" not in page

    @pytest.mark.parametrize(
        ("who", "is_offered"), [(Extender.OWNER, True), (Extender.SPONSOR, False)]
    )
    def test_the_vouchers_page_leads_here_where_the_program_extends(
        self, voucher, as_person, who, is_offered
    ):
        program = voucher.program
        program.extended_by = who
        program.save()

        page = admin_of(voucher, as_person).get(voucher.url_for(voucher.customer))

        assert (page_of(voucher) in page.content.decode()) == is_offered


def press(desk, voucher, **typed):
    fields = {
        "action": "extend_by_sponsor",
        "_selected_action": [voucher.pk],
        "carry_out": "1",
        **typed,
    }
    page = reverse("admin:vouchers_voucher_changelist")
    return desk.post(page, fields, follow=True)


class TestDeed:
    def test_a_program_manager_extends_one_voucher(self, voucher, at_desk):
        press(at_desk(Duty.PROGRAM_MANAGER), voucher, days="7", reason="Snow")

        assert Voucher.objects.get().expires_on == clock.in_days(97)

    @pytest.mark.parametrize(
        "typed",
        [
            {"reason": "Snow"},
            {"days": "7", "reason": ""},
            {"days": "0", "reason": "Snow"},
            {"days": "7", "until": "2040-01-01", "reason": "Snow"},
        ],
    )
    def test_the_form_asks_for_one_of_both_and_a_reason(self, voucher, at_desk, typed):
        page = press(at_desk(Duty.PROGRAM_MANAGER), voucher, **typed)

        assert page.context["form"].errors
        assert not Extension.objects.exists()

    def test_other_staff_have_no_such_button(self, voucher, at_desk):
        press(at_desk(Duty.DELIVERY_REVIEWER), voucher, days="7", reason="Snow")

        assert not Extension.objects.exists()


def typed_for(program, **more):
    return {
        "program": program.pk,
        "created_before": clock.in_days(1).isoformat(),
        "days": "90",
        "reason": "Offices are closed.",
        **more,
    }


class TestExceptions:
    def test_the_preview_comes_first_and_changes_nothing(self, voucher, at_desk):
        typed = typed_for(voucher.program, preview="1")

        page = at_desk(Duty.PROGRAM_MANAGER).post(ADD, typed)

        assert page.context["preview"].vouchers == 1
        assert voucher.number in page.content.decode()
        assert not PolicyException.objects.exists()

    def test_confirming_grants_what_was_shown(self, voucher, at_desk):
        typed = typed_for(voucher.program, grant="1", expected="1")

        page = at_desk(Duty.PROGRAM_MANAGER).post(ADD, typed, follow=True)

        assert PolicyException.objects.get().expected == 1
        assert "0 of 1 so far" in page.content.decode()

    def test_a_set_that_has_changed_is_shown_again(self, voucher, at_desk):
        typed = typed_for(voucher.program, grant="1", expected="2")

        page = at_desk(Duty.PROGRAM_MANAGER).post(ADD, typed)

        assert "The set has changed meanwhile" in page.content.decode()
        assert page.context["preview"].vouchers == 1
        assert not PolicyException.objects.exists()

    def test_confirming_twice_grants_once(self, voucher, at_desk):
        desk = at_desk(Duty.PROGRAM_MANAGER)
        typed = typed_for(voucher.program, grant="1", expected="1")
        desk.post(ADD, typed)

        page = desk.post(ADD, typed)

        assert "granted already" in page.content.decode()
        assert PolicyException.objects.count() == 1

    def test_an_empty_set_has_no_button(self, at_desk):
        typed = typed_for(ProgramFactory(), preview="1")

        page = at_desk(Duty.PROGRAM_MANAGER).post(ADD, typed).content.decode()

        assert "Nothing to extend" in page
        assert 'name="grant"' not in page

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("days", "0"),
            ("days", "-1"),
            ("reason", ""),
            ("created_before", "soon"),
            ("created_before", str(clock.today() + timedelta(days=9))),
        ],
    )
    def test_mistakes_stand_beside_their_field(self, voucher, at_desk, field, value):
        typed = typed_for(voucher.program, preview="1", **{field: value})

        page = at_desk(Duty.PROGRAM_MANAGER).post(ADD, typed)

        assert field in page.context["form"].errors
        assert page.context["preview"] is None

    @pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.DELIVERY_REVIEWER])
    def test_other_staff_only_read(self, voucher, at_desk, duty):
        typed = typed_for(voucher.program, grant="1", expected="1")

        at_desk(duty).post(ADD, typed)

        assert not PolicyException.objects.exists()

    def test_the_list_shows_how_far_each_has_come(self, voucher, at_desk):
        desk = at_desk(Duty.PROGRAM_MANAGER)
        desk.post(ADD, typed_for(voucher.program, grant="1", expected="1"))
        Extension.objects.create(
            voucher=voucher,
            customer=voucher.customer,
            kind="sponsor",
            before=voucher.expires_on,
            until=voucher.expires_on + timedelta(days=1),
            reason="Snow",
            extended_by=voucher.admin,
        )

        pages = [
            desk.get(reverse(f"admin:vouchers_{model}_changelist"))
            for model in ("policyexception", "extension")
        ]

        assert all(page.status_code == 200 for page in pages)
        assert "Offices are closed." in pages[0].content.decode()
        assert voucher.number in pages[1].content.decode()
