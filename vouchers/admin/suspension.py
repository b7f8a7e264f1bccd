from portal.admin_base import AdminAction
from vouchers.models import Voucher
from vouchers.services import suspension


class SuspensionAction(AdminAction):
    """An action that is no move of the voucher: it says itself why it is refused."""

    def why_not(self, row: Voucher) -> str:
        """Say why the service would refuse; empty when it would not."""
        if self.serve is suspension.suspend:
            return suspension.suspension_refusal(row)
        return suspension.reactivation_refusal(row)
