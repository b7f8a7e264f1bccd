"""One part of an enrollment on a page: its answers, how old they are, how to change."""

from datetime import date
from functools import cached_property

from django.urls import reverse

from enrollment.answers import Rows, answers_to
from enrollment.changes import last_changed
from enrollment.models import Pin, Section
from enrollment.overview import Overview
from portal import clock
from portal.findings import Finding, unmet

PAGES = {
    Section.COMPETENCIES: "competency_add",
    Section.CONSULTANTS: "consultants",
    Section.AGREEMENT: "agreement",
    Section.OFFERINGS: "offerings",
}
OF_PROGRAM = [Section.AGREEMENT, Section.OFFERINGS]


class Part:
    """One part of what a partner answers, read from its overview."""

    def __init__(self, overview: Overview, section: Section) -> None:
        self.section = section
        self._overview = overview
        self._tasks = overview.task_list

    @property
    def rows(self) -> Rows:
        return answers_to(self._tasks, self.section)

    @cached_property
    def changed_on(self) -> date | None:
        """Give the partner's date on which it last changed this part."""
        moment = last_changed(self._overview.partner, self.section)
        zone = self._overview.partner.time_zone
        return clock.day_of(moment, zone) if moment else None

    @property
    def change_url(self) -> str:
        """Give the page on which the answers are changed."""
        if self.section == Section.COMPANY:
            return reverse("organization:company", args=[self._overview.partner.slug])
        is_of_program = self.section in OF_PROGRAM
        return self._overview.url(PAGES[self.section], program=is_of_program)

    @property
    def confirm_url(self) -> str:
        """Give the page on which it is confirmed; empty where it need not be."""
        subject = self._tasks.subject
        is_asked = subject is not None and subject.is_renewal and not self.is_confirmed
        return self._tasks.url("confirm", self.section) if is_asked else ""

    @property
    def missing(self) -> list[Finding]:
        return unmet(self._tasks.needs[self.section])

    @property
    def is_confirmed(self) -> bool:
        return self.section in self._tasks.confirmed

    @property
    def pins(self) -> list[Pin]:
        return [pin for pin in self._tasks.pins if pin.section == self.section]
