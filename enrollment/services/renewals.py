"""Renewal windows and reminders: set-based, so that the quiet ones cost nothing.

Each batch first reads what is due and writes its letters, and only then locks the rows,
moves them in a few statements and commits. The model's own moves decide; the database's
trigger guards them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django_fsm import can_proceed

from enrollment.models import (
    BusinessProfile,
    Certificate,
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    LineState,
    Listing,
    Program,
)
from enrollment.models.states import RUNNING, EnrollmentState
from enrollment.services import directory, roles
from enrollment.services.notifications import Fact, letters_of
from portal import clock, db, mail
from portal.actors import CLOCK, Actor
from portal.audit import record_all, remember
from portal.models import Organization, User
from portal.reminders import Reminder
from portal.services import people
from portal.tenancy import acting_for_all

# So many periods that a statement pays, so few that no row is held for long.
MOST = 250


def _in_batches(rows: QuerySet[Enrollment], action: Callable[[list[int]], int]) -> int:
    with acting_for_all():
        keys = sorted(rows.values_list("pk", flat=True))
    return db.at_pace(action, keys, most=MOST, what="The period of enrollment")


@contextmanager
def _lock_free(
    rows: QuerySet[Enrollment], keys: Iterable[int]
) -> Iterator[list[Enrollment]]:
    related = rows.select_related("partner", "program")
    with acting_for_all(), db.lock_free_rows(related, keys) as current:
        yield current


def open_windows() -> int:
    """Open the renewal window of every enrollment whose day has come.

    The next period begins with the answers of this one. Partners whose next period was
    sent or decided before get no mail. Returns the number of windows.
    """
    # Somewhere it is tomorrow already; the guards know each partner's own date.
    day, periods = clock.in_days(1), Enrollment.objects.all()
    return sum(
        _in_batches(periods.window_open(program, day), _open_windows)
        for program in Program.objects.order_by("pk")
    )


def _open_windows(keys: list[int]) -> int:
    drafts = mail.Drafts()
    with acting_for_all():
        due = Enrollment.objects.filter(pk__in=keys)
        enrollments = list(due.select_related("partner", "program"))
        alone = set(due.without_successor().values_list("pk", flat=True))
        facts: list[Fact] = [
            (enrollment, enrollment.pk, {})
            for enrollment in enrollments
            if enrollment.pk in alone and can_proceed(enrollment.fall_due)
        ]
        letters = letters_of("enrollment-renewal-open", facts)
        drafts.write(chain.from_iterable(letters.values()))
    with _lock_free(Enrollment.objects.all(), keys) as current:
        opened = [
            enrollment for enrollment in current if can_proceed(enrollment.fall_due)
        ]
        for enrollment in opened:
            enrollment.fall_due()
            enrollment.reminded = enrollment.offset_on(_today(enrollment))
        db.save_rows(opened, ["state", "reminded"])
        entries = [(enrollment, enrollment.partner_id) for enrollment in opened]
        record_all("enrollment.fell_due", entries, by=CLOCK)
        roll_forward(opened, by=CLOCK)
        drafts.post(
            chain.from_iterable(letters[enrollment.pk] for enrollment in opened)
        )
    return len(opened)


def _today(enrollment: Enrollment) -> date:
    return clock.today(enrollment.partner.time_zone)


def _reminders(due: list[Any]) -> Iterator[mail.Letter]:
    facts = [
        (
            enrollment,
            f"{enrollment.pk}:{enrollment.reminder_offset}",
            {
                "reminder_offset": enrollment.reminder_offset,
                "today": _today(enrollment),
            },
        )
        for enrollment in due
    ]
    return chain.from_iterable(letters_of("enrollment-renewal", facts).values())


REMINDER = Reminder(
    "The period of enrollment", Enrollment.objects.to_remind, _reminders
)

APPROVED = Prefetch(
    "lines",
    EnrollmentLine.objects.filter(state=LineState.APPROVED).select_related("offering"),
    to_attr="approved",
)


def end_periods() -> int:
    """End every period whose last day, grace included, is over; returns their number.

    Who has no other period that runs is told what has lapsed, and leaves the directory.
    Vouchers that were reserved stay as they are.
    """
    return _in_batches(Enrollment.objects.over(clock.in_days(1)), _end)


def _end(keys: list[int]) -> int:
    drafts = mail.Drafts()
    with acting_for_all():
        letters = _letters_of_the_lapsed(keys)
        drafts.write(chain.from_iterable(letters.values()))
    with _lock_free(Enrollment.objects.all(), keys) as current:
        ended = [enrollment for enrollment in current if can_proceed(enrollment.lapse)]
        for enrollment in ended:
            enrollment.lapse()
        rows = Enrollment.objects.filter(pk__in=[enrollment.pk for enrollment in ended])
        rows.update(state=EnrollmentState.LAPSED)
        entries = [(enrollment, enrollment.partner_id) for enrollment in ended]
        record_all("enrollment.lapsed", entries, by=CLOCK)
        partners = {enrollment.partner_id: enrollment.partner for enrollment in ended}
        working = _working_partners(partners.values())
        _leave_directory(set(partners) - working)
        drafts.post(chain.from_iterable(letters[enrollment.pk] for enrollment in ended))
    # The next period lists other days, so that the engine is asked again.
    if working:
        with acting_for_all():
            directory.refresh_listings([partners[pk] for pk in sorted(working)])
    return len(ended)


def _letters_of_the_lapsed(keys: list[int]) -> dict[int, list[mail.Letter]]:
    due = Enrollment.objects.filter(pk__in=keys).prefetch_related(APPROVED)
    enrollments = list(due.select_related("partner", "program"))
    sent = Enrollment.objects.exclude(state=EnrollmentState.REJECTED)
    partners = [enrollment.partner_id for enrollment in enrollments]
    last = {
        (enrollment.partner_id, enrollment.program_id): enrollment
        for enrollment in sent.filter(partner__in=partners).order_by("period")
    }
    facts: list[Fact] = []
    for enrollment in enrollments:
        following = last[enrollment.partner_id, enrollment.program_id]
        is_renewed = following != enrollment and following.state in RUNNING
        if can_proceed(enrollment.lapse) and not is_renewed:
            facts.append((enrollment, enrollment.pk, {"following": following}))
    return letters_of("enrollment-lapsed", facts)


def _working_partners(partners: Iterable[Organization]) -> set[int]:
    """Return the partners for which some period, of any program, is good today."""
    running = Enrollment.objects.filter(partner__in=list(partners), state__in=RUNNING)
    return {
        enrollment.partner_id
        for enrollment in running.select_related("partner")
        if enrollment.is_good_on(clock.today(enrollment.partner.time_zone))
    }


def _leave_directory(partners: set[int]) -> None:
    """Take partners out of the directory: their names, and what they could deliver."""
    Listing.objects.filter(partner__in=partners).delete()
    listed = Organization.objects.filter(pk__in=partners, is_listed=True)
    gone = list(listed.select_for_update(no_key=True).values_list("pk", flat=True))
    Organization.objects.filter(pk__in=gone).update(is_listed=False)
    profiles = BusinessProfile.objects.filter(partner__in=gone)
    profiles = profiles.select_related("partner")
    first = profiles.order_by("partner", "published_at", "pk").distinct("partner")
    entries = [(remember(profile), profile.partner_id) for profile in first]
    record_all("profile.unlisted", entries, by=CLOCK)


# Two rows that say the same at once: the unique constraints let one of them in.
NEXT_PERIODS = """
    INSERT INTO enrollment_enrollment
        (partner_id, program_id, period, follows_id, state, return_reason, created_at)
    SELECT old.partner_id, old.program_id, last.period + 1, old.id,
        'in_progress', '', %(now)s
    FROM enrollment_enrollment old
    CROSS JOIN LATERAL (
        SELECT max(each.period) AS period,
            bool_or(
                each.period > old.period AND each.state <> 'rejected'
            ) AS is_followed
        FROM enrollment_enrollment each
        WHERE each.partner_id = old.partner_id AND each.program_id = old.program_id
    ) last
    WHERE old.id = ANY(%(old)s) AND NOT last.is_followed
    ON CONFLICT DO NOTHING
    RETURNING id, follows_id, period
