"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.assignment import assign, managers_for, partners_for, recall
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.entitlement import activate, grant, open_agreement
from vouchers.services.expiry import expire, remind
from vouchers.services.letters import letters_of, send_letters
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.objections import objections_to, planned_value
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.recipients import count_recipients
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
    "PLANNERS",
    "Wanted",
    "activate",
    "assign",
    "cancel",
    "change_plan",
    "count_recipients",
    "create",
    "discard_plan",
    "draft_of",
    "draft_plan",
    "expire",
    "find_by_number",
    "findings_for_reservation",
    "grant",
    "letters_of",
    "live_reservation",
    "managers_for",
    "objections_to",
    "offer_to",
    "open_agreement",
    "partners_for",
    "pay",
    "planned_value",
    "proof_of",
    "publish_plan",
    "recall",
    "redeem",
    "release",
    "release_silent",
    "remind",
    "reserve",
    "reverse",
    "send_letters",
    "terms_of",
    "to_reserve",
    "why_not_published",
]
