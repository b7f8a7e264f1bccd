"""The last days of programs and offerings: what can be done until when [DPS21].

Each day belongs to the deed too: what ends on 30 June can still be done on that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import sentences
from enrollment.eligibility.days import Days
from enrollment.models import Offering, Program
from portal.findings import Finding, Text


@dataclass(frozen=True)
class LastDayRule:
    """How a deed that ends is spoken of: before its last day, after it, and why not."""

    rule: Text
    ahead: Text
    past: Text
    needed: Text
    fix: Text


ACCRUAL = LastDayRule(
    gettext_lazy("Last day of accrual"),
    gettext_lazy("Days are granted until %(day)s."),
    gettext_lazy("Days were granted until %(day)s; the program grants no more."),
    gettext_lazy("On or before the last day of accrual."),
    gettext_lazy("Use the days that the agreements hold."),
)
CREATION = LastDayRule(
    gettext_lazy("Last day to create"),
    gettext_lazy("Vouchers can be created until %(day)s."),
    gettext_lazy("Vouchers could be created until %(day)s."),
    gettext_lazy("On or before the last day to create vouchers."),
    gettext_lazy("Use the vouchers that you have."),
)
ASSIGNMENT = LastDayRule(
    gettext_lazy("Last day to assign"),
    gettext_lazy("Vouchers can be assigned until %(day)s."),
    gettext_lazy("Vouchers could be assigned until %(day)s."),
    gettext_lazy("On or before the last day to assign vouchers."),
    gettext_lazy("Use the vouchers that are assigned."),
)
RESERVATION = LastDayRule(
    gettext_lazy("Last day to reserve"),
    gettext_lazy("Vouchers can be reserved until %(day)s."),
    gettext_lazy("No vouchers can be reserved after %(day)s."),
    gettext_lazy("On or before the last day to reserve vouchers."),
    gettext_lazy("Deliver and redeem the vouchers that you hold."),
)
REDEMPTION = LastDayRule(
    gettext_lazy("Last day to redeem"),
    gettext_lazy("Vouchers can be redeemed until %(day)s."),
    gettext_lazy("Vouchers could be redeemed until %(day)s."),
    gettext_lazy("On or before the last day to redeem vouchers."),
    gettext_lazy("Vouchers that are redeemed can still be paid."),
)

FREE_DAYS = LastDayRule(
    gettext_lazy("Last day of free days"),
    gettext_lazy("Free days can be used until %(day)s."),
    gettext_lazy("Free days could be used until %(day)s."),
    gettext_lazy("Before the day on which the program's free days end."),
    gettext_lazy("Use the vouchers that you have."),
)


def before(ending: LastDayRule, last_day: date | None, day: date) -> Finding:
    """Tell whether a deed that ends on a last day can be done on another day."""
    holds = last_day is None or day <= last_day
    is_over = last_day is not None and not holds
    said = ending.past if is_over else ending.ahead
    return Finding(
        ending.rule,
        holds=holds,
        found=str(said) % {"day": sentences.words(last_day)}
        if last_day
        else _("No last day is set."),
        needed=ending.needed,
        since=last_day + timedelta(days=1) if last_day and is_over else None,
        until=None if is_over else last_day,
        fix=ending.fix if is_over else "",
        who=sentences.sponsor() if is_over else "",
        code="ending",
    )


def accruing(program: Program, day: date) -> Finding:
    """Tell whether a program grants days on a date."""
    return before(ACCRUAL, program.accrual_ends_on, day)


def usable(program: Program, day: date) -> Finding:
    """Tell whether the free days of a program's pools are there on a date."""
    ends = program.pool_wipe_on
    return before(FREE_DAYS, ends - timedelta(days=1) if ends else None, day)


def creatable(offering: Offering, day: date) -> Finding:
    """Tell whether vouchers of an offering can be created on a date."""
    return before(CREATION, offering.last_day_to_create, day)


def assignable(offering: Offering, day: date) -> Finding:
    """Tell whether vouchers of an offering can be assigned on a date."""
    return before(ASSIGNMENT, offering.last_day_to_create, day)


def reservable(offering: Offering, day: date) -> Finding:
    """Tell whether vouchers of an offering can be reserved on a date."""
    return before(RESERVATION, offering.last_day_to_reserve, day)


def reservable_days(offering: Offering) -> Days:
    return Days.between(None, offering.last_day_to_reserve)


def redeemable(offering: Offering, day: date) -> Finding:
    """Tell whether vouchers of an offering can be redeemed on a date."""
    return before(REDEMPTION, offering.last_day_to_redeem, day)
