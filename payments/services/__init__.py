"""What partners and the sponsor do about money."""

from payments.services.invoicing import (
    INVOICERS,
    Invoice,
    attach_invoice,
    cancel,
    remind,
    resubmit,
    submit,
    to_invoice,
)
from payments.services.review import (
    approve,
    give_back,
    record_payment,
    reverse_redemption,
)

__all__ = [
    "INVOICERS",
    "Invoice",
    "approve",
    "attach_invoice",
    "cancel",
    "give_back",
    "record_payment",
    "remind",
    "resubmit",
    "reverse_redemption",
    "submit",
    "to_invoice",
]
