"""Second factors: a person who has lost all of them asks; two of the sponsor agree."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal import db, limits, mail
from portal.accounts import has_second_factor
from portal.actors import CLOCK, AccountOwner, Actor, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused
from portal.models import AuditEntry, SecondFactorRecovery, User
from portal.models.second_factors import read_stop_token
from portal.roles import Duty
from portal.services import people
from portal.tenancy import acting_as_person, acting_for_all

OPENERS = (Duty.SUPPORT,)
CONFIRMERS = (Duty.SUPPORT, Duty.PROGRAM_MANAGER)
# So many at a time: one that is broken stops few others.
MOST = 250


def ask_for_removal(explanation: str, *, by: AccountOwner) -> SecondFactorRecovery:
    """Ask, as a person who has proved the password, to have the second factor removed.

    Support is told, and the person at every verified address. Raises ``Refused`` where
    there is no second factor, or it was asked for already.
    """
    limits.count_attempt("second-factor", by.person_id, settings.RECOVERY_LIMIT)
    with acting_as_person(by.person_id):
        return _make(by.person, explanation, by=by)


def _make(person: User, explanation: str, *, by: Actor) -> SecondFactorRecovery:
    if not has_second_factor(person):
        raise Refused(_("This account has no second factor."))
    try:
        with transaction.atomic():
            recovery = SecondFactorRecovery.objects.create(
                person=person, explanation=explanation
            )
    except IntegrityError as error:  # second_factor_recovery_one_running
        raise Refused(
            _("This was asked for already. The sponsor's support answers by mail.")
        ) from error
    entry = record("second_factor.asked", recovery, by=by, parties=[])
    if isinstance(by, AccountOwner):
        _tell_person(recovery, entry)
        _tell_staff(recovery, entry, people.staff_with(*OPENERS))
    return recovery


def recovery_by(token: str) -> SecondFactorRecovery | None:
    """Return the removal to which a link in a person's mail leads."""
    keys = read_stop_token(token)
    if keys is None:
        return None
    recovery, person = keys
    with acting_as_person(person):
        rows = SecondFactorRecovery.objects.select_related("person")
        return rows.filter(pk=recovery).first()


def stop_removal(recovery: SecondFactorRecovery, *, by: AccountOwner) -> None:
    """Stop the removal: it was not the person, or the second factor was found."""
    with acting_as_person(by.person_id), lock_row(recovery) as current:
        _stop(current, by=by)


@receiver(authenticator_used)
def stop_not_lost(*, user: User, **_rest: Any) -> None:
    """Stop a removal as its person uses the second factor: it is not lost."""
    with acting_as_person(user.pk):
        running = SecondFactorRecovery.objects.running().filter(person=user)
        with db.lock_rows(running) as recoveries:
            for current in recoveries:
                _stop(current, by=AccountOwner(user))


def _stop(current: SecondFactorRecovery, *, by: Actor) -> None:
    current.object()
    current.save()
    entry = record("second_factor.objected", current, by=by, parties=[])
    _tell_person(current, entry)
    _tell_staff(current, entry, people.staff_with(*CONFIRMERS))


def start_removal(person: User, *, reason: str, by: Staff) -> SecondFactorRecovery:
    """Open the removal for a person who has called, whether it was asked for or not."""
    by.must_be(*OPENERS)
    with transaction.atomic():
        running = SecondFactorRecovery.objects.running().filter(person=person).first()
        recovery = running or _make(person, "", by=by)
        open_removal(recovery, reason=reason, by=by)
    return recovery


def open_removal(recovery: SecondFactorRecovery, *, reason: str, by: Staff) -> None:
    """Say how one knows that it is the person; somebody else has to confirm it.

    Raises ``Refused`` for the own account.
    """
    by.must_be(*OPENERS)
    with lock_row(recovery) as current:
        ensure_not_own(current, by)
        current.open(reason=reason, by=by.person)
        current.save()
        entry = record(
            "second_factor.opened", current, by=by, parties=[], reason=reason
        )
        _tell_person(current, entry)
        confirmers = [
            person for person in people.staff_with(*CONFIRMERS) if person != by.person
        ]
        _tell_staff(current, entry, confirmers)


