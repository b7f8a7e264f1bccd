"""What the sponsor does with an agreement that is open: end, lengthen, adjust it."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock, mail
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.roles import Duty
from vouchers.models import CustomerAgreement, LedgerEntry
from vouchers.models.ledger import Kind
from vouchers.services.people import benefit_admins
from vouchers.services.pools import entry, refuse_overflow, refuse_pool


def end_agreement(
    agreement: CustomerAgreement, *, last_day: date, reason: str, by: Staff
) -> None:
    """End an agreement before its time; its free days expire after its last day."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as current:
        refuse_end(current, last_day)
        current.ended_on = last_day
        current.save()
        record(
            "entitlement.ended",
            current,
            by=by,
            parties=[current.customer_id],
            reason=reason,
        )
        tell("entitlement-ended", current, last_day.isoformat(), reason=reason)


def refuse_end(current: CustomerAgreement, last_day: date) -> None:
    if current.ended_on:
        raise Refused(
            _("The agreement was ended on %(day)s already.")
            % {"day": date_format(current.ended_on)}
        )
    if not current.starts_on <= last_day < current.ends_on:
        raise Refused(
            _("Choose a day from %(start)s to the day before %(end)s.")
            % {
                "start": date_format(current.starts_on),
                "end": date_format(current.ends_on),
            },
            field="last_day",
        )


def renew_agreement(agreement: CustomerAgreement, *, ends_on: date, by: Staff) -> None:
    """Lengthen an agreement; days that have expired meanwhile stay expired."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as current:
        if current.ended_on:
            raise Refused(
                _("The agreement was ended early. Open a new one in its place.")
            )
        if ends_on <= current.ends_on:
            raise Refused(
                _("The agreement runs until %(day)s. Choose a later day.")
                % {"day": date_format(current.ends_on)},
                field="ends_on",
            )
        current.ends_on = ends_on
        current.save()
        record("entitlement.renewed", current, by=by, parties=[current.customer_id])
        tell("entitlement-renewed", current, ends_on.isoformat())


def adjust(agreement: CustomerAgreement, *, days: int, reason: str, by: Staff) -> None:
    """Add days to a pool, or take free ones off it, with a reason that all read.

    The same days for the same reason are taken for a form that was sent twice.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        kind = Kind.RAISED if days > 0 else Kind.LOWERED
        refuse_adjustment(pool, kind, days, reason)
        written = entry(kind, pool, abs(days), note=reason)
        LedgerEntry.objects.bulk_create([written])
        record(
            "entitlement.adjusted",
            pool,
            by=by,
            parties=[pool.customer_id],
            reason=_("%(days)+d days: %(reason)s") % {"days": days, "reason": reason},
        )
        pool.balance.refresh_from_db()
        tell(
            "entitlement-adjusted",
            pool,
            f"adjusted:{written.pk}",
            days=abs(days),
            is_more=days > 0,
            reason=reason,
        )


def refuse_adjustment(
    pool: CustomerAgreement, kind: Kind, days: int, reason: str
) -> None:
    if days == 0:
        raise Refused(_("Add or take off at least one day."), field="days")
    if days > 0:
        refuse_pool(pool)
    refuse_overflow(pool, days)
    free = pool.balance.free
    if days + free < 0:
        sentence = ngettext(
            "The pool has %(free)s free day; no more can be taken off.",
            "The pool has %(free)s free days; no more can be taken off.",
            free,
        )
        raise Refused(sentence % {"free": free}, field="days")
    there = pool.entries.noted(kind, reason).filter(days=abs(days))
    if there.exists():
        raise Refused(
            _("The pool was adjusted by these days for this reason already."),
            field="reason",
        )


def tell(name: str, current: CustomerAgreement, deed: str, **context: object) -> None:
    """Tell an agreement's benefit admins; ``deed`` tells one deed from the next."""
    mail.queue_all(
        name,
        benefit_admins([current.customer_id])[current.customer_id],
        key=f"{current.pk}:{deed}",
        agreement=current,
        path=current.get_absolute_url(),
        days_left=clock.days_until(current.last_day, current.customer.time_zone),
        **context,
    )
