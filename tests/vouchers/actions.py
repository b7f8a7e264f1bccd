"""What tests of actions share: acting as somebody, and looking at what it left."""

from portal.db import lock_row
from portal.models import AuditEntry, Email
from portal.tenancy import acting_for
from vouchers.models import LedgerEntry
from vouchers.services import redemptions


def acting(actor):
    """Work for the actor's organization alone, as its pages do."""
    return acting_for(actor.organization.pk, person=actor.person.pk)


def redeem_voucher(voucher, days, by):
    """Use a voucher up under its lock, as its engagement is redeemed."""
    with lock_row(voucher, "agreement") as current:
        return redemptions.redeem(current, days=days, by=by)


def told():
    """List (mail, address) of every mail that waits in the outbox."""
    return sorted(
        (email.key.partition(":")[0], email.to) for email in Email.objects.all()
    )


def recorded():
    return [entry.verb for entry in AuditEntry.objects.order_by("pk")]


def moved(voucher):
    """List the kinds of ledger entries of a voucher, the first one first."""
    entries = LedgerEntry.objects.filter(voucher=voucher).order_by("pk")
    return [entry.kind for entry in entries]


def accounts(agreement):
    """Return an agreement's balance as (free, held, delivered, paid, lost)."""
    agreement.balance.refresh_from_db()
    balance = agreement.balance
    return (
        balance.free,
        balance.held,
        balance.delivered,
        balance.paid,
        balance.lost,
    )
