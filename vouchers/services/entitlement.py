"""Agreements and the days on them."""

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment import rules
from portal import clock, mail
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused, refuse_unless
from portal.roles import Duty, Role
from portal.services import people_with
from vouchers.models import CustomerAgreement, LedgerEntry, Voucher
from vouchers.models.ledger import WAYS, Kind
from vouchers.services.pools import refuse_overflow, refuse_pool


def open_agreement(agreement: CustomerAgreement, *, days: int, by: Staff) -> None:
    """Open a customer's agreement with its first days; for program managers."""
    by.must_be(Duty.PROGRAM_MANAGER)
    with transaction.atomic():
        agreement.save()
        record("entitlement.opened", agreement, by=by, parties=[agreement.customer_id])
        if days:
            grant(agreement, days=days, note=_("Opening balance"), by=by)
        mail.queue_all(
            "entitlement-opened",
            people_with(agreement.customer, Role.BENEFIT_ADMIN),
            key=str(agreement.pk),
            agreement=agreement,
            days=days,
            path=agreement.get_absolute_url(),
        )


def grant(agreement: CustomerAgreement, *, days: int, note: str, by: Staff) -> None:
    """Add days to an agreement's pool, until the program's accrual ends.

    The note names what they are for; days for the same thing are granted once.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    with lock_row(agreement) as pool:
        refuse_grant(pool, days, note)
        write_entries(Kind.GRANTED, pool, days, note=note)
        record(
            "entitlement.granted",
            pool,
            by=by,
            parties=[pool.customer_id],
            reason=_("%(days)s days: %(note)s") % {"days": days, "note": note},
        )


def refuse_grant(pool: CustomerAgreement, days: int, note: str) -> None:
    refuse_pool(pool)
    refuse_accrual(pool)
    if days < 1:
        raise Refused(_("Grant at least one day."), field="days")
    refuse_overflow(pool, days)
    if pool.entries.noted(Kind.GRANTED, note).exists():
        raise Refused(
            _("Days for “%(note)s” were granted already.") % {"note": note},
            field="note",
        )


def refuse_accrual(pool: CustomerAgreement) -> None:
    """Raise ``Refused``, beside the days, when the program grants none any more."""
    today = clock.today(pool.customer.time_zone)
    refuse_unless(rules.accruing(pool.program, today), field="days")


def move_days(kind: Kind, voucher: Voucher) -> None:
    """Move all days of a voucher from one account to the next."""
    source, target = WAYS[kind]
    LedgerEntry.objects.create(
        # By their numbers: the database holds them to the voucher's own.
        agreement_id=voucher.agreement_id,
        customer_id=voucher.customer_id,
        voucher=voucher,
        kind=kind,
        source=source,
        target=target,
        days=voucher.days,
    )


def write_entries(
    kind: Kind,
    agreement: CustomerAgreement,
    days: int,
    *,
    voucher: Voucher | None = None,
    note: str = "",
) -> None:
    source, target = WAYS[kind]
    LedgerEntry.objects.create(
        agreement=agreement,
        customer_id=agreement.customer_id,
        voucher=voucher,
        kind=kind,
        source=source,
        target=target,
        days=days,
        note=note,
    )
