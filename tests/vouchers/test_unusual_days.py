"""Days: bounded on every form, and asked about once more when they are many."""

import pytest

from portal.findings import Refused
from portal.roles import Duty
from tests.factories.portal import staff_actor
from tests.factories.vouchers import CustomerAgreementFactory
from vouchers.admin.agreements import AdjustForm, AgreementForm, GrantForm
from vouchers.services import agreements, ledger

pytestmark = pytest.mark.django_db
WORDS = {"note": "Order 1", "reason": "Order 1"}


def typed(form, days, **more):
    return form({**WORDS, "days": days, **more})


@pytest.mark.parametrize("form", [GrantForm, AdjustForm, AgreementForm])
@pytest.mark.parametrize("days", ["99999999999", "2147483648", "100001", "9" * 5000])
def test_more_than_any_pool_holds_is_refused_beside_the_days(form, days):
    assert "days" in typed(form, days, are_meant="on").errors


@pytest.mark.parametrize("form", [GrantForm, AdjustForm])
@pytest.mark.parametrize(
    ("days", "is_asked"),
    [("1000", False), ("1001", True), ("１００１", True), ("100000", True)],
)
def test_many_days_are_asked_about_once_more(form, days, is_asked):
    first = typed(form, days)

    assert first.is_valid() != is_asked
    assert first.fields["are_meant"].widget.is_hidden != is_asked
    again = typed(form, days, are_meant="on")
    assert again.is_valid()
    assert "are_meant" not in again.cleaned_data


def test_days_that_are_taken_off_are_asked_about_too():
    assert not typed(AdjustForm, "-1001").is_valid()
    assert typed(AdjustForm, "-1000").is_valid()


@pytest.mark.parametrize(("more", "is_refused"), [(0, False), (1, True)])
def test_a_pool_holds_so_many_days_and_no_more(more, is_refused):
    pool = CustomerAgreementFactory(days=50)
    manager = staff_actor(Duty.PROGRAM_MANAGER)
    days = ledger.MOST_IN_POOL - 50 + more

    for grant in (agreements.grant, agreements.adjust):
        words = {"note": "A"} if grant is agreements.grant else {"reason": "A"}
        if is_refused:
            with pytest.raises(Refused, match="at most 10"):
                grant(pool, days=days, by=manager, **words)
    if not is_refused:
        agreements.grant(pool, days=days, note="A", by=manager)
