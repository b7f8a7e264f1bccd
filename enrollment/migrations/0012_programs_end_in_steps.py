"""Let programs and offerings end in steps, and say how vouchers live."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0011_words_for_columns"),
    ]

    operations = [
        migrations.AddField(
            model_name="offering",
            name="creation_ends_on",
            field=models.DateField(
                blank=True, null=True, verbose_name="last day to create or assign"
            ),
        ),
        migrations.AddField(
            model_name="offering",
            name="payment_window_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="payment window"
            ),
        ),
        migrations.AddField(
            model_name="offering",
            name="redemption_ends_on",
            field=models.DateField(
                blank=True, null=True, verbose_name="last day to redeem"
            ),
        ),
        migrations.AddField(
            model_name="offering",
            name="reservation_ends_on",
            field=models.DateField(
                blank=True, null=True, verbose_name="last day to reserve"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="allows_fewer_days",
            field=models.BooleanField(
                default=False,
                verbose_name="fewer days than the voucher's may be delivered",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="benefit_terms",
            field=models.TextField(blank=True, verbose_name="terms of the benefit"),
        ),
        migrations.AddField(
            model_name="program",
            name="expiry_anchor",
            field=models.CharField(
                choices=[
                    ("created", "The day it was created"),
                    ("assigned", "The day it was first assigned"),
                ],
                default="created",
                max_length=10,
                verbose_name="life is counted from",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="extended_by",
            field=models.CharField(
                choices=[
                    ("sponsor", "Only the sponsor"),
                    ("owner", "The customer's benefit admins"),
                    ("manager", "Benefit admins and the project manager"),
                ],
                default="sponsor",
                max_length=10,
                verbose_name="who extends vouchers",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="extended_life_days",
            field=models.PositiveSmallIntegerField(
                default=365, verbose_name="longest life of an extended voucher"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="extension_days",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="days of an extension"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="extensions_most",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="most extensions of a voucher"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="pool_wipe_on",
            field=models.DateField(
                blank=True, null=True, verbose_name="day on which free days end"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="reissue_days",
            field=models.PositiveSmallIntegerField(
                default=0,
                verbose_name="days in which an expired voucher can be reissued",
            ),
        ),
        migrations.AddConstraint(
            model_name="offering",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("creation_ends_on", None),
                        ("reservation_ends_on", None),
                        ("creation_ends_on__lte", models.F("reservation_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("reservation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("reservation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("creation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("creation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                ),
                name="offering_ends_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("creation_ends_on", None),
                        ("reservation_ends_on", None),
                        ("creation_ends_on__lte", models.F("reservation_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("reservation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("reservation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("creation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("creation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                ),
                name="program_ends_in_order",
            ),
        ),
    ]
