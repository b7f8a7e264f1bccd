"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.accrual import accrue
from vouchers.services.activation import Contact, activate, change_contacts, contacts_of
from vouchers.services.agreements import adjust, end_agreement, renew_agreement
from vouchers.services.assignment import assign, managers_for, partners_for, recall
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.conversions import (
    Exchange,
    convert,
    findings_for_conversion,
    received_for,
)
from vouchers.services.creation import Wanted, create, create_many, made_in
from vouchers.services.entitlement import grant, open_agreement
from vouchers.services.exceptions import (
    apply_exceptions,
    grant_exception,
    preview,
    refuse_exception,
)
from vouchers.services.expiry import expire, expire_overdue
from vouchers.services.exports import as_csv, as_xlsx, ledger_as_csv, ledger_as_xlsx
from vouchers.services.extensions import extend, extend_by_sponsor, prospect_of
from vouchers.services.free_days import expire_free_days
from vouchers.services.letters import letters_of, send_letters
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.objections import objections_to
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.promises import kept, promised, promised_on
from vouchers.services.recipients import count_recipients
from vouchers.services.reminders import remind
from vouchers.services.reservations import (
    live_reservation,
    release,
    release_silent,
    reserve,
    terms_of,
)
from vouchers.services.retirement import (
    PLANNERS,
    change_plan,
    discard_plan,
    draft_of,
    draft_plan,
    publish_plan,
    why_not_published,
)
from vouchers.services.suspension import (
    SUSPENDERS,
    moves_on,
    reactivate,
    refuse_standstill,
    suspend,
    why_not_reactivated,
    why_not_suspended,
)
from vouchers.services.tables import Order
from vouchers.services.usage import pay, redeem, reverse
from vouchers.services.vouchers import cancel

__all__ = [
    "HOLDERS",
    "MANAGERS",
    "OWNERS",
    "PLANNERS",
    "SUSPENDERS",
    "Contact",
    "Exchange",
    "Order",
    "Wanted",
    "accrue",
    "activate",
    "adjust",
    "apply_exceptions",
    "as_csv",
    "as_xlsx",
    "assign",
    "cancel",
    "change_contacts",
    "change_plan",
    "contacts_of",
    "convert",
    "count_recipients",
    "create",
    "create_many",
    "discard_plan",
    "draft_of",
    "draft_plan",
    "end_agreement",
    "expire",
    "expire_free_days",
    "expire_overdue",
    "extend",
    "extend_by_sponsor",
    "find_by_number",
    "findings_for_conversion",
    "findings_for_reservation",
    "grant",
    "grant_exception",
    "kept",
    "ledger_as_csv",
    "ledger_as_xlsx",
    "letters_of",
    "live_reservation",
    "made_in",
    "managers_for",
    "moves_on",
    "objections_to",
    "offer_to",
    "open_agreement",
    "partners_for",
    "pay",
    "preview",
    "promised",
    "promised_on",
    "proof_of",
    "prospect_of",
    "publish_plan",
    "reactivate",
    "recall",
    "received_for",
    "redeem",
    "refuse_exception",
    "refuse_standstill",
    "release",
    "release_silent",
    "remind",
    "renew_agreement",
    "reserve",
    "reverse",
    "send_letters",
    "suspend",
    "terms_of",
    "to_reserve",
    "why_not_published",
    "why_not_reactivated",
    "why_not_suspended",
]
