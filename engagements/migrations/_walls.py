"""What the database holds beyond the models: row-level security and ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from portal.policies import EnableTenancy, TieTogether

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
]
