"""Competencies: added by the partner with a proof, checked by the sponsor."""

from datetime import date

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enrollment.models import HeldCompetency
from enrollment.services import directory, notifications, roles
from portal import clock, files
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Reason, Topic


def add_competency(
    held_competency: HeldCompetency, proof: File, *, by: Member
) -> HeldCompetency:
    """Add a competency of the actor's company with its proof, for review."""
    by.must_be(*roles.ADMINS)
    held_competency.partner = by.organization
    _ensure_dates(held_competency, clock.today(held_competency.partner.time_zone))
    with transaction.atomic():
        held_competency.proof = files.store(
            proof, parties=[held_competency.partner.pk], by=by.person
        )
        _insert(held_competency)
        record(
            "competency.claimed",
            held_competency,
            by=by,
            parties=[held_competency.partner.pk],
        )
    return held_competency


def _ensure_dates(held_competency: HeldCompetency, today: date) -> None:
    if held_competency.valid_until < held_competency.valid_from:
        raise Refused(
            _("The last day is before the first. Check both dates."),
            field="valid_until",
        )
    if held_competency.valid_until < today:
        raise Refused(
            _("This competency has ended. Add one that is still valid."),
            field="valid_until",
        )


def _insert(held_competency: HeldCompetency) -> None:
    try:
        with transaction.atomic():
            held_competency.save(force_insert=True)
    except IntegrityError as error:
        if "held_competency_once" not in str(error):
            raise
        raise Refused(
            _("%(held)s with this first day is in your list already.")
            % {"held": held_competency},
            field="valid_from",
        ) from error


def verify(held_competency: HeldCompetency, *, by: Staff) -> None:
    """Confirm that the proof shows what the partner says."""
    by.must_be(*roles.REVIEWERS)
    with lock_row(held_competency) as row:
        row.verify()
        row.decided_by = by.person
        row.save()
        record("competency.verified", row, by=by, parties=[row.partner_id])
        notifications.notify_admins(
            row.partner, "competency-verified", row.pk, held=row
        )
        directory.facts_changed(row.partner, by=by)


def return_for_correction(
    held_competency: HeldCompetency, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """Send a competency back whose proof does not show what is needed."""
    by.must_be(*roles.REVIEWERS)
    reason.must_fit(Topic.COMPETENCY, note)
    with lock_row(held_competency) as row:
        row.return_for_correction(reason=reason, note=note)
        row.decided_by = by.person
        row.save()
        record(
            "competency.returned",
            row,
            by=by,
            parties=[row.partner_id],
            reason=f"{reason} {note}".strip(),
        )
        notifications.notify_admins(
            row.partner, "competency-returned", row.pk, held=row
        )
