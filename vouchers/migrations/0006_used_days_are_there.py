"""Hold used vouchers to their days, and suspended ones to what can still go on.

A comparison with nothing passes a check: the days of a used voucher have to be there.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0005_walls_and_sums")]

    operations = [
        migrations.RemoveConstraint(
            model_name="voucher", name="voucher_redeemed_has_its_days"
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("days_used__gte", 1),
                        ("days_used__isnull", False),
                        ("days_used__lte", models.F("days")),
                        ("state__in", ["redeemed", "paid"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["redeemed", "paid"]), _negated=True),
                        ("days_used", None),
                    ),
                    _connector="OR",
                ),
                name="voucher_redeemed_has_its_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suspended_at", None),
                    ("state__in", ["created", "assigned", "reserved", "redeemed"]),
                    _connector="OR",
                ),
                name="voucher_suspended_can_go_on",
            ),
        ),
    ]
