"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.assignment import assign, managers_for, partners_for, recall
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.entitlement import activate, grant, open_agreement
from vouchers.services.expiry import expire, remind
from vouchers.services.exports import (
    as_csv,
    as_xlsx,
    ledger_as_csv,
    ledger_as_xlsx,
)
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
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
    "Wanted",
    "activate",
    "as_csv",
    "as_xlsx",
    "assign",
    "cancel",
    "create",
    "expire",
    "find_by_number",
    "findings_for_reservation",
    "grant",
    "ledger_as_csv",
    "ledger_as_xlsx",
    "live_reservation",
    "managers_for",
    "offer_to",
    "open_agreement",
    "partners_for",
    "pay",
    "proof_of",
    "recall",
    "redeem",
    "release",
    "release_silent",
    "remind",
    "reserve",
    "reverse",
    "terms_of",
    "to_reserve",
]
