"""What customers are entitled to, and the vouchers they make of it."""

from vouchers.models.entitlement import Account, Balance, CustomerAgreement, LedgerEntry
from vouchers.models.reservations import ReleaseReason, Reservation
from vouchers.models.states import MOVES, State
from vouchers.models.vouchers import Voucher

__all__ = [
    "MOVES",
    "Account",
    "Balance",
    "CustomerAgreement",
    "LedgerEntry",
    "ReleaseReason",
    "Reservation",
    "State",
    "Voucher",
]
