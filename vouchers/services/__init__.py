"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.entitlement import (
    activate,
    grant,
    open_agreement,
)
from vouchers.services.expiry import expire, remind
from vouchers.services.reservations import (
    HOLDERS,
    find_by_number,
    findings_for_reservation,
    proof_of,
    release,
    release_silent,
    reserve,
    to_reserve,
)
from vouchers.services.vouchers import (
    OWNERS,
    Wanted,
    assign,
    cancel,
    create,
    pay,
    recall,
    redeem,
    reverse,
)

__all__ = [
    "HOLDERS",
    "OWNERS",
    "Wanted",
    "activate",
    "assign",
    "cancel",
    "create",
    "expire",
    "find_by_number",
    "findings_for_reservation",
    "grant",
    "open_agreement",
    "pay",
    "proof_of",
    "recall",
    "redeem",
    "release",
    "release_silent",
    "remind",
    "reserve",
    "reverse",
    "to_reserve",
]
