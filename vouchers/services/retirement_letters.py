"""The letters of retirement plans: scheduled with the plan, sent by the clock."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import clock, mail
from portal.findings import Text
from portal.models import User
from portal.reminders import Reminder
from portal.roles import Role
from vouchers.models import LetterAbout, RetirementLetter, RetirementPlan
from vouchers.models.retirement import DAY_OF
from vouchers.models.states import UNUSED, values

# Days before each last day on which to remind.
REMINDER_OFFSETS = [90, 30, 7]
BATCH = 1000


def letters_of(plan: RetirementPlan, today: date) -> list[RetirementLetter]:
    """List the letters of a plan that is published today: what is past is left out."""
    announced = RetirementLetter(
        plan=plan, about=LetterAbout.ANNOUNCEMENT, sends_on=today
    )
    reminders = [
        RetirementLetter(
            plan=plan, about=about, sends_on=day - timedelta(days=reminder_offset)
        )
        for about in DAY_OF
        if (day := plan.last_day_for(about))
        for reminder_offset in REMINDER_OFFSETS
        if day - timedelta(days=reminder_offset) > today
    ]
    return sorted([announced, *reminders], key=lambda letter: letter.sends_on)


ENDS: dict[LetterAbout, Text] = {
    LetterAbout.CREATION: gettext_lazy("Last day to create and assign vouchers"),
    LetterAbout.WIPE: gettext_lazy("Day on which free days end"),
    LetterAbout.RESERVATION: gettext_lazy("Last day to reserve vouchers"),
    LetterAbout.REDEMPTION: gettext_lazy("Last day to redeem vouchers"),
}


@dataclass(frozen=True)
class AnnouncedDay:
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
class Recipient:
    """A person in one organization, with what a plan means there."""

    person_id: int
    slug: str
    organization: str
    part: str
    free: int
    created: int
    assigned: int
    reserved: int
    held_days: int

    @property
    def unused(self) -> int:
        return self.created + self.assigned + self.reserved

    def is_concerned(self, about: str) -> bool:
        """Tell whether a kind of letter is this person's business today."""
        is_owner = self.part == "owner"
        return {
            LetterAbout.ANNOUNCEMENT.value: True,
            LetterAbout.CREATION.value: is_owner and self.free + self.created > 0,
            LetterAbout.WIPE.value: is_owner and self.free > 0,
            LetterAbout.RESERVATION.value: self.created + self.assigned > 0,
            LetterAbout.REDEMPTION.value: self.unused > 0,
        }[about]


@dataclass(frozen=True)
class PlanNotice:
    """What one plan means for one person in one organization."""

    plan: RetirementPlan
    recipient: Recipient
    reminders: list[AnnouncedDay]
    is_announced: bool
    letters: list[RetirementLetter]

    @property
    def path(self) -> str:
        """Return the page on which the reader has something to do."""
        has_days = self.recipient.part == "owner" and self.recipient.free
        page = "vouchers:entitlement" if has_days else "vouchers:index"
        return reverse(page, args=[self.recipient.slug])

    @property
    def next_day(self) -> date | None:
        return min((reminder.day for reminder in self.reminders), default=None)

    @property
    def lines(self) -> list[str]:
        """Tell the days that come, the first one first."""
        days = [
            str(reminder) for reminder in sorted(self.reminders, key=lambda r: r.day)
        ]
        return [*self._accrual(), *days, *self._window()]

    def _accrual(self) -> Iterator[str]:
        ends = self.plan.accrual_ends_on
        if self.is_announced and ends and self.recipient.part == "owner":
            yield _("Days are granted until %(day)s.") % {
                "day": date_format(ends, "DATE_FORMAT")
            }

    def _window(self) -> Iterator[str]:
        window = self.plan.payment_window_days
        if window and self.recipient.part == "holder":
            words = ngettext(
                "Payment can be requested within %(days)s day of redemption.",
                "Payment can be requested within %(days)s days of redemption.",
                window,
            )
            yield words % {"days": window}

    @property
    def numbers(self) -> list[str]:
        """Tell what the reader has: free days, and vouchers by what they wait for."""
        recipient = self.recipient
        figures = [
            (recipient.free, _("Free days: %(n)s")),
            (recipient.created, _("Vouchers that nobody is assigned to: %(n)s")),
            (recipient.assigned, _("Vouchers that no partner has reserved: %(n)s")),
            (
                recipient.reserved,
                _("Vouchers that are reserved and not redeemed: %(n)s"),
            ),
        ]
        return [words % {"n": number} for number, words in figures if number]