def confirm_removal(recovery: SecondFactorRecovery, *, by: Staff) -> None:
    """Confirm what a colleague has opened; the waiting time begins.

    Raises ``Refused`` for the own account, for what one has opened oneself, and where
    the second factor was used since.
    """
    by.must_be(*CONFIRMERS)
    with lock_row(recovery) as current:
        ensure_not_own(current, by)
        if current.opened_by_id == by.person_id:
            raise Refused(_("You opened this yourself: somebody else confirms it."))
        if is_used_since(current):
            raise Refused(_("The second factor was used since: it is not lost."))
        current.confirm(by=by.person)
        current.save()
        entry = record("second_factor.confirmed", current, by=by, parties=[])
        _tell_person(current, entry)


def decline_removal(recovery: SecondFactorRecovery, *, reason: str, by: Staff) -> None:
    """Leave the second factor as it is, and say why; until it is removed."""
    by.must_be(*CONFIRMERS)
    with lock_row(recovery) as current:
        ensure_not_own(current, by)
        current.decline(reason=reason)
        current.save()
        entry = record(
            "second_factor.declined", current, by=by, parties=[], reason=reason
        )
        _tell_person(current, entry)


def ensure_not_own(recovery: SecondFactorRecovery, by: Staff) -> None:
    if recovery.person_id == by.person_id:
        raise Refused(_("About your own second factor two others decide."))


def is_used_since(recovery: SecondFactorRecovery) -> bool:
    """Tell whether a second factor was used or set up since it was said to be lost."""
    since = recovery.created_at
    factors = Authenticator.objects.filter(user=recovery.person_id)
    condition = Q(last_used_at__gt=since) | Q(created_at__gt=since)
    return bool(factors.filter(condition).exists())


def remove_lost() -> int:
    """Remove the second factors whose waiting time is over; returns their number.

    What turned out not to be lost is stopped. Safe to run twice: what has ended is
    passed over.
    """
    with acting_for_all():
        running = SecondFactorRecovery.objects.running()
        keys = sorted(running.values_list("pk", flat=True))
    return db.at_pace(_finish, keys, most=MOST, what="The second-factor recovery")


def _finish(keys: list[int]) -> int:
    running = SecondFactorRecovery.objects.running().select_related("person")
    removed_count = 0
    with acting_for_all(), db.lock_free_rows(running, keys) as recoveries:
        for current in recoveries:
            if is_used_since(current):
                _stop(current, by=CLOCK)
            elif current.is_due:
                _remove(current)
                removed_count += 1
    return removed_count


def _remove(current: SecondFactorRecovery) -> None:
    # While it is confirmed: at no other time does the database let the sponsor do it.
    Authenticator.objects.filter(user=current.person_id).delete()
    current.complete()
    current.save()
    entry = record("second_factor.removed", current, by=CLOCK, parties=[])
    _tell_person(current, entry)


def _tell_person(recovery: SecondFactorRecovery, entry: AuditEntry) -> None:
    mail.queue_to_every_address(
        "second-factor",
        person=recovery.person,
        key=str(entry.pk),
        recovery=recovery,
    )


def _tell_staff(
    recovery: SecondFactorRecovery, entry: AuditEntry, staff: list[User]
) -> None:
    mail.queue_all(
        "second-factor-staff",
        [person for person in staff if person.pk != recovery.person_id],
        key=str(entry.pk),
        recovery=recovery,
        path=reverse("admin:portal_secondfactorrecovery_change", args=[recovery.pk]),
    )


def check_removal(recovery: SecondFactorRecovery) -> list[Finding]:
    """Hold what the sponsor's people weigh against what is known."""
    person = recovery.person
    factors = Authenticator.objects.filter(user=person)
    last_used = factors.exclude(last_used_at=None).order_by("last_used_at").last()
    last_use = last_used.last_used_at if last_used else None
    return [
        Finding(
            _("Person"),
            holds=person.is_active,
            found=_("Signs in as %(email)s.") % {"email": person.email},
            needed=_("An open account whose person you know by voice or sight."),
            fix=_("Call back under a number that was known before this request."),
        ),
        Finding(
            _("Second factor"),
            holds=not is_used_since(recovery),
            found=_("Used last on %(day)s.")
            % {"day": date_format(last_use, "DATETIME_FORMAT")}
            if last_use
            else _("Never used."),
            needed=_("Not used, and no other one set up, since it is said to be lost."),
            fix=_("Decline: it is not lost."),
        ),
    ]
