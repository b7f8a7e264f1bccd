"""The letters of retirement plans: scheduled with the plan, sent by the clock."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from portal import clock, mail
from portal.models import User
from portal.tenancy import acting_for_all
from vouchers.models import LetterAbout, RetirementLetter, RetirementPlan
from vouchers.models.retirement import DAY_OF
from vouchers.services.notices import Notice, Reminder
from vouchers.services.recipients import Recipient, recipients_of

# Days before each last day on which to remind.
RUNGS = [90, 30, 7]
BATCH = 1000


def letters_of(plan: RetirementPlan, today: date) -> list[RetirementLetter]:
    """List the letters of a plan that is published today: what is past is left out."""
    announced = RetirementLetter(
        plan=plan, about=LetterAbout.ANNOUNCEMENT, sends_on=today
    )
    reminders = [
        RetirementLetter(plan=plan, about=about, sends_on=day - timedelta(days=rung))
        for about in DAY_OF
        if (day := plan.last_day_for(about))
        for rung in RUNGS
        if day - timedelta(days=rung) > today
    ]
    return sorted([announced, *reminders], key=lambda letter: letter.sends_on)


def send_letters() -> int:
    """Send every letter whose day has come, once; gives the number of mails.

    A person gets one mail, whatever comes together on that day. Those whom a letter no
    longer concerns get none. All of it is one transaction: a letter is told and marked,
    or neither, and a second run at the same time passes over what the first one holds.
    """
    with acting_for_all():
        today = clock.today()
        rows = RetirementLetter.objects.waiting().filter(sends_on__lte=today)
        free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        due = list(free.select_related("plan__program", "plan__offering__program"))
        notices = _notices(due, today)
        sent = mail.queue_many("retirement", _mails(notices))
        _mark(due, notices.values())
    return sent


def _notices(due: list[RetirementLetter], today: date) -> dict[int, list[Notice]]:
    """Gather by person what is to be told."""
    by_plan: dict[int, list[RetirementLetter]] = defaultdict(list)
    for letter in due:
        by_plan[letter.plan_id].append(letter)
    found: dict[int, list[Notice]] = defaultdict(list)
    for letters in by_plan.values():
        for mine in recipients_of(letters[0].plan):
            notice = _notice(letters, mine, today)
            if notice.letters:
                found[mine.person_id].append(notice)
    return found


def _notice(letters: list[RetirementLetter], mine: Recipient, today: date) -> Notice:
    plan = letters[0].plan
    own = [each for each in letters if mine.is_concerned(each.about)]
    is_announced = any(each.about == LetterAbout.ANNOUNCEMENT for each in own)
    # An announcement tells every day of the plan, a reminder its own.
    told = DAY_OF if is_announced else {LetterAbout(each.about) for each in own}
    days = {about: plan.last_day_for(about) for about in LetterAbout}
    reminders = [
        Reminder(about, day, (day - today).days)
        for about, day in days.items()
        if about in told and day and day >= today and mine.is_concerned(about)
    ]
    is_told = is_announced or bool(reminders)
    return Notice(plan, mine, reminders, is_announced, own if is_told else [])


def _mails(notices: dict[int, list[Notice]]) -> Iterator[mail.Letter]:
    """Write one mail to each person, fetched a thousand at a time."""
    keys = sorted(notices)
    for start in range(0, len(keys), BATCH):
        people = User.objects.in_bulk(keys[start : start + BATCH])
        for pk, person in people.items():
            yield mail.Letter(person, _key(notices[pk]), {"notices": notices[pk]})


def _key(notices: list[Notice]) -> str:
    """Name the letters that a mail brings together: the next ones are others."""
    letters = {letter.pk for notice in notices for letter in notice.letters}
    return f"{min(letters)}-{max(letters)}-{len(letters)}"


def _mark(due: Iterable[RetirementLetter], told: Iterable[list[Notice]]) -> None:
    """Note when each letter went out, and to how many people."""
    people: dict[int, set[int]] = defaultdict(set)
    for notices in told:
        for notice in notices:
            for letter in notice.letters:
                people[letter.pk].add(notice.mine.person_id)
    for letter in due:
        letter.sent_at = clock.now()
        letter.sent = len(people[letter.pk])
    RetirementLetter.objects.bulk_update(due, ["sent_at", "sent"])
