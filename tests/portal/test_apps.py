"""What the portal adds to its database after each migration."""

import pytest
from django.db import DatabaseError, connection

from portal.tenancy import acting_for_all
from tests.factories.vouchers import VoucherFactory

pytestmark = pytest.mark.django_db


def test_no_session_can_switch_a_guard_off():
    voucher = VoucherFactory()

    def move_past_the_guard():
        with acting_for_all(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true)"
                " FROM pg_trigger WHERE tgrelid = 'vouchers_voucher'::regclass"
            )
            cursor.execute(
                "UPDATE vouchers_voucher SET state = 'paid' WHERE id = %s", [voucher.pk]
            )

    with pytest.raises(DatabaseError, match="Invalid transition"):
        move_past_the_guard()
