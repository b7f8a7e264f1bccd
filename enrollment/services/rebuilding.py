"""The directory's nights: who is judged anew, in batches."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from enrollment.models import (
    Certificate,
    CompetencyExam,
    Consultant,
    Enrollment,
    Exam,
    HeldCompetency,
    Listing,
    Offering,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
)
from enrollment.services.listing import refresh_listings
from enrollment.services.words import keep_words
from portal import clock
from portal.models import AuditEntry, Organization
from portal.tenancy import acting_for_all

BATCH = 500
CHANGES = ["catalogue.added", "catalogue.changed", "catalogue.removed"]
RULES: list[Any] = [Qualification, CompetencyExam, ProgramRequirement]


def rebuild_listings() -> int:
    """Judge every partner; gives their number."""
    return _judge(Organization.objects.partners())


def refresh_what_ended() -> int:
    """Judge the partners for whom an answer has ended or something begins.

    Everybody, where the catalogue has changed or one of its dates has come. Gives the
    number of partners judged.
    """
    today, partners = clock.today(), Organization.objects.partners()
    with acting_for_all():
        turns = catalogue_turns(today)
    return _judge(partners if turns else partners.filter(_something_turns(today)))


def catalogue_turns(day: date) -> bool:
    """Tell whether rules of the catalogue changed, begin or end about a date."""
    moment = clock.now() - timedelta(hours=25)
    about = _about(day)
    begun = [rule.objects.filter(valid_from__in=about) for rule in RULES]
    ended = [
        rule.objects.filter(
            valid_until__in=[each - timedelta(days=1) for each in about]
        )
        for rule in RULES
    ]
    dated: list[QuerySet] = [
        AuditEntry.objects.filter(verb__in=CHANGES, at__gte=moment),
        Offering.objects.filter(Q(opens_on__in=about) | Q(closes_on__in=about)),
        Exam.objects.filter(counts_until__in=about),
        ProgramAgreement.objects.filter(
            Q(effective_on__in=about) | Q(sign_by__in=about)
        ),
        *begun,
        *ended,
    ]
    return any(rows.exists() for rows in dated)


def _about(day: date) -> list[date]:
    """Give the dates that it is somewhere in the world, and the one before."""
    return [day + timedelta(days=each) for each in (-1, 0, 1)]


def _something_turns(day: date) -> Q:
    """Keep partners with an answer that has ended, or with facts that begin."""
    about = _about(day)
    ended = Listing.objects.filter(until__lt=day + timedelta(days=1))
    begun: list[QuerySet] = [
        Enrollment.objects.filter(starts_on__in=about),
        HeldCompetency.objects.filter(valid_from__in=about),
        Consultant.objects.filter(since__in=about),
        Certificate.objects.filter(passed_on__in=about),
    ]
    turns = Q(pk__in=ended.values("partner"))
    for rows in begun:
        turns |= Q(pk__in=rows.values("partner"))
    return turns


def _judge(partners: QuerySet[Organization]) -> int:
    """Judge partners in batches, each in its own transaction."""
    with acting_for_all():
        keys = sorted(partners.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with acting_for_all():
            some = list(Organization.objects.filter(pk__in=keys[start : start + BATCH]))
            keep_words(some)
            refresh_listings(some)
    return len(keys)
