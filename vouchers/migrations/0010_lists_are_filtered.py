"""Keep filtered lists fast for everybody, however rare what they ask for is.

The statistics tell the planner how many vouchers of a state a single party has: by the
average of all of them, it would walk a big customer's whole list for a rare state.
"""

from django.db import migrations, models

STATISTICS = """
CREATE STATISTICS voucher_states_of_{0} (mcv) ON {0}_id, state FROM vouchers_voucher
"""


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0009_purchases_tell_what_they_gave")]

    operations = [
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                fields=["customer", "state", "-created_at", "-id"],
                name="voucher_by_customer_state",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                fields=["partner", "state", "-created_at", "-id"],
                condition=models.Q(("partner__isnull", False)),
                name="voucher_by_partner_state",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                fields=["customer", "-created_at", "-id"],
                condition=models.Q(("suspended_at__isnull", False)),
                name="voucher_suspended_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                fields=["partner", "-created_at", "-id"],
                condition=models.Q(("suspended_at__isnull", False)),
                name="voucher_suspended_partner",
            ),
        ),
        *(
            migrations.RunSQL(
                STATISTICS.format(party), f"DROP STATISTICS voucher_states_of_{party}"
            )
            for party in ("customer", "partner")
        ),
    ]
