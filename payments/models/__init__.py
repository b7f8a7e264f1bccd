"""What the sponsor pays: rates, payment requests with their lines, payments."""

from payments.models.payments import Payment, PaymentLine
from payments.models.rates import Rate
from payments.models.requests import PaymentRequest, RequestState

__all__ = ["Payment", "PaymentLine", "PaymentRequest", "Rate", "RequestState"]
