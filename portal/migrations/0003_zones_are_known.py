"""Organizations live in time zones that the database knows."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

DAY_IN = """
CREATE FUNCTION public.portal_day_in(zone text, moment timestamptz)
RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN timezone(zone, moment)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_sealed_mails")]

    operations = [
        migrations.RunSQL(
            DAY_IN,
            "DROP FUNCTION public.portal_day_in(text, timestamptz)",
        ),
        migrations.AlterField(
            model_name="organization",
            name="time_zone",
            field=models.CharField(
                default="UTC", max_length=50, verbose_name="time zone"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="organization",
            trigger=pgtrigger.compiler.Trigger(
                name="zone_is_known",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF public.portal_day_in(NEW.time_zone, now()) IS NULL THEN\n        RAISE check_violation USING CONSTRAINT = 'organization_zone_is_known',\n            MESSAGE = format('%L is no time zone', NEW.time_zone);\n    END IF;\n    RETURN NEW;\n",
                    hash="f0cd3abda4b174a1d6478e85d42a2b31792d5f4b",
                    operation='INSERT OR UPDATE OF "time_zone"',
                    pgid="pgtrigger_zone_is_known_16d27",
                    table="portal_organization",
                    when="BEFORE",
                ),
            ),
        ),
    ]
