"""Training vouchers as a second program: rows of data, and not a line of code."""

from uuid import uuid4

import pytest

from enrollment.models import EngagementType, Offering, Program
from portal import clock
from portal.roles import Duty, Role
from tests.factories.portal import CustomerFactory, actor_of, staff_actor
from tests.vouchers.actions import accounts, acting
from vouchers.models import (
    ContactPart,
    ConversionRule,
    CustomerAgreement,
    DayScale,
    LicensedProduct,
    PointRule,
)
from vouchers.services import accrual, agreements, conversions, vouchers
from vouchers.services.accrual import Order
from vouchers.services.agreements import Contact
from vouchers.services.conversions import Exchange
from vouchers.services.vouchers import VoucherSpec

pytestmark = pytest.mark.django_db


def program_of(code, name):
    """Make a program as its managers do in the admin: with points and a scale."""
    program = Program.objects.create(
        code=code, name=name, benefit_terms=f"{name} (demo)"
    )
    product = LicensedProduct.objects.create(
        program=program, code="office", name="Office"
    )
    since = clock.in_days(-900)
    PointRule.objects.create(product=product, points_per_licence=1, valid_from=since)
    DayScale.objects.create(program=program, min_points=10, days=12, valid_from=since)
    offering = Offering.objects.create(program=program, code=code, name=name)
    EngagementType.objects.create(
        offering=offering, slug=code.lower(), name=name, lengths=[1, 3, 5]
    )
    return program


def pool_of(program, owner, manager):
    """Open, activate and fill an agreement; gives it."""
    agreement = CustomerAgreement(
        customer=owner.organization,
        program=program,
        licensing_id="V0000001",
        starts_on=clock.in_days(-30),
        ends_on=clock.in_days(900),
    )
    agreements.open_agreement(agreement, days=0, by=manager)
    contact = Contact(owner.person.name, owner.person.email)
    with acting(owner):
        agreements.activate(
            agreement,
            accepts=program.benefit_terms,
            contacts={ContactPart.BENEFIT: contact},
            by=owner,
        )
    order = Order("PO-1", clock.in_days(-5), 3, {"office": 40})
    accrual.accrue(agreement, order, by=manager)
    return agreement


def test_training_days_become_planning_days_and_both_make_vouchers():
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    planning = program_of("SADPS", "Planning Services")
    training = program_of("SATV", "Training Vouchers")
    planned, trained = (pool_of(each, owner, manager) for each in (planning, training))
    ConversionRule.objects.create(
        source=training, target=planning, source_days=3, target_days=1, is_demo=True
    )

    with acting(owner):
        conversions.convert(Exchange(trained, planned, 6, uuid4()), by=owner)
        for pool in (planned, trained):
            kind = EngagementType.objects.get(offering__program=pool.program)
            vouchers.create(pool, [VoucherSpec(kind, 5, "DE")], by=owner)

    assert accounts(planned)[:2] == (12 + 2 - 5, 5)
    assert accounts(trained)[:2] == (12 - 6 - 5, 5)
    assert [str(each) for each in (planned, trained)] == ["V0000001"] * 2
