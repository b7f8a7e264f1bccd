"""The sponsor's view of agreements, the ledger and vouchers."""

from vouchers.admin.entitlement import CustomerAgreementAdmin
from vouchers.admin.ledger import BalanceAdmin, LedgerEntryAdmin
from vouchers.admin.retirement import RetirementPlanAdmin
from vouchers.admin.vouchers import ReservationAdmin, VoucherAdmin

__all__ = [
    "BalanceAdmin",
    "CustomerAgreementAdmin",
    "LedgerEntryAdmin",
    "ReservationAdmin",
    "RetirementPlanAdmin",
    "VoucherAdmin",
]
