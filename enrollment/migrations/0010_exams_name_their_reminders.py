"""Let each exam say when to remind of the end of its certificates."""

import django.contrib.postgres.fields
from django.db import migrations, models

import enrollment.models.rules


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0009_one_good_period_a_day")]

    operations = [
        migrations.AddField(
            model_name="exam",
            name="reminder_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                default=enrollment.models.rules.certificate_reminders,
                size=None,
                verbose_name="reminders, in days before a certificate ends",
            ),
        ),
    ]
