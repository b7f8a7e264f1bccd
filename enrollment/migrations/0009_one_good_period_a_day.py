"""Let one period at most be good on a day, and carry answers over into the next."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from portal.policies import TieTogether


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0008_directory"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="enrollment",
            name="enrollment_running",
        ),
        migrations.AddField(
            model_name="enrollment",
            name="follows",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enrollment.enrollment",
            ),
        ),
        migrations.AddField(
            model_name="enrollment",
            name="reason",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.reason",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="enrollment_review_days",
            field=models.PositiveSmallIntegerField(
                default=10, verbose_name="days in which an enrollment is decided"
            ),
        ),
        migrations.AlterField(
            model_name="enrollment",
            name="return_reason",
            field=models.TextField(blank=True, verbose_name="note"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(
                condition=models.Q(("state__in", ["active", "renewal_due"])),
                fields=["state", "ends_on", "reminded"],
                name="enrollment_running",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="enrollmentline",
            trigger=pgtrigger.compiler.Trigger(
                name="approved_in_a_period",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"state\" = 'approved')",
                    func="\n    IF EXISTS (\n        SELECT FROM enrollment_enrollment\n        WHERE id = NEW.enrollment_id\n            AND state IN ('in_progress', 'submitted', 'rejected')\n    ) THEN\n        RAISE EXCEPTION 'enrollment_line_approved_in_a_period'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n",
                    hash="20754f29bd913b328e7e7a23c48b4e945fce5cda",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_approved_in_a_period_57e36",
                    table="enrollment_enrollmentline",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(
                    ("state__in", ["active", "renewal_due", "lapsed", "suspended"])
                ),
                expressions=[
                    ("partner", "="),
                    ("program", "="),
                    (
                        models.Func(
                            models.F("starts_on"),
                            models.F("good_until"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="enrollment_one_good_period_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "rejected"), _negated=True),
                    ("reason__isnull", False),
                    _connector="OR",
                ),
                name="enrollment_rejected_has_reason",
            ),
        ),
        TieTogether(
            "Enrollment",
            ["follows", "partner"],
            "enrollment.Enrollment",
            ["id", "partner"],
        ),
    ]
