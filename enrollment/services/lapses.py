"""Ends of periods: who lapses leaves the directory in the same transaction."""

from collections.abc import Iterable

from django.db.models import Prefetch
from django_fsm import can_proceed

from enrollment.models import (
    BusinessProfile,
    Enrollment,
    EnrollmentLine,
    LineState,
    Listing,
)
from enrollment.models.enrollments import RUNNING, EnrollmentState
from enrollment.services.batches import held_now, in_batches
from enrollment.services.listing import refresh_listings
from enrollment.services.telling import Letters
from portal import clock
from portal.actors import CLOCK
from portal.audit import record_all, remember
from portal.models import Organization
from portal.tenancy import acting_for_all

APPROVED = Prefetch(
    "lines",
    EnrollmentLine.objects.filter(state=LineState.APPROVED).select_related("offering"),
    to_attr="approved",
)


def end_periods() -> int:
    """End every period whose last day, grace included, is over; gives their number.

    Who has no other period that runs is told what has lapsed, and leaves the directory.
    Vouchers that were reserved stay as they are.
    """
    return in_batches(Enrollment.objects.over(clock.in_days(1)), _end)


def _end(keys: list[int]) -> int:
    letters = _letters(keys)
    with held_now(Enrollment.objects.all(), keys) as current:
        ended = [each for each in current if can_proceed(each.lapse)]
        for each in ended:
            each.lapse()
        rows = Enrollment.objects.filter(pk__in=[each.pk for each in ended])
        rows.update(state=EnrollmentState.LAPSED)
        entries = [(each, each.partner_id) for each in ended]
        record_all("enrollment.lapsed", entries, by=CLOCK)
        partners = {each.partner_id: each.partner for each in ended}
        working = _working(partners.values())
        _leave_directory(set(partners) - working)
        letters.post((each.pk, None) for each in ended)
    # The next period lists other days, so that the engine is asked again.
    if working:
        with acting_for_all():
            refresh_listings([partners[pk] for pk in sorted(working)])
    return len(ended)


def _letters(keys: list[int]) -> Letters:
    with acting_for_all():
        due = Enrollment.objects.filter(pk__in=keys).prefetch_related(APPROVED)
        found = list(due.select_related("partner", "program"))
        letters = Letters(found)
        sent = Enrollment.objects.exclude(state=EnrollmentState.REJECTED)
        partners = [each.partner_id for each in found]
        last = {
            (each.partner_id, each.program_id): each
            for each in sent.filter(partner__in=partners).order_by("period")
        }
    for each in found:
        following = last[each.partner_id, each.program_id]
        is_renewed = following != each and following.state in RUNNING
        if can_proceed(each.lapse) and not is_renewed:
            letters.write("enrollment-lapsed", each, each.pk, following=following)
    return letters


def _working(partners: Iterable[Organization]) -> set[int]:
    """Give those partners for which some period, of any program, is good today."""
    running = Enrollment.objects.filter(partner__in=list(partners), state__in=RUNNING)
    return {
        each.partner_id
        for each in running.select_related("partner")
        if each.is_good_on(clock.today(each.partner.time_zone))
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
    entries = [(remember(each), each.partner_id) for each in first]
    record_all("profile.unlisted", entries, by=CLOCK)
