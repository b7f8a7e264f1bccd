"""What customers are entitled to, and the vouchers they make of it."""

from vouchers.models.accrual import (
    DayScale,
    LicensedProduct,
    PointRule,
    Purchase,
    PurchaseLine,
)
from vouchers.models.balances import Balance
from vouchers.models.batches import VoucherBatch
from vouchers.models.conversions import Conversion, ConversionRule
from vouchers.models.entitlement import (
    BenefitContact,
    ContactPart,
    CustomerAgreement,
    Standing,
)
from vouchers.models.extensions import Extension, ExtensionKind, PolicyException
from vouchers.models.imports import PurchaseImport, VoucherImport
from vouchers.models.ledger import Account, LedgerEntry
from vouchers.models.reservations import ReleaseReason, Reservation
from vouchers.models.retirement import (
    LetterAbout,
    PlanState,
    RetirementLetter,
    RetirementPlan,
)
from vouchers.models.states import MOVES, State
from vouchers.models.vouchers import Voucher

__all__ = [
    "MOVES",
    "Account",
    "Balance",
    "BenefitContact",
    "ContactPart",
    "Conversion",
    "ConversionRule",
    "CustomerAgreement",
    "DayScale",
    "Extension",
    "ExtensionKind",
    "LedgerEntry",
    "LetterAbout",
    "LicensedProduct",
    "PlanState",
    "PointRule",
    "PolicyException",
    "Purchase",
    "PurchaseImport",
    "PurchaseLine",
    "ReleaseReason",
    "Reservation",
    "RetirementLetter",
    "RetirementPlan",
    "Standing",
    "State",
    "Voucher",
    "VoucherBatch",
    "VoucherImport",
]
