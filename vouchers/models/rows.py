"""One voucher as a line of the list: what the line shows, and nothing else."""

from datetime import date, datetime
from typing import NamedTuple, Self

from portal.roles import Kind
from vouchers.models.states import UNUSED, State

SHOWN = (
    *("pk", "created_at", "number", "label", "days"),
    *("state", "suspended_at", "expires_on", "redeemable_until"),
)
NAMES = ("engagement_type__name", "project_manager__name", "project_manager__email")
ZONE = "customer__time_zone"
OTHER_PARTY = {Kind.CUSTOMER: "partner__name", Kind.PARTNER: "customer__name"}


class VoucherRow(NamedTuple):
    """A line of the list, as one party reads it; the names are those of others."""

    pk: int
    created_at: datetime
    number: str
    label: str
    days: int
    state: str
    suspended_at: datetime | None
    expires_on: date
    redeemable_until: date | None
    engagement_type: str
    manager_name: str | None
    manager_email: str | None
    party: str | None
    # The customer's: the voucher is its.
    time_zone: str

    @classmethod
    def columns(cls, side: Kind) -> tuple[str, ...]:
        """Name what a query reads for one side, in the order of the line."""
        return (*SHOWN, *NAMES, OTHER_PARTY[side], ZONE)

    @classmethod
    def of(cls, values: tuple) -> Self:
        return cls._make(values)

    @property
    def project_manager(self) -> str | None:
        return self.manager_name or self.manager_email

    @property
    def deadline(self) -> date:
        """Give the last day to redeem: its own, or its program's if that is earlier."""
        return min(self.expires_on, self.redeemable_until or self.expires_on)

    @property
    def is_unused(self) -> bool:
        return self.state in UNUSED

    def get_state_display(self) -> str:
        return str(State(self.state).label)
