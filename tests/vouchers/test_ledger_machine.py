"""Random actions by everybody, in any order, on any day: no day is lost, none twice.

Two customers with pools in two programs and several partners do whatever their pages
let them do, while time passes. After each step the promises of the ledger hold. The
suite walks the same ways each time; ``LEDGER_WALKS=500`` walks so many others.
"""

import os
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from random import Random
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django_fsm import TransitionNotAllowed
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from enrollment.models import Extender
from portal import clock
from portal.findings import Refused
from portal.models import Location
from portal.reminders import remind
from portal.roles import Duty, Role
from portal.tenancy import acting_for, acting_for_all
from tests.factories.enrollment import (
    EngagementTypeFactory,
    ProgramFactory,
    eligible_partner,
)
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.factories.vouchers import ConversionRuleFactory, CustomerAgreementFactory
from tests.vouchers.actions import acting
from vouchers import tasks
from vouchers.models import (
    Account,
    CustomerAgreement,
    LedgerEntry,
    PolicyException,
    Reservation,
    State,
    Voucher,
)
from vouchers.models.states import UNUSED, WITH_PARTNER
from vouchers.services import (
    agreements,
    assignment,
    conversions,
    extensions,
    ledger,
    nightly,
    redemptions,
    reservations,
    suspension,
    vouchers,
)
from vouchers.services.assignment import Assignee
from vouchers.services.conversions import Exchange
from vouchers.services.vouchers import VoucherSpec

