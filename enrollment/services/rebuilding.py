"""The directory's nights: who is judged anew, in batches."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from enrollment.models import (
    Certificate,
    CompetencyExam,
    Consultant,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    Listing,
    Offering,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    Signature,
)
from enrollment.services.listing import refresh_listings
from enrollment.services.words import keep_words
from portal import clock
from portal.models import AuditEntry, Domain, Organization
from portal.tenancy import acting_for_all

BATCH = 500
CHANGES = ["catalogue.added", "catalogue.changed", "catalogue.removed"]
FACTS: list[Any] = [
    Certificate,
    Consultant,
    Domain,
    Enrollment,
    EnrollmentLine,
    HeldCompetency,
    Signature,
]
RULES: list[Any] = [Qualification, CompetencyExam, ProgramRequirement]


def rebuild_listings() -> int:
    """Judge every partner; gives their number."""
    return _judge(Organization.objects.partners())


def fill_directory() -> int:
    """Judge every partner where no listing is kept yet; gives their number."""
    with acting_for_all():
        is_filled = Listing.objects.exists()
    return 0 if is_filled else rebuild_listings()


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
    about = _about(day)
    begun = [rule.objects.filter(valid_from__in=about) for rule in RULES]
    ended = [
        rule.objects.filter(
            valid_until__in=[each - timedelta(days=1) for each in about]
        )
        for rule in RULES
    ]
    dated: list[QuerySet] = [
        AuditEntry.objects.filter(verb__in=CHANGES, at__gte=lately()),
        Offering.objects.filter(Q(opens_on__in=about) | Q(closes_on__in=about)),
        Offering.objects.filter(reservation_ends_on__in=about),
        Program.objects.filter(reservation_ends_on__in=about),
        Exam.objects.filter(counts_until__in=about),
        ProgramAgreement.objects.filter(
            Q(effective_on__in=about) | Q(sign_by__in=about)
        ),
        *begun,
        *ended,
    ]
    return any(rows.exists() for rows in dated)


def lately() -> datetime:
    """Give a moment before the last run."""
    return clock.now() - timedelta(hours=25)


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
    # Each deed asks the engine itself; this finds what one forgot.
    return turns | Q(pk__in=_lately_changed(lately()))


def _lately_changed(moment: datetime) -> set[int]:
    """Give the companies whose facts changed, as their audit trail tells."""
    kinds = [model._meta.label_lower for model in FACTS]
    entries = AuditEntry.objects.filter(at__gte=moment, subject_type__in=kinds)
    found = entries.values_list("parties", flat=True)
    return {party for parties in found.iterator() for party in parties}


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
