"""The sponsor's view of agreements, the ledger and vouchers."""

from vouchers.admin.entitlement import CustomerAgreementAdmin
from vouchers.admin.extensions import ExtensionAdmin, PolicyExceptionAdmin
from vouchers.admin.ledger import BalanceAdmin, LedgerEntryAdmin
from vouchers.admin.vouchers import ReservationAdmin, VoucherAdmin

__all__ = [
    "BalanceAdmin",
    "CustomerAgreementAdmin",
    "ExtensionAdmin",
    "LedgerEntryAdmin",
    "PolicyExceptionAdmin",
    "ReservationAdmin",
    "VoucherAdmin",
]
