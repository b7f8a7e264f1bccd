"""Let people keep addresses of lists, each in one of few places of their own."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import portal.clock
from portal.policies import EnableTenancy


class Migration(migrations.Migration):
    dependencies = [("portal", "0007_words_for_columns")]

    operations = [
        migrations.CreateModel(
            name="SavedAddress",
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
                ("page", models.CharField(max_length=60, verbose_name="page")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(max_length=1000)),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved address",
                "verbose_name_plural": "saved addresses",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organization"),
                        models.F("person"),
                        models.F("page"),
                        django.db.models.functions.text.Lower("name"),
                        name="saved_address_name_is_unique",
                    ),
                    models.UniqueConstraint(
                        fields=("organization", "person", "place"),
                        name="saved_address_has_its_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("place__gte", 1), ("place__lte", 20)),
                        name="saved_address_places_are_few",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("query", ""), _negated=True),
                        ),
                        name="saved_address_says_something",
                    ),
                ],
            },
        ),
        EnableTenancy("SavedAddress", "organization"),
    ]