def _notices(due: list[RetirementLetter], today: date) -> dict[int, list[PlanNotice]]:
    """Gather by person what is to be told."""
    by_plan: dict[int, list[RetirementLetter]] = defaultdict(list)
    for letter in due:
        by_plan[letter.plan_id].append(letter)
    notices: dict[int, list[PlanNotice]] = defaultdict(list)
    for letters in by_plan.values():
        for recipient in recipients_of(letters[0].plan):
            notice = _notice(letters, recipient, today)
            if notice.letters:
                notices[recipient.person_id].append(notice)
    return notices


def _notice(
    letters: list[RetirementLetter], recipient: Recipient, today: date
) -> PlanNotice:
    plan = letters[0].plan
    own = [letter for letter in letters if recipient.is_concerned(letter.about)]
    is_announced = any(letter.about == LetterAbout.ANNOUNCEMENT for letter in own)
    # An announcement tells every day of the plan, a reminder its own.
    subjects = DAY_OF if is_announced else {LetterAbout(letter.about) for letter in own}
    days = {about: plan.last_day_for(about) for about in LetterAbout}
    reminders = [
        AnnouncedDay(about, day, (day - today).days)
        for about, day in days.items()
        if about in subjects and day and day >= today and recipient.is_concerned(about)
    ]
    is_told = is_announced or bool(reminders)
    return PlanNotice(plan, recipient, reminders, is_announced, own if is_told else [])


def _mails(notices: dict[int, list[PlanNotice]]) -> Iterator[mail.Letter]:
    """Write one mail to each person, fetched a thousand at a time."""
    keys = sorted(notices)
    for start in range(0, len(keys), BATCH):
        people = User.objects.in_bulk(keys[start : start + BATCH])
        for pk, person in people.items():
            words = {"notices": notices[pk]}
            yield mail.Letter("retirement", person, _key(notices[pk]), words)


def _key(notices: list[PlanNotice]) -> str:
    """Return the key of the letters that one mail brings together."""
    letters = {letter.pk for notice in notices for letter in notice.letters}
    return f"{min(letters)}-{max(letters)}-{len(letters)}"


def _mark(
    due: Iterable[RetirementLetter], notices_sent: Iterable[list[PlanNotice]]
) -> None:
    """Note when each letter went out, and to how many people."""
    people: dict[int, set[int]] = defaultdict(set)
    for notices in notices_sent:
        for notice in notices:
            for letter in notice.letters:
                people[letter.pk].add(notice.recipient.person_id)
    for letter in due:
        letter.sent_at = clock.now()
        letter.sent = len(people[letter.pk])


def _due_letters() -> QuerySet[RetirementLetter]:
    waiting = RetirementLetter.objects.waiting().filter(sends_on__lte=clock.today())
    return waiting.select_related("plan__program", "plan__offering__program")


def _mails_of(due: list[RetirementLetter]) -> Iterable[mail.Letter]:
    """Write to each person once, whatever comes together on that day.

    Those whom a letter no longer concerns get none.
    """
    notices = _notices(due, clock.today())
    _mark(due, notices.values())
    return _mails(notices)


REMINDER = Reminder(
    "Letter of a plan", _due_letters, _mails_of, marks=("sent_at", "sent")
)


