"""The words of the mails about days: whom they greet, what they say, where to go."""

import pytest
from django.conf import settings

from portal import clock
from portal.models import Email
from portal.roles import Duty, Role
from tests.factories.portal import actor_of, staff_actor
from tests.factories.vouchers import (
    CustomerAgreementFactory,
    VoucherFactory,
    owner_of,
    purchase_under,
)
from tests.vouchers.actions import acting
from vouchers.models import ContactPart
from vouchers.services import agreements, ledger, outlook
from vouchers.services.agreements import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def all_mails():
    """Live through everything that is told about a pool; give the mails by name."""
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    pool = CustomerAgreementFactory(
        inactive=True,
        customer__name="Müller & <Sons>",
        program__benefit_terms="<Be good>",
    )
    owner = actor_of(pool.customer, Role.BENEFIT_ADMIN)
    contact, other = (
        Contact(name, f"{name.lower()}@example.com") for name in ("Bea", "Noa")
    )
    with acting(owner):
        agreements.activate(
            pool,
            accepts="<Be good>",
            contacts={ContactPart.BENEFIT: contact},
            by=owner,
        )
        agreements.change_contacts(
            pool, contacts={ContactPart.BENEFIT: other}, by=owner
        )
    purchase_under(pool)
    agreements.adjust(pool, days=-1, reason="It's <wrong>.", by=manager)
    agreements.renew_agreement(pool, ends_on=clock.in_days(500), by=manager)
    agreements.end_agreement(
        pool, last_day=clock.in_days(-1), reason="It's <over>.", by=manager
    )
    ledger.expire_free_days()
    voucher = VoucherFactory(assigned=True)
    outlook.call_on(voucher, by=owner_of(voucher))
    return {email.key.partition(":")[0]: email for email in Email.objects.all()}


def test_every_action_on_a_pool_is_told(all_mails):
    assert sorted(all_mails) == [
        "entitlement-accrued",
        "entitlement-activated",
        "entitlement-adjusted",
        "entitlement-contact",
        "entitlement-ended",
        "entitlement-expired",
        "entitlement-renewed",
        "voucher-waits",
    ]


def test_each_mail_greets_its_reader_and_links_to_a_page(all_mails):
    for name, email in all_mails.items():
        assert email.body.startswith("Hello "), name
        assert f"\n{settings.ORIGIN}/o/" in email.body, name
        assert email.subject, name
        assert "None" not in email.body, name
        assert not {"&lt;", "&#x27;", "&amp;"} & set(email.body.split()), name


def test_the_mails_say_numbers_and_reasons(all_mails):
    assert "1 free day" in all_mails["entitlement-adjusted"].body
    assert "It's <wrong>." in all_mails["entitlement-adjusted"].body
    assert "It's <over>." in all_mails["entitlement-ended"].body
    assert "59 free days" in all_mails["entitlement-expired"].body
    assert "<Be good>" in all_mails["entitlement-activated"].body
    assert "Müller & <Sons>" in all_mails["entitlement-activated"].body
