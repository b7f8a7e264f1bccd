"""What the database holds beyond the models: row-level security and ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from portal.policies import (
    EnableTenancy,
    TieTogether,
)
from portal.rights import (
    MembersMay,
    OpenToDirectory,
    of_listed,
)

PARTIES = ["customer", "partner"]

BEFORE = []
AFTER = [
    EnableTenancy("Engagement", *PARTIES),
    EnableTenancy("CompletionReport", *PARTIES, append_only=True),
    TieTogether(
        "Engagement",
        ["reservation", "voucher", *PARTIES],
        "vouchers.Reservation",
        ["id", "voucher", *PARTIES],
    ),
    TieTogether(
        "CompletionReport",
        ["engagement", *PARTIES],
        "engagements.Engagement",
        ["id", *PARTIES],
    ),
    OpenToDirectory(
        "Engagement", of_listed("partner_id"), columns="id, partner_id, state"
    ),
    MembersMay("Engagement", "INSERT", "UPDATE"),
    MembersMay("CompletionReport", "INSERT"),
]
