"""The mails about vouchers: whole sentences, a next step, a date and a link."""

from datetime import date

import pytest
from django.conf import settings
from django.utils.formats import date_format

from portal import mail
from portal.models import Email
from portal.roles import Role
from tests.factories.portal import actor_of
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from vouchers.services import notifications

pytestmark = pytest.mark.django_db


@pytest.fixture
def voucher():
    return VoucherFactory(reserved=True, days=1, label="<Blue & green>")


def sent(name, voucher, **context):
    """Queue a mail to the voucher's admin and give it."""
    path = voucher.url_for(voucher.customer)
    words = {"voucher": voucher, "path": path, **context}
    mail.queue(name, to=voucher.admin, key="1", **words)
    return Email.objects.get()


CONTEXTS = {
    "voucher-assigned-partner": {},
    "voucher-assigned-manager": {},
    "voucher-recalled": {},
    "voucher-reserved": {},
    "voucher-released": {"reason": "The program changed"},
    "voucher-hold-released": {"reason": "No answer."},
    "voucher-expired": {"returns": True},
    "voucher-expires": {"days_left": 3},
    "voucher-extended": {
        "before": date(2026, 3, 1),
        "until": date(2026, 4, 1),
        "reason": "The program's rule",
    },
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_each_mail_greets_names_the_voucher_and_links_to_it(voucher, name):
    email = sent(name, voucher, partner=voucher.partner, **CONTEXTS[name])

    assert voucher.number in email.subject
    assert email.body.startswith(f"Hello {voucher.admin.name},\n")
    assert f"\n{settings.ORIGIN}{voucher.url_for(voucher.customer)}\n" in email.body
    assert "1 day, " in email.body or "days" not in email.body
    assert "&lt;" not in email.body
    assert "None" not in email.body


@pytest.mark.parametrize(
    "name",
    ["voucher-assigned-partner", "voucher-reserved", "voucher-expires"],
)
def test_a_mail_about_an_open_voucher_says_until_when(voucher, name):
    email = sent(name, voucher, **CONTEXTS[name])

    assert date_format(voucher.expires_on) in email.body


@pytest.mark.parametrize(
    ("returns", "words"), [(True, "is back in the pool"), (False, "is lost")]
)
def test_the_last_mail_says_what_becomes_of_the_days(voucher, returns, words):
    assert words in sent("voucher-expired", voucher, returns=returns).body


@pytest.mark.parametrize(("left", "words"), [(1, "in 1 day"), (3, "in 3 days")])
def test_a_reminder_counts_the_days_in_its_subject(voucher, left, words):
    assert sent("voucher-expires", voucher, days_left=left).subject.endswith(words)


def test_the_first_mail_says_to_activate():
    agreement = CustomerAgreementFactory()
    person = actor_of(agreement.customer, Role.BENEFIT_ADMIN).person

    mail.queue(
        "entitlement-opened",
        to=person,
        key="1",
        agreement=agreement,
        days=50,
        path=agreement.get_absolute_url(),
    )

    email = Email.objects.get()
    assert email.subject == f"Agreement {agreement}: 50 days for planning services"
    assert "Next: activate the benefit." in email.body


def test_a_partner_that_lost_a_voucher_is_led_to_its_list(voucher):
    lost, partner = voucher, voucher.partner
    lost.partner = None

    notifications.notify_partner("voucher-recalled", lost, partner, key="1")

    body = Email.objects.get().body
    assert f"/o/{partner.slug}/vouchers/\n" in body
    assert f"{lost.number}/" not in body