WALKS = int(os.environ.get("LEDGER_WALKS", "0"))
PROFILE = settings(
    max_examples=WALKS or 6,
    stateful_step_count=60 if WALKS else 40,
    derandomize=not WALKS,
    # To shorten a walk that fails takes minutes: whoever mends it asks for that.
    phases=list(Phase) if WALKS else [Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LEVELS = [1, 3, 5, 10, 15]
ACTIONS = [
    *("create_many", "suspend", "reactivate", "reissue", "convert", "adjust"),
    *("cancel_many", "end_agreement"),
    *["go_far", "assign", "reserve", "redeem", "wait"] * 3,
    *("create", "recall", "cancel", "release", "reverse", "pay"),
    *("extend", "extend_as_sponsor", "extend_many", "grant"),
]
# Hypothesis prefers small numbers; a throw of dice makes the same of each.
throws = st.integers(min_value=0, max_value=2**31)

# Each account of each pool: what its entries come to, and what the balance says.
SUMS = """
    SELECT b.agreement_id, account, sum(
            e.days * ((e.target = account)::int - (e.source = account)::int)
        ), (to_jsonb(b) ->> account)::int
    FROM vouchers_balance b CROSS JOIN unnest(%(accounts)s::text[]) AS account
    JOIN vouchers_ledgerentry e USING (agreement_id)
    GROUP BY b.agreement_id, account, b.*
"""
# What lies on each account for one voucher, by its entries.
OF_VOUCHERS = """
    SELECT v.id, v.state, v.days, v.days_used,
        coalesce(sum(e.days * ((e.target = 'held')::int - (e.source = 'held')::int)),
            0),
        coalesce(sum(e.days * ((e.target = 'delivered')::int
            - (e.source = 'delivered')::int)), 0),
        coalesce(sum(e.days * (e.target = 'paid')::int), 0),
        (SELECT count(*) FROM vouchers_reservation r
            WHERE r.voucher_id = v.id AND r.released_at IS NULL)
    FROM vouchers_voucher v LEFT JOIN vouchers_ledgerentry e ON e.voucher_id = v.id
    GROUP BY v.id
"""


def made_world():
    """Make two programs, two customers with a pool in each, and three partners."""
    rules = {
        "voucher_life_days": 30,
        "extension_days": 15,
        "extensions_most": 1,
        "extended_by": Extender.OWNER,
    }
    programs = [
        ProgramFactory(**rules, allows_fewer_days=True, reissue_days=20),
        ProgramFactory(**rules, expiry_anchor="assigned"),
    ]
    types = [
        EngagementTypeFactory(offering__program=program, lengths=LEVELS)
        for program in programs
    ]
    customers = [
        CustomerFactory(time_zone=zone) for zone in ("Asia/Taipei", "America/New_York")
    ]
    pools = [
        CustomerAgreementFactory(
            customer=customer,
            program=program,
            days=40,
            # One ends while the others go on: its days are lost, not returned.
            ends_on=clock.in_days(25 if n + m == 0 else 400),
        )
        for n, customer in enumerate(customers)
        for m, program in enumerate(programs)
    ]
    ConversionRuleFactory(
        source=programs[0], target=programs[1], source_days=2, target_days=1
    )
    partners = [eligible_partner(types[0]), eligible_partner(types[1])]
    partners.append(eligible_partner(types[0]))
    return SimpleNamespace(
        types=types,
        programs=programs,
        customers=customers,
        pools=[pool.pk for pool in pools],
        owners=[actor_of(each, Role.BENEFIT_ADMIN) for each in customers],
        managers=[actor_of(each, Role.PROJECT_MANAGER) for each in customers],
        partners=partners,
        leads=[actor_of(each, Role.DELIVERY_LEAD) for each in partners],
        reviewer=staff_actor(Duty.DELIVERY_REVIEWER, Duty.PAYMENT_RELEASER),
        program_manager=staff_actor(Duty.PROGRAM_MANAGER),
    )


class LedgerMachine(RuleBasedStateMachine):
    """Everybody's actions, as pages and tasks carry them out."""

    world = None

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.moment = clock.now()
        self.done = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.stack.close()

    def pick(self, n, *states):
        """Return a voucher, most often in a state that the action starts from."""
        rows = Voucher.objects.with_details().select_related("agreement").order_by("pk")
        if n % 5 and rows.filter(state__in=states).exists():
            rows = rows.filter(state__in=states)
        keys = list(rows.values_list("pk", flat=True))
        return rows.get(pk=keys[n % len(keys)]) if keys else None

    def owner(self, voucher):
        return self.world.owners[self.world.customers.index(voucher.customer)]

    def tried(self, action, *args, **details):
        """Do an action at this walk's moment; a refused one leaves all as it was."""
        entries = LedgerEntry.objects.count()
        try:
            with clock.set_to(self.moment), transaction.atomic():
                action(*args, **details)
        except (Refused, TransitionNotAllowed):
            assert LedgerEntry.objects.count() == entries
        else:
            self.done += 1

    def acted(self, actor, action, *args, **details):
        def as_actor():
            if actor.organization is None:
                with acting_for_all():
                    action(*args, **details, by=actor)
            else:
                with acting(actor):
                    action(*args, **details, by=actor)

        self.tried(as_actor)

    @rule(throw=throws)
    def somebody(self, throw):
        """Let somebody do one of the actions, with what two numbers choose."""
        dice = Random(throw)
        getattr(self, dice.choice(ACTIONS))(dice.randrange(1000), dice.randrange(1000))

    def go_far(self, n, k):
        """Take a voucher as far as a partner's hold, which single steps seldom do."""
        for name in ("create", "assign", "reserve"):
            getattr(self, name)(n * 5 + 1, k)

    def create(self, n, k):
        pool, days = n % 4, LEVELS[k % 3]
        agreement = CustomerAgreement.objects.with_pool().get(pk=self.world.pools[pool])
        wanted = VoucherSpec(self.world.types[pool % 2], days, "DE")
        owner = self.world.owners[pool // 2]
        self.acted(owner, vouchers.create, agreement, [wanted])

    def create_many(self, n, k):
        """Make a few at once, every other one given out in the same act."""
        agreement = CustomerAgreement.objects.with_pool().get(
            pk=self.world.pools[n % 4]
        )
        owner = self.world.owners[n % 4 // 2]
        to = Assignee(owner.person) if k % 2 else None
        wanted = [
            VoucherSpec(self.world.types[n % 2], LEVELS[k % 2], "DE", to=to)
            for _each in range(1 + k % 4)
        ]
        self.acted(owner, vouchers.create, agreement, wanted)

    def cancel_many(self, n, k):
        owner = self.world.owners[n % 2]
        mine = Voucher.objects.visible_to(owner).order_by("pk")
        keys = mine.filter(state__in=[State.CREATED, State.ASSIGNED])
        some = list(keys.values_list("pk", flat=True)[k % 3 : k % 3 + 2])
        chosen = Voucher.objects.filter(pk__in=some)
        self.acted(owner, vouchers.cancel, chosen)

    def reissue(self, n, _k):
        voucher = self.pick(n, State.EXPIRED)
        if voucher:
            self.acted(self.owner(voucher), vouchers.reissue, voucher)

    def suspend(self, n, _k):
        voucher = self.pick(n, *UNUSED)
        if voucher:
            by = self.world.program_manager
            self.acted(by, suspension.suspend, voucher, reason="A question.")

    def reactivate(self, n, _k):
        asleep = (
            Voucher.objects.with_details().exclude(suspended_at=None).order_by("pk")
        )
        if asleep:
            voucher, by = asleep[n % len(asleep)], self.world.program_manager
            self.acted(by, suspension.reactivate, voucher, reason="It is answered.")

    def convert(self, n, k):
        """Turn days of the first program into days of the second, one way."""
        pools = CustomerAgreement.objects.with_pool()
        source, target = (
            pools.get(pk=self.world.pools[2 * (n % 2) + m]) for m in (0, 1)
        )
        exchange = Exchange(source, target, 2 * (k % 4), uuid4())
        self.acted(self.world.owners[n % 2], conversions.convert, exchange)

    def adjust(self, n, k):
        agreement = CustomerAgreement.objects.with_pool().get(
            pk=self.world.pools[n % 4]
        )
        by, reason = self.world.program_manager, f"Correction {self.done}"
        self.acted(by, agreements.adjust, agreement, days=k % 20 - 10, reason=reason)

    def end_agreement(self, n, k):
        """End an agreement early; seldom, since little can be done after it."""
        if k % 6:
            return
        agreement = CustomerAgreement.objects.get(pk=self.world.pools[n % 4])
        last_day = clock.day_of(self.moment) + timedelta(days=k % 5)
        by, action = self.world.program_manager, agreements.end_agreement
        self.acted(by, action, agreement, last_day=last_day, reason="It moved.")

    def assign(self, n, k):
        partner, own = [None, None, 0, 1, 2][k % 5], k % 2
        voucher = self.pick(n, State.CREATED, State.ASSIGNED)
        if voucher is None:
            return
        owner = self.owner(voucher)
        manager = self.world.managers[self.world.owners.index(owner)]
        self.acted(
            owner,
            assignment.assign,
            [voucher],
            Assignee(
                (owner if own else manager).person,
                None if partner is None else self.world.partners[partner],
            ),
        )

    def recall(self, n, _k):
        voucher = self.pick(n, State.ASSIGNED)
        if voucher:
            self.acted(self.owner(voucher), assignment.recall, [voucher])

    def cancel(self, n, _k):
        voucher = self.pick(n, State.CREATED, State.ASSIGNED)
        if voucher:
            self.acted(self.owner(voucher), vouchers.cancel, [voucher])

    def reserve(self, n, k):
        voucher = self.pick(n, State.ASSIGNED)
        if voucher:
            named = [
                each
                for each in self.world.leads
                if k % 4 and each.organization == voucher.partner
            ]
            actor = (named or self.world.leads)[k % len(named or self.world.leads)]
            place = Location.objects.filter(organization=actor.organization).first()
            self.acted(
                actor, reservations.reserve, voucher, location=place, accepts_terms=True
            )

    def release(self, n, k):
        voucher = self.pick(n, State.RESERVED)
        if voucher is None or voucher.partner is None:
            return
        if k % 3 == 0:
            action, by = reservations.release_silent, self.world.program_manager
            self.acted(by, action, voucher, reason="No answer.")
        else:
            lead = self.world.leads[self.world.partners.index(voucher.partner)]
            self.acted(lead, reservations.release, voucher, reason="changed")

    def redeem(self, n, k):
        voucher = self.pick(n, State.RESERVED)
        if voucher:
            days = voucher.days - (k % 3 if k % 2 else 0)
            self.acted(self.world.reviewer, redemptions.redeem, voucher, days=days)

    def reverse(self, n, _k):
        voucher = self.pick(n, State.REDEEMED)
        if voucher:
            self.acted(
                self.world.reviewer, redemptions.reverse, voucher, reason="A mistake."
            )

    def pay(self, n, _k):
        voucher = self.pick(n, State.REDEEMED)
        if voucher:
            self.acted(self.world.reviewer, redemptions.pay, [voucher])

    def extend(self, n, _k):
        voucher = self.pick(n, *UNUSED)
        if voucher:
            self.acted(self.owner(voucher), extensions.extend, voucher)

    def extend_as_sponsor(self, n, k):
        voucher = self.pick(n, *UNUSED)
        if voucher:
            action = extensions.extend_by_sponsor
            by = self.world.program_manager
            self.acted(by, action, voucher, days=k % 20 - 1, reason="Illness")

    def extend_many(self, n, k):
        with clock.set_to(self.moment):
            exception = PolicyException(
                program=self.world.programs[n % 2],
                created_before=clock.today(),
                days=1 + k % 30,
                reason=f"Exception {self.moment}",
            )
            expected = exception.reaches().count()
        action, by = extensions.grant_exception, self.world.program_manager
        self.acted(by, action, exception, expected=expected)
        self.tried(tasks.apply_exceptions)

    def grant(self, n, k):
        agreement = CustomerAgreement.objects.get(pk=self.world.pools[n % 4])
        note = f"Order {self.done}"
        by = self.world.program_manager
        self.acted(by, agreements.grant, agreement, days=k % 10, note=note)

    def wait(self, n, _k):
        """Let days pass, and the clock do its work in the last night."""
        self.moment += timedelta(days=[1, 2, 4, 9][n % 4])
        self.tried(tasks.expire_overdue)
        self.tried(partial(remind, nightly.REMINDER))
        self.tried(ledger.expire_free_days)

    @invariant()
    def every_balance_is_the_sum_of_its_ledger(self):
        left = Counter()
        for pool, account, found, balance in asked(SUMS, accounts=Account.values):
            left[pool] += found
            if account != Account.SPONSOR:
                assert found == balance
                assert found >= 0
        assert set(left.values()) == {0}, "days in are days out and days held"

    @invariant()
    def every_voucher_holds_its_days_and_its_partner(self):
        for row in asked(OF_VOUCHERS):
            _key, state, days, used, held, delivered, paid, live = row
            assert held == (days if state in UNUSED else 0)
            assert delivered == (used if state == State.REDEEMED else 0)
            assert paid == (used if state == State.PAID else 0)
            assert live == (1 if state in WITH_PARTNER else 0)

    @invariant()
    def nobody_sees_what_is_anothers(self):
        parties = [*self.world.customers, *self.world.partners]
        party = parties[self.done % len(parties)]
        own = {
            key
            for key, *sides in Voucher.objects.values_list("pk", "customer", "partner")
            if party.pk in sides
        }
        is_customer = party in self.world.customers
        entries = LedgerEntry.objects.filter(customer=party).count()
        with acting_for(party.pk):
            assert set(Voucher.objects.values_list("pk", flat=True)) == own
            assert LedgerEntry.objects.count() == (entries if is_customer else 0)
            held = Reservation.objects.values_list("customer", "partner")
            assert all(party.pk in sides for sides in held)

    @invariant()
    def what_is_checked_late_holds_too(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def asked(sql, **values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@pytest.mark.django_db
def test_whatever_people_do_no_day_is_lost_and_none_is_there_twice():
    LedgerMachine.world = made_world()

    run_state_machine_as_test(LedgerMachine, settings=PROFILE)
