"""Written by fold_migrations: the models as they are, and the walls."""

import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
import portal.fields
import portal.operations
from engagements.migrations import _walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("portal", "0001_initial"),
        ("vouchers", "0001_initial"),
    ]

    operations = [
        *_walls.BEFORE,
        portal.operations.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name="CompletionReport",
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
                        (
                            "engagement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="completion_report",
                                to="engagements.engagement",
                                verbose_name="engagement",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "days_on_site",
                            models.PositiveSmallIntegerField(
                                verbose_name="days on site"
                            ),
                        ),
                        (
                            "days_off_site",
                            models.PositiveSmallIntegerField(
                                default=0, verbose_name="days off site"
                            ),
                        ),
                        ("summary", models.TextField(verbose_name="summary")),
                        (
                            "next_steps",
                            models.TextField(verbose_name="recommended next steps"),
                        ),
                        (
                            "deliverable_kind",
                            models.CharField(
                                choices=[
                                    ("findings", "Findings and recommendations"),
                                    ("vision", "Vision and scope"),
                                    ("brief", "Solution brief"),
                                    ("oai", "OAI report"),
                                    ("plan", "Custom plan"),
                                ],
                                max_length=10,
                                verbose_name="kind of deliverable",
                            ),
                        ),
                        (
                            "deliverable",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="deliverable",
                            ),
                        ),
                        (
                            "accepted_by",
                            models.CharField(
                                max_length=120,
                                verbose_name="accepted for the customer by",
                            ),
                        ),
                        (
                            "accepted_on",
                            portal.fields.DayColumn(verbose_name="accepted on"),
                        ),
                        (
                            "no_extra_charge",
                            models.BooleanField(
                                verbose_name="nothing extra was charged"
                            ),
                        ),
                        (
                            "policies_met",
                            models.BooleanField(
                                verbose_name="the program's policies were met"
                            ),
                        ),
                        (
                            "filed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="filed by",
                            ),
                        ),
                        ("filed_at", models.DateTimeField(verbose_name="filed at")),
                    ],
                    options={
                        "verbose_name": "completion report",
                        "verbose_name_plural": "completion reports",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("days_on_site__gt", 0),
                                    ("days_off_site__gt", 0),
                                    _connector="OR",
                                ),
                                name="report_has_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("no_extra_charge", True), ("policies_met", True)
                                ),
                                name="report_declares_both",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Engagement",
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
                        (
                            "reservation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="engagement",
                                to="vouchers.reservation",
                                verbose_name="reservation",
                            ),
                        ),
                        (
                            "voucher",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="engagements",
                                to="vouchers.voucher",
                                verbose_name="voucher",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "lead",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="lead consultant",
                            ),
                        ),
                        (
                            "starts_on",
                            portal.fields.DayColumn(verbose_name="first day"),
                        ),
                        ("ends_on", portal.fields.DayColumn(verbose_name="last day")),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("scheduled", "Scheduled"),
                                    ("reported", "Reported"),
                                    ("called_off", "Called off"),
                                ],
                                default="scheduled",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "engagement",
                        "verbose_name_plural": "engagements",
                        "indexes": [
                            models.Index(
                                fields=["customer", "-created_at", "-id"],
                                name="engagement_by_customer",
                            ),
                            models.Index(
                                fields=["partner", "-created_at", "-id"],
                                name="engagement_by_partner",
                            ),
                            models.Index(
                                condition=models.Q(("state", "scheduled")),
                                fields=["partner", "ends_on"],
                                name="engagement_to_report",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("starts_on__lte", models.F("ends_on"))
                                ),
                                name="engagement_begins_before_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["scheduled", "reported", "called_off"],
                                    )
                                ),
                                name="engagement_state_is_known",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "customer", "partner"),
                                name="engagement_of_parties",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "voucher", "partner"),
                                name="engagement_of_voucher",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="completionreport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="2c527c06a9ab0029cdd55fab2728faa6295a0230",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_3a417",
                            table="engagements_completionreport",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="engagement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{reported:called_off,scheduled:called_off,scheduled:reported}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="6eed5e5ca994f4f23c47f6fbbc8b0f6886c361ff",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_8da5a",
                            table="engagements_engagement",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        *_walls.AFTER,
    ]
