"""The last days of programs and offerings: what can be done until when [DPS21].

Each day belongs to the action too: what ends on 30 June can still be done on that day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import ClassVar, Generic, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import (
    OfferingDemand,
    OfferingRule,
    Step,
    finding_on,
    step_of_sponsor,
)
from enrollment.eligibility.rules.enrollments import OfferingOpen
from enrollment.models import Offering, Program
from portal.findings import Finding, LazyWords, Text, Words

SubjectT = TypeVar("SubjectT")


@dataclass(frozen=True, kw_only=True)
class LastDay(Generic[SubjectT]):
    """An action that ends for everybody, whatever a partner's facts.

    It is spoken of before its last day, after it, and with what helps then.
    """

    code: ClassVar[str] = "ending"
    last_day: Callable[[SubjectT], date | None]
    title: Text
    ahead: Text
    past: Text
    needed: Text
    fix: Text

    def days(self, subject: SubjectT) -> Days:
        """Return the days on which it can be done."""
        return Days.between(None, self.last_day(subject))

    def finding(self, subject: SubjectT, day: date) -> Finding:
        """Tell whether it can be done on a date."""
        words = LazyWords(self.title, partial(self.words, subject, day))
        return finding_on(day, self.days(subject), self.code, words)

    def words(self, subject: SubjectT, day: date) -> Words:
        """Say of a date until when it can be done, and what helps after that."""
        last_day, holds = self.last_day(subject), day in self.days(subject)
        sentence = self.ahead if holds else self.past
        return Words(
            str(sentence) % {"day": sentences.words(last_day)}
            if last_day
            else _("No last day is set."),
            str(self.needed),
            "" if holds else str(self.fix),
            "" if holds else sentences.sponsor(),
        )


def _last_free_day(program: Program) -> date | None:
    ends = program.pool_wipe_on
    return ends - timedelta(days=1) if ends else None


ACCRUAL = LastDay[Program](
    last_day=lambda program: program.accrual_ends_on,
    title=gettext_lazy("Last day of accrual"),
    ahead=gettext_lazy("Days are granted until %(day)s."),
    past=gettext_lazy("Days were granted until %(day)s; the program grants no more."),
    needed=gettext_lazy("On or before the last day of accrual."),
    fix=gettext_lazy("Use the days that the agreements hold."),
)
FREE_DAYS = LastDay[Program](
    last_day=_last_free_day,
    title=gettext_lazy("Last day of free days"),
    ahead=gettext_lazy("Free days can be used until %(day)s."),
    past=gettext_lazy("Free days could be used until %(day)s."),
    needed=gettext_lazy("Before the day on which the program's free days end."),
    fix=gettext_lazy("Use the vouchers that you have."),
)
CREATION = LastDay[Offering](
    last_day=lambda offering: offering.last_day_to_create,
    title=gettext_lazy("Last day to create"),
    ahead=gettext_lazy("Vouchers can be created until %(day)s."),
    past=gettext_lazy("Vouchers could be created until %(day)s."),
    needed=gettext_lazy("On or before the last day to create vouchers."),
    fix=gettext_lazy("Use the vouchers that you have."),
)
ASSIGNMENT = LastDay[Offering](
    last_day=lambda offering: offering.last_day_to_create,
    title=gettext_lazy("Last day to assign"),
    ahead=gettext_lazy("Vouchers can be assigned until %(day)s."),
    past=gettext_lazy("Vouchers could be assigned until %(day)s."),
    needed=gettext_lazy("On or before the last day to assign vouchers."),
    fix=gettext_lazy("Use the vouchers that are assigned."),
)
RESERVATION = LastDay[Offering](
    last_day=lambda offering: offering.last_day_to_reserve,
    title=gettext_lazy("Last day to reserve"),
    ahead=gettext_lazy("Vouchers can be reserved until %(day)s."),
    past=gettext_lazy("No vouchers can be reserved after %(day)s."),
    needed=gettext_lazy("On or before the last day to reserve vouchers."),
    fix=gettext_lazy("Deliver and redeem the vouchers that you hold."),
)
REDEMPTION = LastDay[Offering](
    last_day=lambda offering: offering.last_day_to_redeem,
    title=gettext_lazy("Last day to redeem"),
    ahead=gettext_lazy("Vouchers can be redeemed until %(day)s."),
    past=gettext_lazy("Vouchers could be redeemed until %(day)s."),
    needed=gettext_lazy("On or before the last day to redeem vouchers."),
    fix=gettext_lazy("Vouchers that are redeemed can still be paid."),
)


class OfferingReservable(OfferingRule):
    """The last day to reserve, held with what is asked of a partner."""

    code = RESERVATION.code
    title = RESERVATION.title
    comes_before_enrollment = False

    def applies(self, facts: Facts, demand: OfferingDemand) -> bool:
        return demand.offering.last_day_to_reserve is not None

    def days(self, facts: Facts, demand: OfferingDemand) -> Days:
        return RESERVATION.days(demand.offering)

    def words(self, facts: Facts, demand: OfferingDemand, day: date) -> Words:
        return RESERVATION.words(demand.offering, day)

    def steps(self, facts: Facts, demand: OfferingDemand, day: date) -> Iterator[Step]:
        # Nothing that the company does helps: only the sponsor moves the last day.
        finding = self.finding(facts, demand, day)
        if not finding.holds:
            yield step_of_sponsor(OfferingOpen.code, str(finding.found))
