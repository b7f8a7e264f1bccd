"""Keep what account mails say where nobody but the worker can read it."""

from django.db import migrations, models

import portal.clock
from portal.policies import Seal


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SealedBody",
            fields=[
                (
                    "key",
                    models.CharField(
                        max_length=200,
                        primary_key=True,
                        serialize=False,
                        verbose_name="key",
                    ),
                ),
                ("words", models.TextField()),
                (
                    "queued_at",
                    models.DateTimeField(
                        default=portal.clock.now,
                        editable=False,
                        verbose_name="queued at",
                    ),
                ),
            ],
            options={
                "verbose_name": "sealed mail",
                "verbose_name_plural": "sealed mails",
            },
        ),
        Seal("SealedBody"),
    ]
