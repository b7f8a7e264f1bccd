"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.accrual import accrue
from vouchers.services.activation import Contact, activate, change_contacts, contacts_of
from vouchers.services.agreements import adjust, end_agreement, renew_agreement
from vouchers.services.assignment import (
    assign,
    eligible_for_all,
    listed_partners,
    managers_for,
    managers_of,
    partners_for,
    recall,
)
from vouchers.services.calling import call_on
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.conversions import (
    Exchange,
    convert,
    findings_for_conversion,
    received_for,
)
from vouchers.services.creation import (
    Wanted,
    check_creation,
    create,
    create_many,
    made_in,
)
from vouchers.services.entitlement import grant, open_agreement, refuse_accrual
from vouchers.services.exceptions import (
    Preview,
    apply_exceptions,
    grant_exception,
    preview_exception,
    refuse_exception,
)
from vouchers.services.expiry import expire, expire_overdue
from vouchers.services.exports import as_csv, as_xlsx, ledger_as_csv, ledger_as_xlsx
from vouchers.services.extensions import (
    extend,
    extend_by_sponsor,
    may_be_extended_by,
    prospect_of,
    why_not_extended,
)
from vouchers.services.free_days import expire_free_days
from vouchers.services.imports import (
    failed_headings,
    failed_lines,
    forget_imports,
    import_headings,
    import_vouchers,
    judge_import,
    upload_import,
)
from vouchers.services.letters import letters_of, send_letters
from vouchers.services.lookup import find_by_number, proof_of, to_reserve
from vouchers.services.many import (
    Assigning,
    HandingOver,
    To,
    against,
    assign_many,
    cancel_many,
    cancelling,
    hand_over,
    left_behind,
    open_work,
    recall_many,
    recalling,
    work_of,
)
from vouchers.services.objections import objections_to, planned_value
from vouchers.services.outlook import Outlook, outlook_of
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.promises import judged, kept, promised, promised_on
from vouchers.services.purchases import (
    confirm_purchases,
    failed_purchases,
    judge_purchases,
    read_purchases,
)
from vouchers.services.recipients import count_recipients
from vouchers.services.reissue import findings_for_reissue, reissue
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
from vouchers.services.shipped import load_accrual
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
from vouchers.services.usage import pay, redeem, reverse, use_up
from vouchers.services.vouchers import cancel

__all__ = [
    "HOLDERS",
    "MANAGERS",
    "OWNERS",
    "PLANNERS",
    "SUSPENDERS",
    "Assigning",
    "Contact",
    "Exchange",
    "HandingOver",
    "Order",
    "Outlook",
    "Preview",
    "To",
    "Wanted",
    "accrue",
    "activate",
    "adjust",
    "against",
    "apply_exceptions",
    "as_csv",
    "as_xlsx",
    "assign",
    "assign_many",
    "call_on",
    "cancel",
    "cancel_many",
    "cancelling",
    "change_contacts",
    "change_plan",
    "check_creation",
    "confirm_purchases",
    "contacts_of",
    "convert",
    "count_recipients",
    "create",
    "create_many",
    "discard_plan",
    "draft_of",
    "draft_plan",
    "eligible_for_all",
    "end_agreement",
    "expire",
    "expire_free_days",
    "expire_overdue",
    "extend",
    "extend_by_sponsor",
    "failed_headings",
    "failed_lines",
    "failed_purchases",
    "find_by_number",
    "findings_for_conversion",
    "findings_for_reissue",
    "findings_for_reservation",
    "forget_imports",
    "grant",
    "grant_exception",
    "hand_over",
    "import_headings",
    "import_vouchers",
    "judge_import",
    "judge_purchases",
    "judged",
    "kept",
    "ledger_as_csv",
    "ledger_as_xlsx",
    "left_behind",
    "letters_of",
    "listed_partners",
    "live_reservation",
    "load_accrual",
    "made_in",
    "managers_for",
    "managers_of",
    "may_be_extended_by",
    "moves_on",
    "objections_to",
    "offer_to",
    "open_agreement",
    "open_work",
    "outlook_of",
    "partners_for",
    "pay",
    "planned_value",
    "preview_exception",
    "promised",
    "promised_on",
    "proof_of",
    "prospect_of",
    "publish_plan",
    "reactivate",
    "read_purchases",
    "recall",
    "recall_many",
    "recalling",
    "received_for",
    "redeem",
    "refuse_accrual",
    "refuse_exception",
    "refuse_standstill",
    "reissue",
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
    "upload_import",
    "use_up",
    "why_not_extended",
    "why_not_published",
    "why_not_reactivated",
    "why_not_suspended",
    "work_of",
]
