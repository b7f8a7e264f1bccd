"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.accrual import accrue
from vouchers.services.activation import (
    Contact,
    activate,
    change_contacts,
    contacts_of,
)
from vouchers.services.agreements import adjust, end_agreement, renew_agreement
from vouchers.services.assignment import assign, managers_for, partners_for, recall
from vouchers.services.calling import call_on
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.conversions import (
    Exchange,
    convert,
    findings_for_conversion,
    received_for,
)
from vouchers.services.entitlement import grant, open_agreement
from vouchers.services.expiry import expire, remind
from vouchers.services.free_days import expire_free_days
from vouchers.services.imports import (
    confirm,
    failed_rows,
    preview,
    read_purchases,
)
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.outlook import Outlook, outlook_of
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.reservations import (
    live_reservation,
    release,
    release_silent,
    reserve,
    terms_of,
)
from vouchers.services.shipped import load_accrual
from vouchers.services.tables import Order
from vouchers.services.vouchers import (
    Wanted,
    cancel,
    create,
    pay,
    redeem,
    reverse,
)

__all__ = [
    "HOLDERS",
    "MANAGERS",
    "OWNERS",
    "Contact",
    "Exchange",
    "Order",
    "Outlook",
    "Wanted",
    "accrue",
    "activate",
    "adjust",
    "assign",
    "call_on",
    "cancel",
    "change_contacts",
    "confirm",
    "contacts_of",
    "convert",
    "create",
    "end_agreement",
    "expire",
    "expire_free_days",
    "failed_rows",
    "find_by_number",
    "findings_for_conversion",
    "findings_for_reservation",
    "grant",
    "live_reservation",
    "load_accrual",
    "managers_for",
    "offer_to",
    "open_agreement",
    "outlook_of",
    "partners_for",
    "pay",
    "preview",
    "proof_of",
    "read_purchases",
    "recall",
    "received_for",
    "redeem",
    "release",
    "release_silent",
    "remind",
    "renew_agreement",
    "reserve",
    "reverse",
    "terms_of",
    "to_reserve",
]
