"""Redeeming the voucher of a reported engagement, and calling one off."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.urls import reverse
from django.utils.translation import gettext as _

from engagements.models import CompletionReport, Engagement, EngagementState
from engagements.services import notifications, schedules
from enrollment.eligibility import engine
from portal import mail
from portal.actors import Member
from portal.audit import record, record_all
from portal.db import lock_row, lock_rows, save_rows
from portal.findings import Refused
from portal.roles import Role
from portal.services import people
from portal.tenancy import acting_for
from vouchers.models import Reservation
from vouchers.models.ledger import EntryType
from vouchers.services import redemptions


def redeem(engagement: Engagement, *, by: Member) -> None:
    """Redeem the voucher of a reported engagement: the payment window opens."""
    by.must_be(*notifications.DELIVERERS)
    # The customer's ledger moves with the partner's action.
    with (
        acting_for(*engagement.parties, person=by.person_id),
        _locked_with_voucher(engagement) as current,
    ):
        notifications.ensure_own(current.voucher, by)
        if current.state != EngagementState.REPORTED:
            raise Refused(_("File the completion report before you redeem."))
        facts = engine.facts_for(current.partner, current.voucher.engagement_type)
        schedules.ensure_standing(current.voucher, facts)
        schedules.ensure_deliverable(current, facts)
        days = CompletionReport.objects.get(engagement=current).days
        rest = redemptions.redeem(current.voucher, days=days, by=by)
        entry = record("engagement.redeemed", current, by=by, parties=current.parties)
        window = {
            "voucher": current.voucher,
            "last_day": current.last_day_to_invoice,
            "path": reverse("payments:request", args=[current.partner.slug]),
        }
        finance = people.people_with(current.partner, Role.FINANCE)
        mail.queue_letters(
            notifications.letter_to_customer(
                "voucher-redeemed",
                current,
                entry,
                rest=current.voucher.days - days,
                returns=rest == EntryType.RETURNED,
            ),
            *mail.letters_to(
                "voucher-redeemed-finance", finance, f"{current.pk}:{entry.pk}", window
            ),
        )


@contextmanager
def _locked_with_voucher(engagement: Engagement) -> Iterator[Engagement]:
    """Lock the voucher, then its engagement.

    In this order, which is that of a release: the reservation ends under the voucher's
    lock and then calls its engagement off.
    """
    engagement.voucher.customer = engagement.customer  # it is one
    with (
        lock_row(
            engagement.voucher,
            "agreement",
            at_hand=schedules.AT_HAND,
            savepoint=False,
        ) as voucher,
        lock_row(
            engagement, "reservation", at_hand=("lead", "partner"), savepoint=False
        ) as current,
    ):
        current.voucher = voucher
        current.customer = voucher.customer
        yield current


def call_off(reservations: Iterable[Reservation], *, by: Member) -> None:
    """Call off what was planned under reservations that have ended."""
    vouchers = {reservation.pk: reservation.voucher for reservation in reservations}
    planned = Engagement.objects.filter(reservation__in=vouchers)
    with lock_rows(planned, savepoint=False) as rows:
        for row in rows:
            row.voucher = vouchers[row.reservation_id]
            row.call_off()
        save_rows(rows, ["state"])
        parties = [(row, row.customer_id, row.partner_id) for row in rows]
        record_all("engagement.called_off", parties, by=by)
