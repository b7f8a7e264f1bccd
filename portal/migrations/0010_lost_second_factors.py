"""Let two people of the sponsor have a lost second factor removed."""

import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
from portal.policies import PERSON, KeepToPerson
from portal.rights import MembersMay, SponsorDecides

# What a person did to the own account, beside what organizations read.
OWN = f"""
CREATE POLICY own ON portal_auditentry TO portal_app
USING (person_id = {PERSON} AND parties = '{{}}')
"""
# The sponsor removes a second factor for who has lost it, and after the waiting time.
KEEP_SECOND_FACTOR = """
CREATE FUNCTION portal_keep_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM portal_secondfactorrecovery
        WHERE person_id = OLD.user_id AND state = 'confirmed' AND removes_at <= now()
    ) THEN
        RAISE EXCEPTION 'A second factor is removed after its waiting time'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0009_cache_entry"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactorRecovery",
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
                    "explanation",
                    models.TextField(
                        blank=True, max_length=1000, verbose_name="what happened"
                    ),
                ),
                (
                    "state",
                    django_fsm.FSMField(
                        choices=[
                            ("asked", "Asked"),
                            ("opened", "Opened"),
                            ("confirmed", "Confirmed"),
                            ("completed", "Removed"),
                            ("objected", "Stopped"),
                            ("declined", "Declined"),
                        ],
                        default="asked",
                        max_length=50,
                        protected=True,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="confirmed at"
                    ),
                ),
                (
                    "removes_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="removed from"
                    ),
                ),
                (
                    "refusal",
                    models.TextField(blank=True, verbose_name="reason against it"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=portal.clock.now,
                        editable=False,
                        verbose_name="created at",
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="ended at"
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "second-factor recovery",
                "verbose_name_plural": "second-factor recoveries",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["asked", "opened", "confirmed"])
                        ),
                        fields=("person",),
                        name="second_factor_recovery_one_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "asked",
                                    "opened",
                                    "confirmed",
                                    "completed",
                                    "objected",
                                    "declined",
                                ],
                            )
                        ),
                        name="second_factor_recovery_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opened_by", None),
                            models.Q(("opened_by", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="second_factor_recovery_not_for_oneself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by", None),
                            models.Q(
                                ("opened_by__isnull", False),
                                models.Q(
                                    ("confirmed_by", models.F("opened_by")),
                                    _negated=True,
                                ),
                                models.Q(
                                    ("confirmed_by", models.F("person")), _negated=True
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="second_factor_recovery_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["confirmed", "completed"]), _negated=True
                            ),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_by__isnull", False),
                                (
                                    "removes_at__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("confirmed_at"),
                                        "+",
                                        models.Value(dt.timedelta(days=1)),
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="second_factor_recovery_waits_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "completed"), _negated=True),
                            models.Q(
                                ("ended_at__gte", models.F("removes_at")),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="second_factor_recovery_has_waited",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="secondfactorrecovery",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{asked:opened,opened:confirmed,confirmed:completed,asked:objected,asked:declined,opened:objected,opened:declined,confirmed:objected,confirmed:declined}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="785cf310bc56ba9f15f9da83c3f2e3f7d6ca7f17",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_c2902",
                    table="portal_secondfactorrecovery",
                    when="BEFORE",
                ),
            ),
        ),
        KeepToPerson("SecondFactorRecovery", "person"),
        MembersMay("SecondFactorRecovery", "INSERT", "UPDATE"),
        SponsorDecides(
            "SecondFactorRecovery",
            "person",
            "opened_by",
            "reason",
            "confirmed_by",
            "confirmed_at",
            "removes_at",
            "refusal",
            states=["opened", "confirmed", "completed", "declined"],
        ),
        migrations.RunSQL(OWN, "DROP POLICY own ON portal_auditentry"),
        migrations.RunSQL(
            KEEP_SECOND_FACTOR, "DROP FUNCTION portal_keep_second_factor CASCADE"
        ),
    ]
