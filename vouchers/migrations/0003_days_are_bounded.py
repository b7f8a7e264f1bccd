"""The database keeps typed days away from the ends of the calendar."""

from django.db import migrations

import portal.fields
from portal.operations import AllAtOnce

# A new table brings these checks along (``DayColumn.db_check``); Django adds none to a
# column that is there.
COLUMNS = [
    ("vouchers_conversionrule", "valid_from"),
    ("vouchers_conversionrule", "valid_until"),
    ("vouchers_customeragreement", "ended_on"),
    ("vouchers_customeragreement", "ends_on"),
    ("vouchers_customeragreement", "starts_on"),
    ("vouchers_dayscale", "valid_from"),
    ("vouchers_pointrule", "valid_from"),
    ("vouchers_policyexception", "created_before"),
    ("vouchers_purchase", "ordered_on"),
    ("vouchers_purchaseline", "rule_from"),
    ("vouchers_retirementplan", "accrual_ends_on"),
    ("vouchers_retirementplan", "creation_ends_on"),
    ("vouchers_retirementplan", "pool_wipe_on"),
    ("vouchers_retirementplan", "redemption_ends_on"),
    ("vouchers_retirementplan", "reservation_ends_on"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0002_text_keys"),
    ]

    operations = [
        AllAtOnce(
            [
                migrations.AlterField(
                    model_name="conversionrule",
                    name="valid_from",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force from"
                    ),
                ),
                migrations.AlterField(
                    model_name="conversionrule",
                    name="valid_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force until"
                    ),
                ),
                migrations.AlterField(
                    model_name="customeragreement",
                    name="ended_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="ended early on"
                    ),
                ),
                migrations.AlterField(
                    model_name="customeragreement",
                    name="ends_on",
                    field=portal.fields.DayColumn(verbose_name="ends on"),
                ),
                migrations.AlterField(
                    model_name="customeragreement",
                    name="starts_on",
                    field=portal.fields.DayColumn(verbose_name="starts on"),
                ),
                migrations.AlterField(
                    model_name="dayscale",
                    name="valid_from",
                    field=portal.fields.DayColumn(verbose_name="valid from"),
                ),
                migrations.AlterField(
                    model_name="pointrule",
                    name="valid_from",
                    field=portal.fields.DayColumn(verbose_name="valid from"),
                ),
                migrations.AlterField(
                    model_name="policyexception",
                    name="created_before",
                    field=portal.fields.DayColumn(verbose_name="created before"),
                ),
                migrations.AlterField(
                    model_name="purchase",
                    name="ordered_on",
                    field=portal.fields.DayColumn(verbose_name="ordered on"),
                ),
                migrations.AlterField(
                    model_name="purchaseline",
                    name="rule_from",
                    field=portal.fields.DayColumn(verbose_name="rule in force from"),
                ),
                migrations.AlterField(
                    model_name="retirementplan",
                    name="accrual_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day of accrual"
                    ),
                ),
                migrations.AlterField(
                    model_name="retirementplan",
                    name="creation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True,
                        null=True,
                        verbose_name="last day to create or assign",
                    ),
                ),
                migrations.AlterField(
                    model_name="retirementplan",
                    name="pool_wipe_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="day on which free days end"
                    ),
                ),
                migrations.AlterField(
                    model_name="retirementplan",
                    name="redemption_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to redeem"
                    ),
                ),
                migrations.AlterField(
                    model_name="retirementplan",
                    name="reservation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to reserve"
                    ),
                ),
            ]
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CHECK"
                f" ({name} BETWEEN '1990-01-01' AND '2100-12-31')",
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_{name}_check",
            )
            for table, name in COLUMNS
        ),
    ]
