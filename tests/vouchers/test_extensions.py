"""The last day of one voucher: who moves it, how far, how often, and what it leaves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from enrollment.models import Extender, Program
from portal import clock
from portal.findings import Refused, unmet_findings
from portal.models import AuditEntry, Email
from portal.reminders import remind
from portal.roles import Duty
from portal.tenancy import acting_for_all
from tests.factories.portal import staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    manager_of,
    owner_of,
)
from tests.vouchers.actions import acting, recorded, told
from vouchers import tasks
from vouchers.models import Extension, Voucher
from vouchers.services import assignment, extensions, nightly, suspension
from vouchers.services.assignment import Assignee

pytestmark = pytest.mark.django_db


def extensible(**fields):
    rule = {
        "extended_by": Extender.OWNER,
        "extension_days": 30,
        "extensions_most": 1,
        **fields.pop("rule", {}),
    }
    voucher = VoucherFactory(**fields)
    Program.objects.filter(pk=voucher.program.pk).update(**rule)
    return Voucher.objects.with_details().get(pk=voucher.pk)


def extend(voucher, actor):
    with acting(actor):
        return extensions.extend(voucher, by=actor)


def not_met(refusal):
    return [str(finding.rule) for finding in unmet_findings(refusal.value.findings)]


def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


def test_an_admin_moves_the_last_day_by_the_rule():
    voucher = extensible(reserved=True)
    before = voucher.expires_on

    extension = extend(voucher, owner_of(voucher))

    after = before + timedelta(days=30)
    assert (extension.before, extension.until, extension.kind) == (
        before,
        after,
        "rule",
    )
    assert Voucher.objects.get().expires_on == after
    entry = AuditEntry.objects.get(verb="voucher.extended")
    assert entry.changes == {"expires_on": [str(before), str(after)]}
    assert entry.parties == sorted([voucher.customer_id, voucher.partner_id])


def test_both_sides_are_told_of_an_extension():
    voucher = extensible(reserved=True)
    lead = voucher.reservations.get().reserved_by

    extend(voucher, owner_of(voucher))

    people = (voucher.admin, voucher.project_manager, lead)
    assert told() == sorted(("voucher-extended", each.email) for each in people)


def test_a_project_manager_extends_where_the_program_says_so():
    voucher = extensible(assigned=True, rule={"extended_by": Extender.MANAGER})

    assert extend(voucher, manager_of(voucher)).kind == "rule"


@pytest.mark.parametrize(
    ("fields", "rule", "unmet_rule"),
    [
        ({}, {"extended_by": Extender.SPONSOR}, "Who extends"),
        ({}, {"extensions_most": 0}, "How often"),
        ({}, {"extension_days": 0}, "How often"),
        ({}, {"extended_life_days": 90}, "How long"),
        ({"redeemed": True}, {}, "The voucher can still be used"),
        ({"cancelled": True}, {}, "The voucher can still be used"),
        ({"expired": True}, {}, "The voucher can still be used"),
        ({"expires_on": clock.in_days(-1)}, {}, "The voucher can still be used"),
        ({"agreement__ended": True}, {}, "The agreement runs"),
        ({}, {"redemption_ends_on": clock.in_days(90)}, "The program goes on"),
    ],
)
def test_what_stands_against_an_extension_is_named(fields, rule, unmet_rule):
    voucher = extensible(rule=rule, **fields)
    before = voucher.expires_on

    with pytest.raises(Refused) as refusal:
        extend(voucher, owner_of(voucher))

    assert not_met(refusal) == [unmet_rule]
    assert Voucher.objects.get().expires_on == before
    assert recorded() == []


def test_a_project_manager_is_refused_where_only_admins_extend():
    voucher = extensible(assigned=True)

    with pytest.raises(Refused) as refusal:
        extend(voucher, manager_of(voucher))

    assert not_met(refusal) == ["Who extends"]


def test_a_suspended_voucher_is_not_extended():
    voucher = extensible()
    Voucher.objects.update(suspended_at=clock.now(), suspension_reason="A question.")

    with pytest.raises(Refused) as refusal:
        extend(voucher, owner_of(voucher))

    assert not_met(refusal) == ["The voucher can still be used"]


def test_the_rule_extends_as_often_as_it_says():
    voucher = extensible(rule={"extensions_most": 2})
    owner = owner_of(voucher)
    for _time in range(2):
        extend(voucher, owner)

    with pytest.raises(Refused) as refusal:
        extend(voucher, owner)

    assert not_met(refusal) == ["How often"]
    assert Extension.objects.count() == 2


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"extended_life_days": 100}, 100),
        ({"redemption_ends_on": clock.in_days(95)}, 95),
    ],
)
def test_an_extension_stops_at_the_longest_life_and_the_last_redemption(rule, days):
    voucher = extensible(rule=rule)

    assert extend(voucher, owner_of(voucher)).until == clock.in_days(days)


def test_the_sponsor_extends_by_days_or_to_a_date():
    voucher = VoucherFactory()
    last_day = voucher.expires_on

    extensions.extend_by_sponsor(voucher, days=10, reason="Illness", by=manager())
    extensions.extend_by_sponsor(
        voucher, until=last_day + timedelta(days=40), reason="Snow", by=manager()
    )

    moves = list(Extension.objects.order_by("pk").values_list("kind", "reason"))
    assert moves == [("sponsor", "Illness"), ("sponsor", "Snow")]
    assert Voucher.objects.get().expires_on == last_day + timedelta(days=40)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": "Snow"}, "days"),
        ({"days": 5, "until": clock.in_days(99), "reason": "Snow"}, "days"),
        ({"days": 5, "reason": " "}, "reason"),
        ({"until": clock.in_days(90), "reason": "Snow"}, "until"),
        ({"days": 11, "reason": "Snow"}, "days"),
    ],
)
def test_the_sponsor_is_refused_beside_the_field(typed, field):
    voucher = VoucherFactory()
    Program.objects.update(redemption_ends_on=clock.in_days(100))
    voucher = Voucher.objects.with_details().get()

    with pytest.raises(Refused) as refusal:
        extensions.extend_by_sponsor(voucher, **typed, by=manager())

    assert refusal.value.field == field
    assert not Extension.objects.exists()


def test_only_program_managers_make_exceptions():
    with pytest.raises(Refused):
        extensions.extend_by_sponsor(
            VoucherFactory(),
            days=5,
            reason="Snow",
            by=staff_actor(Duty.DELIVERY_REVIEWER),
        )


def test_raw_sql_moves_no_last_day_without_saying_why():
    VoucherFactory()

    with (
        pytest.raises(DatabaseError, match="moves by an extension only"),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE vouchers_voucher SET expires_on = expires_on + 1")


@pytest.mark.parametrize("kind", ["sponsor", "suspension"])
def test_a_customer_cannot_call_its_own_extension_the_sponsors(kind):
    voucher = VoucherFactory()
    owner = owner_of(voucher)

    with pytest.raises(DatabaseError, match="row-level security"), acting(owner):
        Extension.objects.create(
            voucher=voucher,
            customer=voucher.customer,
            kind=kind,
            before=voucher.expires_on,
            until=voucher.expires_on + timedelta(days=1),
            reason="So be it.",
            extended_by=owner.person,
        )


def test_reminders_begin_anew_for_the_new_last_day():
    voucher = extensible(expires_on=clock.in_days(14), rule={"extension_days": 45})
    remind(nightly.REMINDER)

    extend(voucher, owner_of(voucher))
    remind(nightly.REMINDER)

    reminder_offsets = [
        email.key.split(":")[2:4]
        for email in Email.objects.filter(key__startswith="voucher-expires")
    ]
    assert sorted(reminder_offsets) == [
        [str(clock.in_days(14)), "14"],
        [str(clock.in_days(59)), "60"],
    ]


def test_an_extended_voucher_does_not_expire_on_its_old_day():
    voucher = extensible(expires_on=clock.today())
    extend(voucher, owner_of(voucher))

    with clock.set_to(clock.now() + timedelta(days=2)):
        assert tasks.expire_overdue() == 0


def test_a_life_counted_from_the_assignment_begins_with_the_first_one():
    agreement = CustomerAgreementFactory(
        program__expiry_anchor="assigned", program__voucher_life_days=100
    )
    voucher = VoucherFactory(agreement=agreement, expires_on=clock.in_days(50))
    owner = owner_of(voucher)

    with acting(owner):
        assignment.assign([voucher], Assignee(owner.person), by=owner)
    again = clock.now() + timedelta(days=10)
    with clock.set_to(again), acting(owner):
        assignment.recall([voucher], by=owner)
        assignment.assign([voucher], Assignee(owner.person), by=owner)

    with acting_for_all():
        assert Voucher.objects.get().expires_on == clock.in_days(100)


def counted_from_assignment(**fields):
    agreement = CustomerAgreementFactory(
        program__expiry_anchor="assigned", program__voucher_life_days=100
    )
    return VoucherFactory(agreement=agreement, **fields)


def first_assigned(voucher):
    owner = owner_of(voucher)
    with acting(owner):
        assignment.assign([voucher], Assignee(owner.person), by=owner)
    with acting_for_all():
        return Voucher.objects.get(pk=voucher.pk).expires_on


@pytest.mark.parametrize(
    ("promised", "kept"), [(99, 100), (100, 100), (101, 101), (200, 200)]
)
def test_the_first_assignment_keeps_the_later_of_two_days(promised, kept):
    voucher = counted_from_assignment(expires_on=clock.in_days(promised))

    assert first_assigned(voucher) == clock.in_days(kept)


def test_an_extension_is_not_lost_at_the_first_assignment():
    voucher = counted_from_assignment(expires_on=clock.in_days(60))
    extensions.extend_by_sponsor(
        voucher, until=clock.in_days(160), reason="Asked for.", by=manager()
    )
    voucher = Voucher.objects.with_details().get()

    assert first_assigned(voucher) == clock.in_days(160)


def test_days_of_a_suspension_are_not_lost_at_the_first_assignment():
    voucher = counted_from_assignment(expires_on=clock.in_days(98))
    suspension.suspend(voucher, reason="A question is open.", by=manager())
    with clock.set_to(clock.now() + timedelta(days=30)):
        suspension.reactivate(
            Voucher.objects.get(), reason="It is answered.", by=manager()
        )
    promised = Voucher.objects.get().expires_on

    assert first_assigned(Voucher.objects.with_details().get()) == promised
    assert promised == clock.in_days(128)


def test_the_database_refuses_an_earlier_last_day():
    voucher = counted_from_assignment(expires_on=clock.in_days(98))
    row = Voucher.objects.filter(pk=voucher.pk)

    with pytest.raises(DatabaseError, match="never comes earlier"), acting_for_all():
        row.update(
            state="assigned",
            assigned_at=clock.now(),
            project_manager=owner_of(voucher).person,
            expires_on=clock.in_days(97),
        )