"""
# What was refused, and what closes before the next period, is not asked for again.
LINES = """
    INSERT INTO enrollment_enrollmentline
        (enrollment_id, partner_id, offering_id, state, note)
    SELECT new.id, new.partner_id, line.offering_id, 'asked', ''
    FROM enrollment_enrollment new
    JOIN enrollment_enrollment old ON old.id = new.follows_id
    JOIN enrollment_enrollmentline line ON line.enrollment_id = old.id
    JOIN enrollment_offering offering ON offering.id = line.offering_id
    WHERE new.id = ANY(%(new)s) AND line.state <> 'refused'
        AND (offering.closes_on IS NULL OR offering.closes_on > old.ends_on)
"""


def roll_forward(periods: Sequence[Enrollment], *, by: Actor) -> list[Enrollment]:
    """Begin the period after each of these, with its offerings still to be approved.

    A period that another, sent or not, follows already is passed over. Three
    statements, however many there are.
    """
    old = {period.pk: period for period in periods}
    with connection.cursor() as cursor:
        cursor.execute(NEXT_PERIODS, {"old": list(old), "now": clock.now()})
        rows = cursor.fetchall()
        cursor.execute(LINES, {"new": [pk for pk, _follows, _period in rows]})
    begun = [_next_period(old[follows], pk, period) for pk, follows, period in rows]
    record_all(
        "enrollment.rolled", [(period, period.partner_id) for period in begun], by=by
    )
    return begun


def _next_period(old: Enrollment, pk: int, period: int) -> Enrollment:
    return Enrollment(
        pk=pk, partner=old.partner, program=old.program, period=period, follows=old
    )


def _competency_reminders(due: list[Any]) -> Iterator[mail.Letter]:
    admins = people.people_of(
        {held_competency.partner_id for held_competency in due}, *roles.ADMINS
    )
    for held_competency in due:
        add = reverse("enrollment:competency_add", args=[held_competency.partner.slug])
        words = {"held": held_competency, "path": f"{add}?renew={held_competency.pk}"}
        yield from _letters(
            "competency-ends",
            held_competency,
            admins[held_competency.partner_id],
            words,
        )


def _certificate_reminders(due: list[Any]) -> Iterator[mail.Letter]:
    admins = people.people_of(
        {certificate.partner_id for certificate in due}, *roles.ADMINS
    )
    for certificate in due:
        certificate.consultant.partner = certificate.partner
        words = {
            "certificate": certificate,
            "path": certificate.consultant.get_absolute_url(),
        }
        readers = [certificate.consultant.person, *admins[certificate.partner_id]]
        yield from _letters("certificate-ends", certificate, readers, words)


def _letters(
    name: str, proof: Any, readers: Iterable[User], words: dict[str, object]
) -> Iterator[mail.Letter]:
    words = {"partner": proof.partner, **words}
    key = f"{proof.pk}:{proof.reminder_offset}"
    for person in dict.fromkeys(readers):
        yield mail.Letter(name, person, key, words)


# Partners are reminded to renew their competencies [RENEW], consultants and partners of
# certificates that end.
COMPETENCY_REMINDER = Reminder(
    "Competency", HeldCompetency.objects.to_remind, _competency_reminders
)
CERTIFICATE_REMINDER = Reminder(
    "Certificate", Certificate.objects.to_remind, _certificate_reminders
)
