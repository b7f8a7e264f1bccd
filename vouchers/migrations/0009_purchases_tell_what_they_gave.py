"""Keep with each purchase how its days were counted, and wall off what gives days.

A customer reads its purchases and conversions; what it could write of them itself would
be a claim. Neither is ever changed.
"""

from datetime import date

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import portal.clock

WALLS = """
REVOKE INSERT, UPDATE, DELETE ON vouchers_purchase, vouchers_purchaseline,
    vouchers_conversion FROM portal_app;
REVOKE UPDATE, DELETE ON vouchers_purchase, vouchers_purchaseline,
    vouchers_conversion FROM portal_sponsor;
-- Counts of many customers in one file: the sponsor's own.
REVOKE ALL ON vouchers_purchaseimport FROM portal_app;

-- A customer activates its agreements and no more: their dates are the sponsor's.
REVOKE INSERT, DELETE ON vouchers_customeragreement FROM portal_app;
CREATE FUNCTION vouchers_keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The sponsor alone changes what was agreed'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER keep_agreement BEFORE UPDATE ON vouchers_customeragreement
FOR EACH ROW WHEN (
    current_user = 'portal_app' AND
    (OLD.customer_id, OLD.program_id, OLD.licensing_id, OLD.starts_on, OLD.ends_on,
        OLD.ended_on)
    IS DISTINCT FROM
    (NEW.customer_id, NEW.program_id, NEW.licensing_id, NEW.starts_on, NEW.ends_on,
        NEW.ended_on)
) EXECUTE FUNCTION vouchers_keep_agreement();
"""
BEFORE = """
DROP TRIGGER keep_agreement ON vouchers_customeragreement;
DROP FUNCTION vouchers_keep_agreement();
GRANT INSERT, DELETE ON vouchers_customeragreement TO portal_app;
GRANT INSERT, UPDATE, DELETE ON vouchers_purchase, vouchers_purchaseline,
    vouchers_conversion TO portal_app, portal_sponsor;
GRANT SELECT, INSERT, UPDATE, DELETE ON vouchers_purchaseimport TO portal_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0007_words_for_columns"),
        ("vouchers", "0008_nights_and_exceptions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PurchaseImport",
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
                ("ticket", models.UUIDField(unique=True, verbose_name="ticket")),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("rows", models.JSONField(verbose_name="rows")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=portal.clock.now,
                        editable=False,
                        verbose_name="created at",
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(null=True, verbose_name="confirmed at"),
                ),
                (
                    "purchases",
                    models.PositiveIntegerField(default=0, verbose_name="purchases"),
                ),
                ("days", models.PositiveIntegerField(default=0, verbose_name="days")),
            ],
            options={
                "verbose_name": "import of purchases",
                "verbose_name_plural": "imports of purchases",
            },
        ),
        migrations.AddField(
            model_name="purchase",
            name="days",
            field=models.PositiveIntegerField(default=0, verbose_name="days"),
        ),
        migrations.AddField(
            model_name="purchase",
            name="is_demo",
            field=models.BooleanField(
                default=False, verbose_name="counted with demo values"
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="step_days",
            field=models.PositiveIntegerField(
                default=0, verbose_name="days of three years"
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="step_from",
            field=models.DateField(null=True, verbose_name="scale in force from"),
        ),
        migrations.AddField(
            model_name="purchase",
            name="step_points",
            field=models.DecimalField(
                decimal_places=3, max_digits=12, null=True, verbose_name="from points"
            ),
        ),
        migrations.AddField(
            model_name="purchaseline",
            name="rule_from",
            field=models.DateField(
                default=date(2000, 1, 1), verbose_name="rule in force from"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "days",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("step_days"), "*", models.F("term_years")
                            ),
                            "/",
                            models.Value(3),
                        ),
                    )
                ),
                name="purchase_gives_its_thirds",
            ),
        ),
        migrations.AddField(
            model_name="purchaseimport",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="read by",
            ),
        ),
        migrations.RunSQL(WALLS, BEFORE),
    ]
