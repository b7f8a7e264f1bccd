"""Asking partners to sign the version in force: once, then before the last day.

Everything is found by one statement a version and a rung, however many partners there
are; what was sent is known by the keys in the outbox.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db.models import (
    CharField,
    Exists,
    Expression,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from enrollment.models import ProgramAgreement
from enrollment.models.rungs import local_day
from enrollment.services.rights import ADMINS
from enrollment.services.versions import partners_to_ask
from portal import clock, mail
from portal.models import Email, Membership

NEW, REMINDER = "agreement-new", "agreement-reminder"


class Rung(NamedTuple):
    """A reminder: from which date to which it is due, both included."""

    days: int
    first: date
    last: date


def tell_of_versions() -> int:
    """Ask partners to sign the versions in force; gives the number of mails written."""
    return sum(_ask(version) + _remind(version) for version in _in_force())


def _in_force() -> list[ProgramAgreement]:
    """List each program's newest version; somewhere it is tomorrow already."""
    begun = ProgramAgreement.objects.filter(effective_on__lte=clock.in_days(1))
    newest = begun.order_by("program", "-effective_on").distinct("program")
    return list(newest.select_related("program"))


def _ask(version: ProgramAgreement) -> int:
    prefix = str(version.pk)
    untold = _admins(version).filter(~Exists(_sent(NEW, prefix)))
    count = mail.queue_many(NEW, _letters(version, prefix, untold))
    if count and version.told_at is None:
        row = ProgramAgreement.objects.filter(pk=version.pk)
        row.update(told_at=clock.now())
    return count


def _remind(version: ProgramAgreement) -> int:
    return sum(_remind_on(version, rung) for rung in rungs_of(version))


def _remind_on(version: ProgramAgreement, rung: Rung) -> int:
    prefix = f"{version.pk}:{version.sign_by}:{rung.days}"
    # Who heard of the version only now needs no reminder of it.
    morning = datetime.combine(rung.first, time.min, UTC)
    told = _sent(NEW, str(version.pk)).filter(queued_at__lt=morning)
    due = _admins(version).filter(today__gte=rung.first, today__lte=rung.last)
    waiting = due.filter(Exists(told), ~Exists(_sent(REMINDER, prefix)))
    return mail.queue_many(REMINDER, _letters(version, prefix, waiting))


def rungs_of(version: ProgramAgreement) -> list[Rung]:
    """List the reminders of a version; each is due until the next one is."""
    if version.sign_by is None:
        return []
    days = sorted({*version.program.agreement_reminder_days}, reverse=True)
    last = version.sign_by
    return [
        Rung(here, last - timedelta(days=here), last - timedelta(days=below + 1))
        for here, below in pairwise([*days, -1])
    ]


def _admins(version: ProgramAgreement) -> QuerySet:
    """Give the admins of partners that are to sign, each with the date over there."""
    admins = Membership.objects.with_role(*ADMINS).filter(
        organization__in=partners_to_ask(version.program, version),
        person__is_active=True,
    )
    dated = admins.annotate(today=local_day("organization__time_zone", clock.now()))
    return dated.filter(today__gte=version.effective_on).order_by("pk")


def _sent(name: str, prefix: str) -> QuerySet[Email]:
    """Give the mail that a membership of the outer query has got already."""
    return Email.objects.filter(
        key=Concat(
            Value(f"{name}:{prefix}:"),
            _text("organization"),
            Value(":"),
            _text("person"),
        )
    )


def _text(field: str) -> Expression:
    return Cast(OuterRef(field), CharField())


def _letters(
    version: ProgramAgreement, prefix: str, members: QuerySet[Membership]
) -> Iterator[mail.Letter]:
    people = members.select_related("person", "organization")
    for member in people.iterator(chunk_size=mail.BATCH):
        partner = member.organization
        today = clock.today(partner.time_zone)
        context = {
            "partner": partner,
            "agreement": version,
            # Past the last day, or without one, an earlier signature counts no more.
            "until": version.sign_by
            if version.sign_by and version.sign_by >= today
            else None,
            "path": reverse(
                "enrollment:agreement", args=[partner.slug, version.program.code]
            ),
        }
        yield mail.Letter(member.person, f"{prefix}:{partner.pk}", context)
