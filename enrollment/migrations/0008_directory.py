"""Make profiles searchable by words, and note where an enquired engagement would be."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import enrollment.models.programs
from portal.policies import EnableTenancy, TieTogether


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0007_access_ends_too"),
        ("portal", "0004_tenancy"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="DirectoryEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("words", models.TextField()),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
                (
                    "profile",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entry",
                        to="enrollment.businessprofile",
                    ),
                ),
            ],
            options={
                "verbose_name": "directory entry",
                "verbose_name_plural": "directory entries",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False,
                        fields=["words"],
                        name="entry_by_words",
                        opclasses=["gin_trgm_ops"],
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="program",
            name="enquiry_reminder_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                default=enrollment.models.programs.enquiry_reminders,
                size=None,
                verbose_name="reminders before the last day for an answer",
            ),
        ),
        migrations.AddField(
            model_name="enquiry",
            name="country",
            field=models.CharField(default="", max_length=2, verbose_name="country"),
            preserve_default=False,
        ),
        EnableTenancy("DirectoryEntry", "partner"),
        TieTogether(
            "DirectoryEntry",
            ["profile", "partner"],
            "enrollment.BusinessProfile",
            ["id", "partner"],
        ),
    ]