PEOPLE = """
WITH counted AS (
    SELECT v.customer_id, v.project_manager_id, v.partner_id,
        GROUPING(v.customer_id, v.project_manager_id, v.partner_id) AS kind,
        count(*) FILTER (WHERE v.state = 'created') AS created,
        count(*) FILTER (WHERE v.state = 'assigned') AS assigned,
        count(*) FILTER (WHERE v.state = 'reserved') AS reserved,
        sum(v.days) AS held_days
    FROM vouchers_voucher v
    JOIN enrollment_engagementtype t ON t.id = v.engagement_type_id
    WHERE v.state = ANY (%(unused)s) AND t.offering_id = ANY (%(offerings)s)
    GROUP BY GROUPING SETS ((v.customer_id), (v.customer_id, v.project_manager_id),
        (v.partner_id))
), pools AS (
    SELECT a.customer_id, sum(b.free) AS free
    FROM vouchers_customeragreement a
    JOIN vouchers_balance b ON b.agreement_id = a.id
    WHERE a.program_id = %(program)s AND b.free > 0
        AND coalesce(a.ended_on, a.ends_on) >= %(today)s
    GROUP BY a.customer_id
), members AS (
    SELECT m.person_id, m.organization_id, m.roles
    FROM portal_membership m JOIN portal_user p ON p.id = m.person_id
    WHERE m.is_active AND p.is_active
), told AS (
    SELECT m.person_id, m.organization_id, 'owner' AS part,
        coalesce(p.free, 0) AS free, coalesce(c.created, 0) AS created,
        coalesce(c.assigned, 0) AS assigned, coalesce(c.reserved, 0) AS reserved,
        coalesce(c.held_days, 0) AS held_days
    FROM members m
    LEFT JOIN counted c ON c.kind = 3 AND c.customer_id = m.organization_id
    LEFT JOIN pools p ON p.customer_id = m.organization_id
    WHERE m.roles && %(owners)s AND (c.kind = 3 OR p.free > 0)
    UNION ALL
    SELECT m.person_id, m.organization_id, 'manager', 0, 0, c.assigned, c.reserved,
        c.held_days
    FROM members m
    JOIN counted c ON c.kind = 1 AND c.customer_id = m.organization_id
        AND c.project_manager_id = m.person_id
    WHERE m.roles && %(managers)s AND NOT m.roles && %(owners)s
    UNION ALL
    SELECT m.person_id, m.organization_id, 'holder', 0, 0, c.assigned, c.reserved,
        c.held_days
    FROM members m
    JOIN counted c ON c.kind = 6 AND c.partner_id = m.organization_id
    WHERE m.roles && %(holders)s
)
"""
ROWS = """
SELECT t.person_id, o.slug, o.name, t.part, t.free, t.created, t.assigned, t.reserved,
    t.held_days
FROM told t JOIN portal_organization o ON o.id = t.organization_id
ORDER BY t.person_id, o.name, o.id
"""
# The questions of ``Recipient.is_concerned``, in its order, asked of all at once.
COUNTS = """
SELECT count(DISTINCT person_id),
    count(DISTINCT person_id) FILTER (WHERE part = 'owner' AND free + created > 0),
    count(DISTINCT person_id) FILTER (WHERE part = 'owner' AND free > 0),
    count(DISTINCT person_id) FILTER (WHERE created + assigned > 0),
    count(DISTINCT person_id) FILTER (WHERE created + assigned + reserved > 0)
FROM told
"""


def recipients_of(plan: RetirementPlan) -> Iterator[Recipient]:
    """Return everybody whom the plan concerns today, person by person."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + ROWS, _values(plan))
        while rows := cursor.fetchmany(500):
            for person, slug, name, part, *numbers in rows:
                yield Recipient(person, slug, name, part, *map(int, numbers))


def count_recipients(plan: RetirementPlan) -> dict[str, int]:
    """Count the people whom each kind of letter would reach if it went out today."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + COUNTS, _values(plan))
        [row] = cursor.fetchall()
    return dict(zip(LetterAbout.values, row, strict=True))


def _values(plan: RetirementPlan) -> dict[str, Any]:
    return {
        "unused": values(UNUSED),
        "offerings": _offerings(plan),
        "program": plan.program_id,
        "today": clock.today(),
        "owners": [Role.BENEFIT_ADMIN.value],
        "managers": [Role.PROJECT_MANAGER.value],
        "holders": [Role.PARTNER_ADMIN.value, Role.DELIVERY_LEAD.value],
    }


def _offerings(plan: RetirementPlan) -> Iterable[int]:
    if plan.offering_id is not None:
        return [plan.offering_id]
    return list(plan.program.offerings.values_list("pk", flat=True))
