"""Keep signatures and the versions that were signed as they are, whoever asks."""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import enrollment.models.programs


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0004_tenancy"),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="agreement_reminder_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                default=enrollment.models.programs.agreement_reminders,
                size=None,
                verbose_name="reminders before an agreement must be signed",
            ),
        ),
        migrations.AlterField(
            model_name="programagreement",
            name="told_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="partners told at"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="programagreement",
            trigger=pgtrigger.compiler.Trigger(
                name="stays_as_signed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."effective_on" IS DISTINCT FROM (NEW."effective_on") OR OLD."program_id" IS DISTINCT FROM (NEW."program_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."version" IS DISTINCT FROM (NEW."version"))',
                    func="IF EXISTS (SELECT FROM enrollment_signature WHERE agreement_id = OLD.id) THEN RAISE EXCEPTION 'pgtrigger: A signed version stays as it is'; END IF; RETURN NEW;",
                    hash="3da217cf28baab8e464546a800e0ab772710f5d8",
                    operation="UPDATE",
                    pgid="pgtrigger_stays_as_signed_b1244",
                    table="enrollment_programagreement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signature",
            trigger=pgtrigger.compiler.Trigger(
                name="is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="7fd88b9406af531546550f15903a57f93bec781a",
                    operation="DELETE",
                    pgid="pgtrigger_is_kept_ea477",
                    table="enrollment_signature",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signature",
            trigger=pgtrigger.compiler.Trigger(
                name="stays_as_given",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."agreement_id" IS DISTINCT FROM (NEW."agreement_id") OR OLD."signer_id" IS DISTINCT FROM (NEW."signer_id") OR OLD."signer_name" IS DISTINCT FROM (NEW."signer_name") OR OLD."signer_title" IS DISTINCT FROM (NEW."signer_title") OR OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."text_hash" IS DISTINCT FROM (NEW."text_hash") OR OLD."signed_at" IS DISTINCT FROM (NEW."signed_at") OR OLD."signer_roles" IS DISTINCT FROM (NEW."signer_roles"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b9b6bf6c8df3e885241bcbf9472db5a6e1f87bfa",
                    operation="UPDATE",
                    pgid="pgtrigger_stays_as_given_b0462",
                    table="enrollment_signature",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="signature",
            trigger=pgtrigger.compiler.Trigger(
                name="copied_once",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."copy_id" IS NOT NULL AND OLD."copy_id" IS DISTINCT FROM (NEW."copy_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="f83401c58ac3815712ee3326509df6c4875f1c2a",
                    operation="UPDATE",
                    pgid="pgtrigger_copied_once_7594f",
                    table="enrollment_signature",
                    when="BEFORE",
                ),
            ),
        ),
        # The trigger on versions looks for signatures, of which a role that works for one
        # organization sees its own alone: it changes no version.
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON enrollment_programagreement FROM portal_app",
            "GRANT UPDATE, DELETE ON enrollment_programagreement TO portal_app",
        ),
    ]
