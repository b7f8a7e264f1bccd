"""T: the transition that everything is measured in."""

from django.db import transaction
from django.utils import timezone

from bench.floors.models import AuditEntry, LedgerEntry, Voucher


def move(tenant: int, key: int, person: int, *, using: str = "default") -> None:
    """Lock, update, audit, ledger, commit, as anybody would write it."""
    with transaction.atomic(using=using):
        locked = Voucher.objects.using(using).select_for_update()
        voucher = locked.get(tenant=tenant, pk=key)
        before = voucher.state
        voucher.state = "assigned" if before == "created" else "created"
        voucher.save(update_fields=["state"])
        now = timezone.now()
        AuditEntry.objects.using(using).create(
            tenant_id=tenant,
            voucher=voucher,
            person_id=person,
            verb="voucher.moved",
            changes={"state": [before, voucher.state]},
            at=now,
        )
        LedgerEntry.objects.using(using).create(
            tenant_id=tenant, voucher=voucher, kind="held", days=voucher.days, at=now
        )
