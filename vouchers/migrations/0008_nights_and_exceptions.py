"""Remember what was reminded, follow exceptions, and lock balances in one order."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# What a customer's own deeds may give as the reason of a later last day.
OWN_RULE = """
CREATE POLICY own_rule ON vouchers_extension AS RESTRICTIVE FOR INSERT TO portal_app
    WITH CHECK (kind = 'rule');
"""
NO_RULE = "DROP POLICY own_rule ON vouchers_extension;"
IN_ORDER = """
CREATE OR REPLACE FUNCTION vouchers_move_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    -- Whoever moves days of several agreements locks their sums in one order: two who
    -- do so at once never wait for each other.
    IF (SELECT min(agreement_id) <> max(agreement_id) FROM new_entries) THEN
        PERFORM FROM vouchers_balance
        WHERE agreement_id IN (SELECT agreement_id FROM new_entries)
        ORDER BY agreement_id FOR NO KEY UPDATE;
    END IF;
    UPDATE vouchers_balance b SET
        free = b.free + moved.free,
        held = b.held + moved.held,
        delivered = b.delivered + moved.delivered,
        paid = b.paid + moved.paid,
        lost = b.lost + moved.lost,
        expired = b.expired + moved.expired,
        converted = b.converted + moved.converted
    FROM (
        SELECT agreement_id,
            sum(days * ((target = 'free')::int - (source = 'free')::int)) AS free,
            sum(days * ((target = 'held')::int - (source = 'held')::int)) AS held,
            sum(days * ((target = 'delivered')::int - (source = 'delivered')::int))
                AS delivered,
            sum(days * ((target = 'paid')::int - (source = 'paid')::int)) AS paid,
            sum(days * ((target = 'lost')::int - (source = 'lost')::int)) AS lost,
            sum(days * (target = 'expired')::int) AS expired,
            sum(days * (target = 'converted')::int) AS converted
        FROM new_entries GROUP BY agreement_id
    ) moved
    WHERE b.agreement_id = moved.agreement_id;
    RETURN NULL;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION vouchers_move_days() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE vouchers_balance b SET
        free = b.free + moved.free,
        held = b.held + moved.held,
        delivered = b.delivered + moved.delivered,
        paid = b.paid + moved.paid,
        lost = b.lost + moved.lost,
        expired = b.expired + moved.expired,
        converted = b.converted + moved.converted
    FROM (
        SELECT agreement_id,
            sum(days * ((target = 'free')::int - (source = 'free')::int)) AS free,
            sum(days * ((target = 'held')::int - (source = 'held')::int)) AS held,
            sum(days * ((target = 'delivered')::int - (source = 'delivered')::int))
                AS delivered,
            sum(days * ((target = 'paid')::int - (source = 'paid')::int)) AS paid,
            sum(days * ((target = 'lost')::int - (source = 'lost')::int)) AS lost,
            sum(days * (target = 'expired')::int) AS expired,
            sum(days * (target = 'converted')::int) AS converted
        FROM new_entries GROUP BY agreement_id
    ) moved
    WHERE b.agreement_id = moved.agreement_id;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("vouchers", "0007_plans_are_published_by_another"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(IN_ORDER, BEFORE),
        migrations.RunSQL(OWN_RULE, NO_RULE),
        pgtrigger.migrations.RemoveTrigger(
            model_name="voucher",
            name="keeps_its_last_day",
        ),
        migrations.AddField(
            model_name="policyexception",
            name="expected",
            field=models.PositiveIntegerField(
                default=0, verbose_name="vouchers expected"
            ),
        ),
        migrations.AddField(
            model_name="policyexception",
            name="finished_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="finished at"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="reminded",
            field=models.SmallIntegerField(
                editable=False, null=True, verbose_name="last reminder"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="voucher",
            trigger=pgtrigger.compiler.Trigger(
                name="keeps_its_last_day",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."expires_on" IS DISTINCT FROM (NEW."expires_on"))',
                    func="\n    NEW.reminded := NULL;\n    IF OLD.state = 'created' AND OLD.assigned_at IS NULL\n        AND NEW.state = 'assigned' AND NEW.assigned_at IS NOT NULL THEN\n        RETURN NEW;\n    END IF;\n    IF NOT EXISTS (\n        SELECT FROM vouchers_extension e WHERE e.voucher_id = OLD.id\n            AND e.before = OLD.expires_on AND e.until = NEW.expires_on\n    ) THEN\n        RAISE EXCEPTION 'pgtrigger: The last day moves by an extension only';\n    END IF;\n    RETURN NEW;\n",
                    hash="4cd32556d7f18c06fc9d0ee79fc1f50a216fb47e",
                    operation="UPDATE",
                    pgid="pgtrigger_keeps_its_last_day_26a29",
                    table="vouchers_voucher",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="policyexception",
            constraint=models.UniqueConstraint(
                fields=("program", "offering", "created_before", "reason"),
                name="policy_exception_once",
                nulls_distinct=False,
                violation_error_message="This exception is granted already.",
            ),
        ),
    ]
