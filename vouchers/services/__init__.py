"""What people and the clock do with days, vouchers and reservations."""

from vouchers.services.assignment import (
    assign,
    eligible_for_all,
    listed_partners,
    managers_for,
    managers_of,
    partners_for,
    recall,
)
from vouchers.services.checks import findings_for_reservation, offer_to
from vouchers.services.creation import (
    Wanted,
    check_creation,
    create,
    create_many,
    made_in,
)
from vouchers.services.entitlement import activate, grant, open_agreement
from vouchers.services.expiry import expire, remind
from vouchers.services.imports import (
    failed_headings,
    failed_lines,
    forget_imports,
    import_headings,
    import_vouchers,
    judge_import,
    upload_import,
)
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
    open_work,
    recall_many,
    recalling,
    work_of,
)
from vouchers.services.people import HOLDERS, MANAGERS, OWNERS
from vouchers.services.reissue import findings_for_reissue, reissue
from vouchers.services.reservations import (
    live_reservation,
    release,
    release_silent,
    reserve,
    terms_of,
)
from vouchers.services.vouchers import cancel, pay, redeem, reverse

__all__ = [
    "HOLDERS",
    "MANAGERS",
    "OWNERS",
    "Assigning",
    "HandingOver",
    "To",
    "Wanted",
    "activate",
    "against",
    "assign",
    "assign_many",
    "cancel",
    "cancel_many",
    "cancelling",
    "check_creation",
    "create",
    "create_many",
    "eligible_for_all",
    "expire",
    "failed_headings",
    "failed_lines",
    "find_by_number",
    "findings_for_reissue",
    "findings_for_reservation",
    "forget_imports",
    "grant",
    "hand_over",
    "import_headings",
    "import_vouchers",
    "judge_import",
    "listed_partners",
    "live_reservation",
    "made_in",
    "managers_for",
    "managers_of",
    "offer_to",
    "open_agreement",
    "open_work",
    "partners_for",
    "pay",
    "proof_of",
    "recall",
    "recall_many",
    "recalling",
    "redeem",
    "reissue",
    "release",
    "release_silent",
    "remind",
    "reserve",
    "reverse",
    "terms_of",
    "to_reserve",
    "upload_import",
    "work_of",
]
