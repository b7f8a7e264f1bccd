"""Let another person publish a plan, and say why its days come earlier."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("vouchers", "0006_used_days_are_there"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="retirementletter",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="withdrawn at"),
        ),
        migrations.AddField(
            model_name="retirementplan",
            name="earlier_because",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="why days come earlier"
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementletter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at", None), ("withdrawn_at", None), _connector="OR"
                ),
                name="retirement_letter_sent_or_withdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_by", None),
                    models.Q(("published_by", models.F("drafted_by")), _negated=True),
                    _connector="OR",
                ),
                name="retirement_published_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("program", "offering"),
                name="retirement_one_draft",
                nulls_distinct=False,
            ),
        ),
    ]
