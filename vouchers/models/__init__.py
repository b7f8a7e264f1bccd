"""What customers are entitled to, and the vouchers they make of it."""

from vouchers.models.accrual import (
    DayScale,
    LicensedProduct,
    PointRule,
    Purchase,
    PurchaseLine,
)
from vouchers.models.agreements import (
    AgreementStatus,
    BenefitContact,
    ContactPart,
    CustomerAgreement,
)
from vouchers.models.conversions import Conversion, ConversionRule
from vouchers.models.extensions import Extension, ExtensionKind, PolicyException
from vouchers.models.ledger import Account, Balance, LedgerEntry
from vouchers.models.outlook import AgreementOutlook
from vouchers.models.purchase_imports import PurchaseImport
from vouchers.models.reservations import ReleaseReason, Reservation
from vouchers.models.retirement import LetterAbout, PlanState, RetirementPlan
from vouchers.models.retirement_letters import RetirementLetter
from vouchers.models.states import MOVES, State
from vouchers.models.voucher_imports import VoucherImport
from vouchers.models.vouchers import Voucher, VoucherBatch

__all__ = [
    "MOVES",
    "Account",
    "AgreementOutlook",
    "AgreementStatus",
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
    "State",
    "Voucher",
    "VoucherBatch",
    "VoucherImport",
]
