"""Written by fold_migrations: the models as they are, and the walls."""

import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
import portal.fields
import portal.operations
from payments.migrations import _walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("engagements", "0001_initial"),
        ("enrollment", "0001_initial"),
        ("portal", "0001_initial"),
        ("vouchers", "0001_initial"),
    ]

    operations = [
        *_walls.BEFORE,
        portal.operations.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name="Payment",
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
                            "request",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payment",
                                to="payments.paymentrequest",
                                verbose_name="request",
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
                            "amount",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="amount"
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(max_length=3, verbose_name="currency"),
                        ),
                        ("paid_on", portal.fields.DayColumn(verbose_name="paid on")),
                        (
                            "bank_reference",
                            models.CharField(
                                max_length=60, verbose_name="bank reference"
                            ),
                        ),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="recorded by",
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
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="payment_is_positive",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentLine",
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
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.paymentrequest",
                                verbose_name="request",
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
                            "voucher",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payment_lines",
                                to="vouchers.voucher",
                                verbose_name="voucher",
                            ),
                        ),
                        (
                            "engagement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="engagements.engagement",
                                verbose_name="engagement",
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField(verbose_name="days")),
                        (
                            "rate",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=11,
                                verbose_name="rate per day",
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="amount"
                            ),
                        ),
                        ("is_live", models.BooleanField(default=True)),
                    ],
                    options={
                        "verbose_name": "line of a payment request",
                        "verbose_name_plural": "lines of payment requests",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_live", True)),
                                fields=("voucher",),
                                name="line_voucher_in_one_request",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("days"), "*", models.F("rate")
                                        ),
                                    )
                                ),
                                name="line_amount_is_right",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentRequest",
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
                            "reference",
                            models.CharField(
                                max_length=20, unique=True, verbose_name="reference"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payment_requests",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("submitted", "In review"),
                                    ("action_required", "Action required"),
                                    ("approved", "Approved"),
                                    ("paid", "Paid"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="submitted",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "invoice_number",
                            models.CharField(
                                max_length=40, verbose_name="your invoice number"
                            ),
                        ),
                        (
                            "invoice_key",
                            models.CharField(
                                editable=False,
                                max_length=120,
                                verbose_name="invoice key",
                            ),
                        ),
                        (
                            "vat_number",
                            models.CharField(
                                blank=True, max_length=20, verbose_name="VAT number"
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(max_length=3, verbose_name="currency"),
                        ),
                        (
                            "net",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="net"
                            ),
                        ),
                        (
                            "tax_rate",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                max_digits=5,
                                verbose_name="tax rate in percent",
                            ),
                        ),
                        (
                            "tax",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="tax"
                            ),
                        ),
                        (
                            "total",
                            models.DecimalField(
                                decimal_places=3, max_digits=15, verbose_name="total"
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.document",
                                verbose_name="invoice",
                            ),
                        ),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="submitted by",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="sent at",
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="approved by",
                            ),
                        ),
                        (
                            "approved_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="approved at"
                            ),
                        ),
                        (
                            "due_on",
                            models.DateField(
                                blank=True, null=True, verbose_name="to be paid by"
                            ),
                        ),
                        (
                            "released_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
                            ),
                        ),
                        (
                            "return_reason",
                            models.TextField(blank=True, verbose_name="reason"),
                        ),
                    ],
                    options={
                        "verbose_name": "payment request",
                        "verbose_name_plural": "payment requests",
                        "indexes": [
                            models.Index(
                                fields=["partner", "-created_at", "-id"],
                                name="request_by_partner",
                            ),
                            models.Index(
                                condition=models.Q(("state", "action_required")),
                                fields=["partner", "id"],
                                name="request_to_correct",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        [
                                            "submitted",
                                            "action_required",
                                            "approved",
                                            "paid",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="request_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("net__gt", 0),
                                    ("tax__gte", 0),
                                    (
                                        "total",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("net"), "+", models.F("tax")
                                        ),
                                    ),
                                ),
                                name="request_total_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tax_rate__gte", 0), ("tax_rate__lte", 100)
                                ),
                                name="request_tax_rate_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("invoice_key", ""), _negated=True),
                                name="request_has_invoice_number",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["approved", "paid"]),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("approved_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="request_approved_has_approver",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_by", models.F("approved_by")),
                                    _negated=True,
                                ),
                                name="request_needs_two_people",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "paid"), _negated=True),
                                    ("released_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="request_paid_has_releaser",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state", "cancelled"), _negated=True
                                ),
                                fields=("partner", "invoice_key"),
                                name="request_invoice_number_once",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "partner"), name="request_of_partner"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rate",
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
                            "offering",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rates",
                                to="enrollment.offering",
                                verbose_name="offering",
                            ),
                        ),
                        (
                            "country",
                            models.CharField(max_length=2, verbose_name="country"),
                        ),
                        (
                            "amount_per_day",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=11,
                                verbose_name="amount per day",
                            ),
                        ),
                        (
                            "currency",
                            models.CharField(max_length=3, verbose_name="currency"),
                        ),
                        (
                            "valid_from",
                            portal.fields.DayColumn(verbose_name="valid from"),
                        ),
                        (
                            "is_demo",
                            models.BooleanField(
                                default=False, verbose_name="demo value"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "rate",
                        "verbose_name_plural": "rates",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_per_day__gt", 0)),
                                name="rate_is_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                                name="rate_currency_is_iso",
                            ),
                            models.UniqueConstraint(
                                fields=("offering", "country", "valid_from"),
                                name="rate_one_per_day",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="68ab02b315c07a30648abf8d1c0bb552bb9babeb",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_15780",
                            table="payments_payment",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{action_required:cancelled,action_required:submitted,approved:paid,submitted:action_required,submitted:approved,submitted:cancelled}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="a54bd05434b696fda4b8c03ec051b68ec76dce03",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_be838",
                            table="payments_paymentrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        *_walls.AFTER,
    ]
