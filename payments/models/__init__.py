"""What the sponsor pays: rates, payment requests with their lines, payments."""

from payments.models.rates import Rate
from payments.models.requests import Payment, PaymentLine, PaymentRequest, RequestState

__all__ = ["Payment", "PaymentLine", "PaymentRequest", "Rate", "RequestState"]
