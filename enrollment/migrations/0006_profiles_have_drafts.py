"""Let profiles be drafts, published or returned, and keep what is typed apart."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
from portal.policies import EnableTenancy, TieTogether


def name_states(apps, schema_editor):
    profiles = apps.get_model("enrollment", "BusinessProfile").objects
    shown = profiles.using(schema_editor.connection.alias).exclude(published_at=None)
    shown.update(state="published")


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0005_signatures_stay"),
        ("portal", "0004_tenancy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProfileDraft",
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
                ("description", models.TextField(blank=True)),
                ("website", models.CharField(blank=True, max_length=200)),
                ("linkedin", models.CharField(blank=True, max_length=200)),
                (
                    "skills",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "locations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("saved_at", models.DateTimeField(default=portal.clock.now)),
            ],
            options={
                "verbose_name": "draft of a business profile",
                "verbose_name_plural": "drafts of business profiles",
            },
        ),
        migrations.AddField(
            model_name="businessprofile",
            name="note",
            field=models.TextField(blank=True, verbose_name="note"),
        ),
        migrations.AddField(
            model_name="businessprofile",
            name="reason",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.reason",
            ),
        ),
        migrations.AddField(
            model_name="businessprofile",
            name="returned_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="returned at"
            ),
        ),
        migrations.AddField(
            model_name="businessprofile",
            name="state",
            field=django_fsm.FSMField(
                choices=[
                    ("draft", "Draft"),
                    ("published", "Published"),
                    ("returned", "Returned"),
                ],
                default="draft",
                max_length=50,
                protected=True,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="businessprofile",
            name="description",
            field=models.TextField(
                blank=True,
                validators=[django.core.validators.MaxLengthValidator(2500)],
                verbose_name="description",
            ),
        ),
        migrations.RunPython(name_states, migrations.RunPython.noop, elidable=True),
        pgtrigger.migrations.AddTrigger(
            model_name="businessprofile",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{draft:published,published:draft,published:returned,returned:published}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="2c1ef990c626a1a5d182f4e4afe35efc086fc4f5",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_05c65",
                    table="enrollment_businessprofile",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="businessprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "published", "returned"])),
                name="profile_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("published_at__isnull", False),
                        ("state", "published"),
                        models.Q(("description", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "published"), _negated=True),
                        ("published_at", None),
                    ),
                    _connector="OR",
                ),
                name="profile_published_says_something_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("returned_at__isnull", False),
                        ("state", "returned"),
                        ("reason__isnull", False),
                    ),
                    models.Q(
                        models.Q(("state", "returned"), _negated=True),
                        ("note", ""),
                        ("reason", None),
                        ("returned_at", None),
                    ),
                    _connector="OR",
                ),
                name="profile_returned_has_reason",
            ),
        ),
        migrations.AddField(
            model_name="profiledraft",
            name="logo",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.document",
            ),
        ),
        migrations.AddField(
            model_name="profiledraft",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
            ),
        ),
        migrations.AddField(
            model_name="profiledraft",
            name="profile",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="draft",
                to="enrollment.businessprofile",
            ),
        ),
        migrations.AddField(
            model_name="profiledraft",
            name="saved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        EnableTenancy("ProfileDraft", "partner"),
        TieTogether(
            "ProfileDraft",
            ["profile", "partner"],
            "enrollment.BusinessProfile",
            ["id", "partner"],
        ),
    ]
