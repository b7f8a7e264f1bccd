"""What the database holds beyond the models: row-level security and ties.

Part of the initial migration, which is otherwise written by ``fold_migrations``.
"""

from portal.policies import (
    EnableTenancy,
    TieTogether,
)
from portal.rights import (
    MembersMay,
    SponsorDecides,
)


def tied(model, field, target):
    """Hold a row's partner equal to that of the row it points to."""
    return TieTogether(model, [field, "partner"], target, ["id", "partner"])


BEFORE = []
AFTER = [
    EnableTenancy("PaymentRequest", "partner"),
    EnableTenancy("PaymentLine", "partner"),
    EnableTenancy("Payment", "partner", append_only=True),
    tied("PaymentLine", "request", "payments.PaymentRequest"),
    tied("Payment", "request", "payments.PaymentRequest"),
    TieTogether(
        "PaymentRequest",
        ["location", "partner"],
        "portal.Location",
        ["id", "organization"],
    ),
    # The engagement never changes its partner; a voucher may, once it is released.
    TieTogether(
        "PaymentLine",
        ["engagement", "voucher", "partner"],
        "engagements.Engagement",
        ["id", "voucher", "partner"],
    ),
    MembersMay("PaymentRequest", "INSERT", "UPDATE"),
    MembersMay("PaymentLine", "INSERT", "UPDATE"),
    SponsorDecides("PaymentRequest", states=["approved", "paid"]),
]
