"""The calendar's work: renewal windows, reminders, ends of periods."""

from celery import shared_task
from django_fsm import TransitionNotAllowed

from enrollment.models import Consultant, Enquiry, Signature
from enrollment.services import agreements, directory, enquiries, leavers, renewals
from portal import clock
from portal.findings import Refused
from portal.tenancy import acting_for_all

ASKED_EVERY = 300  # seconds between two sweeps for what is missing


@shared_task
def turn_periods() -> int:
    """End periods that are over and open renewal windows; run hourly.

    Safe to run twice or side by side: what one run holds the other passes over, and one
    that has moved on, or whose day has not come in its own time zone, is left alone.
    Returns the number of moves.
    """
    return renewals.end_periods() + renewals.open_windows()


@shared_task
def copy_signature(signature_pk: int) -> None:
    """Make the signed copy of an agreement as PDF and mail it, once.

    Safe to run twice or side by side: the row is locked, and a signature that has its
    copy is left alone.
    """
    with acting_for_all():
        agreements.make_copy(Signature.objects.get(pk=signature_pk))


@shared_task
def copy_missing_signatures() -> int:
    """Ask again for every signed copy that is missing; run every few minutes.

    Safe to run twice: ``copy_signature`` passes over what is made.
    """
    with acting_for_all():
        missing = Signature.objects.filter(copy=None).order_by("pk")
        pks = list(missing.values_list("pk", flat=True)[:1000])
    for pk in pks:
        copy_signature.apply_async((pk,), expires=ASKED_EVERY)
    return len(pks)


@shared_task
def tell_of_agreements() -> int:
    """Ask partners to sign a version in force, and remind them; run daily.

    Safe to run twice: a mail's key is the version, its last day, the reminder offset
    and the person, and the outbox takes each key once. Returns the number of mails.
    """
    return agreements.notify_of_versions()


@shared_task
def close_silent_enquiries() -> int:
    """Close every enquiry whose last day for an answer is over; run hourly.

    Safe to run twice or side by side: each enquiry is its own transaction, and one that
    was answered since we listed it, or whose day has not ended for its partner,
    refuses. Returns the number closed.
    """
    # Somewhere it is tomorrow already; the guard knows each partner's own date.
    with acting_for_all():
        overdue = Enquiry.objects.overdue(clock.in_days(1))
        pks = list(overdue.order_by("pk").values_list("pk", flat=True))
    return sum(_close_enquiry(pk) for pk in pks)


def _close_enquiry(pk: int) -> bool:
    try:
        with acting_for_all():
            enquiries.close_enquiry(Enquiry.objects.get(pk=pk))
    except TransitionNotAllowed:
        return False
    return True


@shared_task
def refresh_listings_nightly() -> int:
    """Ask the engine again where an answer has ended or begins; run daily.

    Safe to run twice or side by side: a batch of partners is locked while it is judged.
    Returns the number of partners judged.
    """
    return directory.refresh_what_ended()


@shared_task
def rebuild_listings() -> int:
    """Ask the engine about every partner; run weekly. Returns their number.

    Safe to run twice or side by side: a batch of partners is locked while it is judged.
    """
    return directory.rebuild_listings()


@shared_task
def end_access_of_leavers() -> int:
    """End what an admin has decided to end with an employment; run hourly.

    Safe to run twice or side by side: each person is its own transaction, and one whose
    access has ended, or whose last day is not over in the company's time zone, refuses.
    Returns the number of people.
    """
    with acting_for_all():
        # Somewhere it is tomorrow already; the service knows the company's own date.
        due = Consultant.objects.access_ending(clock.in_days(1))
        listed = list(due.select_related("partner"))
    return sum(_end_access(consultant) for consultant in listed)


def _end_access(consultant: Consultant) -> bool:
    try:
        with acting_for_all():
            leavers.end_access_of_leaver(consultant)
    except Refused:
        return False
    return True
