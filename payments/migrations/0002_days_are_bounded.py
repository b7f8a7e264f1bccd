"""The database keeps typed days away from the ends of the calendar."""

from django.db import migrations

import portal.fields
from portal.operations import AllAtOnce

# A new table brings these checks along (``DayColumn.db_check``); Django adds none to a
# column that is there.
COLUMNS = [
    ("payments_payment", "paid_on"),
    ("payments_rate", "valid_from"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"),
    ]

    operations = [
        AllAtOnce(
            [
                migrations.AlterField(
                    model_name="payment",
                    name="paid_on",
                    field=portal.fields.DayColumn(verbose_name="paid on"),
                ),
                migrations.AlterField(
                    model_name="rate",
                    name="valid_from",
                    field=portal.fields.DayColumn(verbose_name="valid from"),
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
