"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.assignment import assign, managers_for, partners_for, recall
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.entitlement import activate, grant, open_agreement
from vouchers.services.exceptions import (
    Preview,
    apply_exceptions,
    grant_exception,
    preview,
    refuse_exception,
)
from vouchers.services.expiry import expire, expire_overdue
from vouchers.services.extensions import (
    extend,
    extend_by_sponsor,
    may_be_extended_by,
    prospect_of,
    why_not_extended,
)
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.reminders import remind
from vouchers.services.reservations import (
    live_reservation,
    release,
    release_silent,
    reserve,
    terms_of,
)
from vouchers.services.vouchers import (
    Wanted,
    cancel,
    create,
    pay,
    redeem,
    reverse,
)

__all__ = [
    "HOLDERS",
    "MANAGERS",
    "OWNERS",
    "Preview",
    "Wanted",
    "activate",
    "apply_exceptions",
    "assign",
    "cancel",
    "create",
    "expire",
    "expire_overdue",
    "extend",
    "extend_by_sponsor",
    "find_by_number",
    "findings_for_reservation",
    "grant",
    "grant_exception",
    "live_reservation",
    "managers_for",
    "may_be_extended_by",
    "offer_to",
    "open_agreement",
    "partners_for",
    "pay",
    "preview",
    "proof_of",
    "prospect_of",
    "recall",
    "redeem",
    "refuse_exception",
    "release",
    "release_silent",
    "remind",
    "reserve",
    "reverse",
    "terms_of",
    "to_reserve",
    "why_not_extended",
]
