"""What a letter of a retirement plan says to one person about one organization."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.findings import Text
from vouchers.models import LetterAbout, RetirementLetter, RetirementPlan
from vouchers.services.recipients import Recipient

ENDS: dict[LetterAbout, Text] = {
    LetterAbout.CREATION: gettext_lazy("Last day to create and assign vouchers"),
    LetterAbout.WIPE: gettext_lazy("Day on which free days end"),
    LetterAbout.RESERVATION: gettext_lazy("Last day to reserve vouchers"),
    LetterAbout.REDEMPTION: gettext_lazy("Last day to redeem vouchers"),
}


@dataclass(frozen=True)
class Reminder:
    """One last day that a letter tells of, with the days that are left."""

    about: LetterAbout
    day: date
    days_left: int

    def __str__(self) -> str:
        left = ngettext("%(days)s day left", "%(days)s days left", self.days_left)
        return _("%(what)s: %(day)s (%(left)s)") % {
            "what": ENDS[self.about],
            "day": date_format(self.day, "DATE_FORMAT"),
            "left": left % {"days": self.days_left},
        }


@dataclass(frozen=True)
class Notice:
    """What one plan means for one person in one organization."""

    plan: RetirementPlan
    mine: Recipient
    reminders: list[Reminder]
    is_announced: bool
    letters: list[RetirementLetter]

    @property
    def path(self) -> str:
        """Give the page on which the reader has something to do."""
        has_days = self.mine.part == "owner" and self.mine.free
        page = "vouchers:entitlement" if has_days else "vouchers:index"
        return reverse(page, args=[self.mine.slug])

    @property
    def next_day(self) -> date | None:
        return min((each.day for each in self.reminders), default=None)

    @property
    def lines(self) -> list[str]:
        """Tell the days that come, the first one first."""
        days = [str(each) for each in sorted(self.reminders, key=lambda r: r.day)]
        return [*self._accrual(), *days, *self._window()]

    def _accrual(self) -> Iterator[str]:
        ends = self.plan.accrual_ends_on
        if self.is_announced and ends and self.mine.part == "owner":
            yield _("Days are granted until %(day)s.") % {
                "day": date_format(ends, "DATE_FORMAT")
            }

    def _window(self) -> Iterator[str]:
        window = self.plan.payment_window_days
        if window and self.mine.part == "holder":
            words = ngettext(
                "Payment can be requested within %(days)s day of redemption.",
                "Payment can be requested within %(days)s days of redemption.",
                window,
            )
            yield words % {"days": window}

    @property
    def numbers(self) -> list[str]:
        """Tell what the reader has: free days, and vouchers by what they wait for."""
        mine = self.mine
        told = [
            (mine.free, _("Free days: %(n)s")),
            (mine.created, _("Vouchers that nobody is assigned to: %(n)s")),
            (mine.assigned, _("Vouchers that no partner has reserved: %(n)s")),
            (mine.reserved, _("Vouchers that are reserved and not redeemed: %(n)s")),
        ]
        return [words % {"n": number} for number, words in told if number]
