"""The sponsor's view of agreements, the ledger and vouchers."""

from vouchers.admin.accrual import (
    ConversionAdmin,
    ConversionRuleAdmin,
    DayScaleAdmin,
    LicensedProductAdmin,
    PurchaseAdmin,
)
from vouchers.admin.agreements import CustomerAgreementAdmin
from vouchers.admin.extensions import ExtensionAdmin, PolicyExceptionAdmin
from vouchers.admin.ledger import BalanceAdmin, LedgerEntryAdmin
from vouchers.admin.purchase_imports import PurchaseImportAdmin
from vouchers.admin.retirement import RetirementPlanAdmin
from vouchers.admin.vouchers import ReservationAdmin, VoucherAdmin

__all__ = [
    "BalanceAdmin",
    "ConversionAdmin",
    "ConversionRuleAdmin",
    "CustomerAgreementAdmin",
    "DayScaleAdmin",
    "ExtensionAdmin",
    "LedgerEntryAdmin",
    "LicensedProductAdmin",
    "PolicyExceptionAdmin",
    "PurchaseAdmin",
    "PurchaseImportAdmin",
    "ReservationAdmin",
    "RetirementPlanAdmin",
    "VoucherAdmin",
]
