"""The database keeps typed days away from the ends of the calendar."""

from django.db import migrations

import portal.fields
from portal.operations import AllAtOnce

# A new table brings these checks along (``DayColumn.db_check``); Django adds none to a
# column that is there.
COLUMNS = [
    ("engagements_completionreport", "accepted_on"),
    ("engagements_engagement", "ends_on"),
    ("engagements_engagement", "starts_on"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0001_initial"),
    ]

    operations = [
        AllAtOnce(
            [
                migrations.AlterField(
                    model_name="completionreport",
                    name="accepted_on",
                    field=portal.fields.DayColumn(verbose_name="accepted on"),
                ),
                migrations.AlterField(
                    model_name="engagement",
                    name="ends_on",
                    field=portal.fields.DayColumn(verbose_name="last day"),
                ),
                migrations.AlterField(
                    model_name="engagement",
                    name="starts_on",
                    field=portal.fields.DayColumn(verbose_name="first day"),
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
