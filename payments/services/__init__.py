"""What partners and the sponsor do about money."""

from payments.services.checks import findings_for, reports_of
from payments.services.claims import (
    Claim,
    claims_of,
    tax_on,
    to_invoice,
)
from payments.services.invoices import attach_invoice
from payments.services.invoicing import (
    INVOICERS,
    Draft,
    Invoice,
    cancel,
    draft,
    resubmit,
    submit,
)
from payments.services.rates import load_rates, promised_rate
from payments.services.review import (
    approve,
    give_back,
    record_payment,
    reverse_redemption,
)
from payments.services.telling import remind

__all__ = [
    "INVOICERS",
    "Claim",
    "Draft",
    "Invoice",
    "approve",
    "attach_invoice",
    "cancel",
    "claims_of",
    "draft",
    "findings_for",
    "give_back",
    "load_rates",
    "promised_rate",
    "record_payment",
    "remind",
    "reports_of",
    "resubmit",
    "reverse_redemption",
    "submit",
    "tax_on",
    "to_invoice",
]
