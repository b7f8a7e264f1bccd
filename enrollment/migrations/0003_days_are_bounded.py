"""The database keeps typed days away from the ends of the calendar."""

from django.db import migrations

import portal.fields
from portal.operations import AllAtOnce

# A new table brings these checks along (``DayColumn.db_check``); Django adds none to a
# column that is there.
COLUMNS = [
    ("enrollment_certificate", "passed_on"),
    ("enrollment_certificate", "valid_until"),
    ("enrollment_competencyexam", "valid_from"),
    ("enrollment_competencyexam", "valid_until"),
    ("enrollment_consultant", "since"),
    ("enrollment_consultant", "until"),
    ("enrollment_exam", "counts_until"),
    ("enrollment_exam", "retired_on"),
    ("enrollment_heldcompetency", "valid_from"),
    ("enrollment_heldcompetency", "valid_until"),
    ("enrollment_offering", "closes_on"),
    ("enrollment_offering", "creation_ends_on"),
    ("enrollment_offering", "opens_on"),
    ("enrollment_offering", "redemption_ends_on"),
    ("enrollment_offering", "reservation_ends_on"),
    ("enrollment_program", "accrual_ends_on"),
    ("enrollment_program", "creation_ends_on"),
    ("enrollment_program", "pool_wipe_on"),
    ("enrollment_program", "redemption_ends_on"),
    ("enrollment_program", "reservation_ends_on"),
    ("enrollment_programagreement", "effective_on"),
    ("enrollment_programagreement", "sign_by"),
    ("enrollment_programrequirement", "valid_from"),
    ("enrollment_programrequirement", "valid_until"),
    ("enrollment_qualification", "valid_from"),
    ("enrollment_qualification", "valid_until"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0002_text_keys"),
    ]

    operations = [
        AllAtOnce(
            [
                migrations.AlterField(
                    model_name="certificate",
                    name="passed_on",
                    field=portal.fields.DayColumn(verbose_name="passed on"),
                ),
                migrations.AlterField(
                    model_name="certificate",
                    name="valid_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="valid until"
                    ),
                ),
                migrations.AlterField(
                    model_name="competencyexam",
                    name="valid_from",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force from"
                    ),
                ),
                migrations.AlterField(
                    model_name="competencyexam",
                    name="valid_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force until"
                    ),
                ),
                migrations.AlterField(
                    model_name="consultant",
                    name="since",
                    field=portal.fields.DayColumn(verbose_name="since"),
                ),
                migrations.AlterField(
                    model_name="consultant",
                    name="until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="until"
                    ),
                ),
                migrations.AlterField(
                    model_name="exam",
                    name="counts_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="counts until"
                    ),
                ),
                migrations.AlterField(
                    model_name="exam",
                    name="retired_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="retired on"
                    ),
                ),
                migrations.AlterField(
                    model_name="heldcompetency",
                    name="valid_from",
                    field=portal.fields.DayColumn(verbose_name="valid from"),
                ),
                migrations.AlterField(
                    model_name="heldcompetency",
                    name="valid_until",
                    field=portal.fields.DayColumn(verbose_name="valid until"),
                ),
                migrations.AlterField(
                    model_name="offering",
                    name="closes_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="closes on"
                    ),
                ),
                migrations.AlterField(
                    model_name="offering",
                    name="creation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True,
                        null=True,
                        verbose_name="last day to create or assign",
                    ),
                ),
                migrations.AlterField(
                    model_name="offering",
                    name="opens_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="opens on"
                    ),
                ),
                migrations.AlterField(
                    model_name="offering",
                    name="redemption_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to redeem"
                    ),
                ),
                migrations.AlterField(
                    model_name="offering",
                    name="reservation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to reserve"
                    ),
                ),
                migrations.AlterField(
                    model_name="program",
                    name="accrual_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day of accrual"
                    ),
                ),
                migrations.AlterField(
                    model_name="program",
                    name="creation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True,
                        null=True,
                        verbose_name="last day to create or assign",
                    ),
                ),
                migrations.AlterField(
                    model_name="program",
                    name="pool_wipe_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="day on which free days end"
                    ),
                ),
                migrations.AlterField(
                    model_name="program",
                    name="redemption_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to redeem"
                    ),
                ),
                migrations.AlterField(
                    model_name="program",
                    name="reservation_ends_on",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="last day to reserve"
                    ),
                ),
                migrations.AlterField(
                    model_name="programagreement",
                    name="effective_on",
                    field=portal.fields.DayColumn(verbose_name="in force from"),
                ),
                migrations.AlterField(
                    model_name="programagreement",
                    name="sign_by",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="to be signed by"
                    ),
                ),
                migrations.AlterField(
                    model_name="programrequirement",
                    name="valid_from",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force from"
                    ),
                ),
                migrations.AlterField(
                    model_name="programrequirement",
                    name="valid_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force until"
                    ),
                ),
                migrations.AlterField(
                    model_name="qualification",
                    name="valid_from",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force from"
                    ),
                ),
                migrations.AlterField(
                    model_name="qualification",
                    name="valid_until",
                    field=portal.fields.DayColumn(
                        blank=True, null=True, verbose_name="in force until"
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
