"""Written by fold_migrations: the models as they are, and the walls."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock
import portal.conditions
import portal.fields
import portal.operations
import portal.text_sql
import vouchers.models.numbers
from vouchers.migrations import _walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("enrollment", "0001_initial"),
        ("portal", "0001_initial"),
    ]

    operations = [
        *_walls.BEFORE,
        portal.operations.AllAtOnce(
            operations=[
                migrations.CreateModel(
                    name="AgreementOutlook",
                    fields=[
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="outlook",
                                serialize=False,
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
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
                        ("as_of", models.DateField(verbose_name="as of")),
                        (
                            "window",
                            models.PositiveIntegerField(
                                default=0, verbose_name="days that were counted"
                            ),
                        ),
                        (
                            "used",
                            models.PositiveIntegerField(
                                default=0, verbose_name="days that left the pool"
                            ),
                        ),
                        (
                            "delivered",
                            models.IntegerField(
                                default=0, verbose_name="days delivered"
                            ),
                        ),
                        (
                            "last_use",
                            models.DateField(verbose_name="last day to use free days"),
                        ),
                        (
                            "end",
                            models.CharField(
                                choices=[
                                    ("agreement", "the agreement ends"),
                                    ("creation", "the last day to create"),
                                    ("wipe", "the program takes free days off"),
                                ],
                                max_length=10,
                                verbose_name="what ends their use",
                            ),
                        ),
                        (
                            "days_left",
                            models.PositiveIntegerField(
                                default=0, verbose_name="days left"
                            ),
                        ),
                        (
                            "expected",
                            models.PositiveIntegerField(
                                null=True, verbose_name="days that vouchers will take"
                            ),
                        ),
                        (
                            "is_early",
                            models.BooleanField(
                                default=False, verbose_name="too early to say"
                            ),
                        ),
                        (
                            "idle_days",
                            models.PositiveIntegerField(
                                default=0, verbose_name="days of idle vouchers"
                            ),
                        ),
                        (
                            "idle_on",
                            models.DateField(
                                null=True, verbose_name="the first of them expires on"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "outlook",
                        "verbose_name_plural": "outlooks",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("end__in", ["agreement", "creation", "wipe"])
                                ),
                                name="outlook_end_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("idle_days", 0), ("idle_on", None)),
                                    models.Q(
                                        ("idle_days__gt", 0), ("idle_on__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="outlook_idle_days_have_their_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Balance",
                    fields=[
                        (
                            "agreement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="balance",
                                serialize=False,
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
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
                        ("free", models.IntegerField(default=0, verbose_name="free")),
                        (
                            "held",
                            models.IntegerField(
                                default=0, verbose_name="held by vouchers"
                            ),
                        ),
                        (
                            "delivered",
                            models.IntegerField(default=0, verbose_name="delivered"),
                        ),
                        ("paid", models.IntegerField(default=0, verbose_name="paid")),
                        ("lost", models.IntegerField(default=0, verbose_name="lost")),
                        (
                            "expired",
                            models.IntegerField(default=0, verbose_name="expired"),
                        ),
                        (
                            "converted",
                            models.IntegerField(default=0, verbose_name="converted"),
                        ),
                    ],
                    options={
                        "verbose_name": "balance",
                        "verbose_name_plural": "balances",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("free__gte", 0)),
                                name="balance_free_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("held__gte", 0)),
                                name="balance_held_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("delivered__gte", 0)),
                                name="balance_delivered_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("paid__gte", 0)),
                                name="balance_paid_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("lost__gte", 0)),
                                name="balance_lost_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expired__gte", 0)),
                                name="balance_expired_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("converted__gte", 0)),
                                name="balance_converted_is_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BenefitContact",
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
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
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
                            "part",
                            models.CharField(
                                choices=[
                                    ("benefit", "The benefit"),
                                    ("notices", "Notices"),
                                ],
                                max_length=10,
                                verbose_name="asked about",
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        (
                            "email",
                            models.EmailField(
                                max_length=254, verbose_name="e-mail address"
                            ),
                        ),
                        (
                            "phone",
                            models.CharField(
                                blank=True, max_length=40, verbose_name="telephone"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "contact",
                        "verbose_name_plural": "contacts",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agreement", "part"),
                                name="benefit_contact_one_a_part",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Conversion",
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
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="vouchers.customeragreement",
                                verbose_name="from agreement",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="vouchers.customeragreement",
                                verbose_name="to agreement",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="vouchers.conversionrule",
                                verbose_name="conversion rule",
                            ),
                        ),
                        (
                            "source_days",
                            models.PositiveIntegerField(verbose_name="days given"),
                        ),
                        (
                            "target_days",
                            models.PositiveIntegerField(verbose_name="days received"),
                        ),
                        (
                            "ticket",
                            models.UUIDField(unique=True, verbose_name="ticket"),
                        ),
                        (
                            "converted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="converted by",
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
                        "verbose_name": "conversion",
                        "verbose_name_plural": "conversions",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source_days__gt", 0), ("target_days__gt", 0)
                                ),
                                name="conversion_moves_days",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "customer"), name="conversion_of_customer"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConversionRule",
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
                            "valid_from",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force from"
                            ),
                        ),
                        (
                            "valid_until",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="in force until"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.program",
                                verbose_name="from program",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.program",
                                verbose_name="to program",
                            ),
                        ),
                        (
                            "source_days",
                            models.PositiveSmallIntegerField(
                                default=1, verbose_name="days given"
                            ),
                        ),
                        (
                            "target_days",
                            models.PositiveSmallIntegerField(
                                default=1, verbose_name="days received"
                            ),
                        ),
                        (
                            "is_demo",
                            models.BooleanField(
                                default=False, verbose_name="demo value"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "conversion rule",
                        "verbose_name_plural": "conversion rules",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source_days__gt", 0), ("target_days__gt", 0)
                                ),
                                name="conversion_rule_has_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source", models.F("target")), _negated=True
                                ),
                                name="conversion_rule_goes_elsewhere",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("source", "="),
                                    ("target", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_until"),
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True,
                                                inclusive_upper=True,
                                            ),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="conversion_rule_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from", None),
                                    ("valid_until", None),
                                    ("valid_from__lte", models.F("valid_until")),
                                    _connector="OR",
                                ),
                                name="conversion_rule_begins_before_it_ends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerAgreement",
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
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "licensing_id",
                            models.CharField(
                                max_length=40, verbose_name="licensing ID"
                            ),
                        ),
                        (
                            "starts_on",
                            portal.fields.DayColumn(verbose_name="starts on"),
                        ),
                        ("ends_on", portal.fields.DayColumn(verbose_name="ends on")),
                        (
                            "ended_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="ended early on"
                            ),
                        ),
                        (
                            "activated_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="activated at"
                            ),
                        ),
                        (
                            "activated_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="activated by",
                            ),
                        ),
                        (
                            "accepted_terms",
                            models.TextField(blank=True, verbose_name="accepted terms"),
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
                        "verbose_name": "customer agreement",
                        "verbose_name_plural": "customer agreements",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("starts_on__lte", models.F("ends_on"))
                                ),
                                name="customer_agreement_begins_before_it_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_on", None),
                                    models.Q(
                                        ("ended_on__gte", models.F("starts_on")),
                                        ("ended_on__lte", models.F("ends_on")),
                                    ),
                                    _connector="OR",
                                ),
                                name="customer_agreement_ends_early_within",
                            ),
                            models.UniqueConstraint(
                                models.F("program"),
                                portal.text_sql.TextKey("licensing_id"),
                                name="customer_agreement_once",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "customer"),
                                name="customer_agreement_of_customer",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayScale",
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
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="day_scale",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "min_points",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=12,
                                verbose_name="from points",
                            ),
                        ),
                        ("days", models.PositiveIntegerField(verbose_name="days")),
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
                        "verbose_name": "step of the day scale",
                        "verbose_name_plural": "day scale",
                        "ordering": ["valid_from", "min_points"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "valid_from", "min_points"),
                                name="day_scale_one_step",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Extension",
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
                            "voucher",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="extensions",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("rule", "By the program's rule"),
                                    ("sponsor", "By the sponsor"),
                                    ("exception", "By a policy exception"),
                                    ("suspension", "For the days it was suspended"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "exception",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="vouchers.policyexception",
                                verbose_name="policy exception",
                            ),
                        ),
                        ("before", models.DateField(verbose_name="last day before")),
                        ("until", models.DateField(verbose_name="last day")),
                        (
                            "reason",
                            models.CharField(max_length=200, verbose_name="reason"),
                        ),
                        (
                            "extended_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="extended by",
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
                        "verbose_name": "extension",
                        "verbose_name_plural": "extensions",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("before"))),
                                name="extension_goes_forward",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="extension_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("exception__isnull", False),
                                        ("kind", "exception"),
                                    ),
                                    models.Q(
                                        models.Q(("kind", "exception"), _negated=True),
                                        ("exception", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="extension_names_its_exception",
                            ),
                            models.UniqueConstraint(
                                fields=("voucher", "until"), name="extension_once_a_day"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("exception__isnull", False)),
                                fields=("voucher", "exception"),
                                name="extension_once_an_exception",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerEntry",
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
                            "agreement",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "voucher",
                            models.ForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="vouchers.voucher",
                                verbose_name="voucher",
                            ),
                        ),
                        (
                            "purchase",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="vouchers.purchase",
                                verbose_name="purchase",
                            ),
                        ),
                        (
                            "conversion",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="vouchers.conversion",
                                verbose_name="conversion",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("granted", "Granted by the sponsor"),
                                    ("held", "Taken for voucher"),
                                    ("returned", "Returned from voucher"),
                                    ("consumed", "Delivered under voucher"),
                                    ("reversed", "Delivery reversed for voucher"),
                                    ("paid", "Paid for voucher"),
                                    ("lost", "Lost with voucher"),
                                    ("expired", "Expired unused"),
                                    ("raised", "Added by the sponsor"),
                                    ("lowered", "Taken off by the sponsor"),
                                    ("converted", "Converted to another program"),
                                    ("received", "Received by conversion"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("sponsor", "Sponsor"),
                                    ("free", "Free"),
                                    ("held", "Held by vouchers"),
                                    ("delivered", "Delivered"),
                                    ("paid", "Paid"),
                                    ("lost", "Lost"),
                                    ("expired", "Expired"),
                                    ("converted", "Converted"),
                                ],
                                max_length=10,
                                verbose_name="from",
                            ),
                        ),
                        (
                            "target",
                            models.CharField(
                                choices=[
                                    ("sponsor", "Sponsor"),
                                    ("free", "Free"),
                                    ("held", "Held by vouchers"),
                                    ("delivered", "Delivered"),
                                    ("paid", "Paid"),
                                    ("lost", "Lost"),
                                    ("expired", "Expired"),
                                    ("converted", "Converted"),
                                ],
                                max_length=10,
                                verbose_name="to",
                            ),
                        ),
                        ("days", models.IntegerField(verbose_name="days")),
                        (
                            "note",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="note"
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
                        "verbose_name": "ledger entry",
                        "verbose_name_plural": "ledger",
                        "indexes": [
                            models.Index(
                                fields=["agreement", "-created_at", "-id"],
                                name="ledger_of_agreement",
                            ),
                            models.Index(
                                fields=["customer", "-created_at", "-id"],
                                name="ledger_of_customer",
                            ),
                            models.Index(
                                condition=models.Q(("purchase__isnull", False)),
                                fields=["purchase"],
                                name="ledger_of_purchase",
                            ),
                            models.Index(
                                condition=models.Q(("conversion__isnull", False)),
                                fields=["conversion"],
                                name="ledger_of_conversion",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("days__gt", 0)),
                                name="ledger_days_are_positive",
                            ),
                            models.CheckConstraint(
                                condition=portal.conditions.Among(
                                    "kind",
                                    "source",
                                    "target",
                                    words=[
                                        "granted:sponsor:free",
                                        "held:free:held",
                                        "returned:held:free",
                                        "consumed:held:delivered",
                                        "reversed:delivered:held",
                                        "paid:delivered:paid",
                                        "lost:held:lost",
                                        "expired:free:expired",
                                        "raised:sponsor:free",
                                        "lowered:free:sponsor",
                                        "converted:free:converted",
                                        "received:sponsor:free",
                                    ],
                                ),
                                name="ledger_goes_its_way",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.Exact(
                                    portal.conditions.Among(
                                        "kind",
                                        words=[
                                            "held",
                                            "returned",
                                            "consumed",
                                            "reversed",
                                            "paid",
                                            "lost",
                                        ],
                                    ),
                                    django.db.models.lookups.IsNull(
                                        models.F("voucher"), False
                                    ),
                                ),
                                name="ledger_names_its_voucher",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.Exact(
                                    portal.conditions.Among(
                                        "kind", words=["converted", "received"]
                                    ),
                                    django.db.models.lookups.IsNull(
                                        models.F("conversion"), False
                                    ),
                                ),
                                name="ledger_names_its_conversion",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        portal.conditions.Among(
                                            "kind", words=["raised", "lowered"]
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(("note", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="ledger_adjustment_has_reason",
                            ),
                            models.UniqueConstraint(
                                models.F("agreement"),
                                portal.text_sql.TextKey("note"),
                                condition=models.Q(("kind", "granted")),
                                name="ledger_grants_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("conversion__isnull", False)),
                                fields=("conversion", "kind"),
                                name="ledger_converts_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LicensedProduct",
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
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="licensed_products",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                    ],
                    options={
                        "verbose_name": "licensed product",
                        "verbose_name_plural": "licensed products",
                        "ordering": ["program", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("program", "code"), name="licensed_product_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PointRule",
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
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="point_rules",
                                to="vouchers.licensedproduct",
                            ),
                        ),
                        (
                            "points_per_licence",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=9,
                                verbose_name="points a licence",
                            ),
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
                        "verbose_name": "point rule",
                        "verbose_name_plural": "point rules",
                        "ordering": ["valid_from"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("points_per_licence__gte", 0)),
                                name="point_rule_is_not_negative",
                            ),
                            models.UniqueConstraint(
                                fields=("product", "valid_from"),
                                name="point_rule_one_per_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyException",
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
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "offering",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.offering",
                                verbose_name="offering",
                            ),
                        ),
                        (
                            "created_before",
                            portal.fields.DayColumn(verbose_name="created before"),
                        ),
                        (
                            "days",
                            models.PositiveSmallIntegerField(verbose_name="more days"),
                        ),
                        (
                            "reason",
                            models.CharField(max_length=200, verbose_name="reason"),
                        ),
                        (
                            "granted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="granted by",
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
                        (
                            "expected",
                            models.PositiveIntegerField(
                                default=0, verbose_name="vouchers expected"
                            ),
                        ),
                        (
                            "extended",
                            models.PositiveIntegerField(
                                default=0, verbose_name="vouchers extended"
                            ),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="finished at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "policy exception",
                        "verbose_name_plural": "policy exceptions",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("days__gt", 0)),
                                name="policy_exception_has_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="policy_exception_has_reason",
                            ),
                            models.UniqueConstraint(
                                fields=(
                                    "program",
                                    "offering",
                                    "created_before",
                                    "reason",
                                ),
                                name="policy_exception_once",
                                nulls_distinct=False,
                                violation_error_message="This exception is granted already.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Purchase",
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
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchases",
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
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
                            "reference",
                            models.CharField(
                                max_length=60, verbose_name="order number"
                            ),
                        ),
                        (
                            "ordered_on",
                            portal.fields.DayColumn(verbose_name="ordered on"),
                        ),
                        (
                            "term_years",
                            models.PositiveSmallIntegerField(
                                verbose_name="years of the term"
                            ),
                        ),
                        (
                            "step_points",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=12,
                                null=True,
                                verbose_name="from points",
                            ),
                        ),
                        (
                            "step_days",
                            models.PositiveIntegerField(
                                default=0, verbose_name="days of three years"
                            ),
                        ),
                        (
                            "step_from",
                            models.DateField(
                                null=True, verbose_name="scale in force from"
                            ),
                        ),
                        (
                            "is_demo",
                            models.BooleanField(
                                default=False, verbose_name="counted with demo values"
                            ),
                        ),
                        (
                            "days",
                            models.PositiveIntegerField(default=0, verbose_name="days"),
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
                        "verbose_name": "purchase",
                        "verbose_name_plural": "purchases",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("term_years__in", [1, 2, 3])),
                                name="purchase_term_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "days",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("step_days"),
                                                "*",
                                                models.F("term_years"),
                                            ),
                                            "/",
                                            models.Value(3),
                                        ),
                                    )
                                ),
                                name="purchase_gives_its_thirds",
                            ),
                            models.UniqueConstraint(
                                models.F("agreement"),
                                portal.text_sql.TextKey("reference"),
                                name="purchase_once",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "customer"), name="purchase_of_customer"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseImport",
                    fields=[],
                    options={
                        "verbose_name": "import of purchases",
                        "verbose_name_plural": "imports of purchases",
                        "proxy": True,
                    },
                    bases=("portal.tableimport",),
                ),
                migrations.CreateModel(
                    name="PurchaseLine",
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
                            "purchase",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="vouchers.purchase",
                                verbose_name="purchase",
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
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="vouchers.licensedproduct",
                            ),
                        ),
                        (
                            "licences",
                            models.PositiveIntegerField(verbose_name="licences"),
                        ),
                        (
                            "points_per_licence",
                            models.DecimalField(
                                decimal_places=3,
                                max_digits=9,
                                verbose_name="points a licence",
                            ),
                        ),
                        (
                            "rule_from",
                            portal.fields.DayColumn(verbose_name="rule in force from"),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a purchase",
                        "verbose_name_plural": "lines of purchases",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("licences__gt", 0)),
                                name="purchase_line_has_licences",
                            ),
                            models.UniqueConstraint(
                                fields=("purchase", "product"),
                                name="purchase_line_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
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
                            "voucher",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reservations",
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
                            "location",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.location",
                                verbose_name="location",
                            ),
                        ),
                        (
                            "signature",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.signature",
                                verbose_name="signature",
                            ),
                        ),
                        (
                            "reserved_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="reserved by",
                            ),
                        ),
                        (
                            "reserved_at",
                            models.DateTimeField(verbose_name="reserved at"),
                        ),
                        (
                            "promise",
                            models.JSONField(default=list, verbose_name="promise"),
                        ),
                        (
                            "rate_per_day",
                            models.DecimalField(
                                blank=True,
                                decimal_places=3,
                                max_digits=11,
                                null=True,
                                verbose_name="rate per day",
                            ),
                        ),
                        (
                            "rate_currency",
                            models.CharField(
                                blank=True, max_length=3, verbose_name="currency"
                            ),
                        ),
                        (
                            "rate_valid_from",
                            models.DateField(
                                blank=True, null=True, verbose_name="rate valid from"
                            ),
                        ),
                        (
                            "released_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="released at"
                            ),
                        ),
                        (
                            "release_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("changed", "The offer or the program changed"),
                                    (
                                        "not_taking_place",
                                        "The engagement will not take place",
                                    ),
                                    (
                                        "other_partner",
                                        "The customer wants another partner",
                                    ),
                                    (
                                        "silent",
                                        "The partner did not answer (released by the sponsor)",
                                    ),
                                    ("expired", "The voucher expired"),
                                ],
                                max_length=20,
                                verbose_name="reason",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reservation",
                        "verbose_name_plural": "reservations",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at", None)),
                                fields=("voucher",),
                                name="reservation_one_live",
                            ),
                            models.UniqueConstraint(
                                fields=("id", "voucher", "customer", "partner"),
                                name="reservation_of_parties",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("release_reason", ""), ("released_at", None)
                                    ),
                                    models.Q(
                                        ("released_at__isnull", False),
                                        models.Q(("release_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="reservation_released_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("rate_currency", ""), ("rate_per_day", None)
                                    ),
                                    models.Q(
                                        ("rate_currency__regex", "^[A-Z]{3}$"),
                                        ("rate_per_day__gt", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="reservation_rate_has_currency",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetirementLetter",
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
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="vouchers.retirementplan",
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                choices=[
                                    ("announced", "The plan"),
                                    (
                                        "creation",
                                        "The last day to create vouchers is near",
                                    ),
                                    ("wipe", "The day on which free days end is near"),
                                    ("reservation", "The last day to reserve is near"),
                                    ("redemption", "The last day to redeem is near"),
                                ],
                                max_length=12,
                                verbose_name="about",
                            ),
                        ),
                        ("sends_on", models.DateField(verbose_name="goes out on")),
                        (
                            "sent_at",
                            models.DateTimeField(null=True, verbose_name="sent at"),
                        ),
                        (
                            "sent",
                            models.PositiveIntegerField(
                                default=0, verbose_name="people told"
                            ),
                        ),
                        (
                            "withdrawn_at",
                            models.DateTimeField(
                                null=True, verbose_name="withdrawn at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "letter of a retirement plan",
                        "verbose_name_plural": "letters of retirement plans",
                        "ordering": ["sends_on", "pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("plan", "about", "sends_on"),
                                name="retirement_letter_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sent_at", None),
                                    ("withdrawn_at", None),
                                    _connector="OR",
                                ),
                                name="retirement_letter_sent_or_withdrawn",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RetirementPlan",
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
                            "creation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to create or assign",
                            ),
                        ),
                        (
                            "reservation_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day to reserve",
                            ),
                        ),
                        (
                            "redemption_ends_on",
                            portal.fields.DayColumn(
                                blank=True, null=True, verbose_name="last day to redeem"
                            ),
                        ),
                        (
                            "program",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.program",
                                verbose_name="program",
                            ),
                        ),
                        (
                            "offering",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.offering",
                                verbose_name="offering",
                            ),
                        ),
                        (
                            "accrual_ends_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="last day of accrual",
                            ),
                        ),
                        (
                            "pool_wipe_on",
                            portal.fields.DayColumn(
                                blank=True,
                                null=True,
                                verbose_name="day on which free days end",
                            ),
                        ),
                        (
                            "payment_window_days",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="payment window"
                            ),
                        ),
                        (
                            "reason",
                            models.TextField(verbose_name="what the letters say"),
                        ),
                        (
                            "earlier_because",
                            models.CharField(
                                blank=True,
                                max_length=200,
                                verbose_name="why days come earlier",
                            ),
                        ),
                        (
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("published", "Published"),
                                    ("discarded", "Discarded"),
                                ],
                                default="draft",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="drafted by",
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
                        (
                            "published_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="published by",
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(
                                null=True, verbose_name="published at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "retirement plan",
                        "verbose_name_plural": "retirement plans",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("reservation_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("reservation_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reservation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "reservation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("creation_ends_on", None),
                                        ("redemption_ends_on", None),
                                        (
                                            "creation_ends_on__lte",
                                            models.F("redemption_ends_on"),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="retirement_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("offering", None),
                                    models.Q(
                                        ("accrual_ends_on", None),
                                        ("pool_wipe_on", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="retirement_of_offering_leaves_pools",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("published_at__isnull", False),
                                        ("state", "published"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "published"), _negated=True),
                                        ("published_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="retirement_published_has_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_by", None),
                                    models.Q(
                                        ("published_by", models.F("drafted_by")),
                                        _negated=True,
                                    ),
                                    _connector="OR",
                                ),
                                name="retirement_published_by_another",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "draft")),
                                fields=("program", "offering"),
                                name="retirement_one_draft",
                                nulls_distinct=False,
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Voucher",
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
                            "state",
                            django_fsm.FSMField(
                                choices=[
                                    ("created", "Created"),
                                    ("assigned", "Assigned"),
                                    ("reserved", "Reserved"),
                                    ("redeemed", "Redeemed"),
                                    ("paid", "Paid"),
                                    ("cancelled", "Cancelled"),
                                    ("expired", "Expired"),
                                ],
                                default="created",
                                max_length=50,
                                protected=True,
                                verbose_name="state",
                            ),
                        ),
                        ("expires_on", models.DateField(verbose_name="expires on")),
                        (
                            "created_at",
                            models.DateTimeField(
                                default=portal.clock.now,
                                editable=False,
                                verbose_name="created at",
                            ),
                        ),
                        (
                            "assigned_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="assigned at"
                            ),
                        ),
                        (
                            "reserved_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="reserved at"
                            ),
                        ),
                        (
                            "redeemed_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="redeemed at"
                            ),
                        ),
                        (
                            "paid_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="paid at"
                            ),
                        ),
                        (
                            "days_used",
                            models.SmallIntegerField(
                                blank=True, null=True, verbose_name="days delivered"
                            ),
                        ),
                        (
                            "reminded",
                            models.SmallIntegerField(
                                editable=False, null=True, verbose_name="last reminder"
                            ),
                        ),
                        (
                            "suspended_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="suspended at"
                            ),
                        ),
                        (
                            "suspension_reason",
                            models.CharField(
                                blank=True,
                                max_length=200,
                                verbose_name="why it is suspended",
                            ),
                        ),
                        (
                            "number",
                            models.CharField(
                                default=vouchers.models.numbers.new_number,
                                editable=False,
                                max_length=14,
                                verbose_name="number",
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vouchers",
                                to="vouchers.customeragreement",
                                verbose_name="agreement",
                            ),
                        ),
                        (
                            "engagement_type",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.engagementtype",
                                verbose_name="engagement type",
                            ),
                        ),
                        ("days", models.SmallIntegerField(verbose_name="days")),
                        (
                            "country",
                            models.CharField(
                                max_length=2, verbose_name="country of delivery"
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="label"
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "admin",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="voucher admin",
                            ),
                        ),
                        (
                            "project_manager",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="project manager",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="partner",
                            ),
                        ),
                        (
                            "reissue_of",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reissued_as",
                                to="vouchers.voucher",
                                verbose_name="in the place of",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vouchers",
                                to="vouchers.voucherbatch",
                                verbose_name="batch of vouchers",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "voucher",
                        "verbose_name_plural": "vouchers",
                        "indexes": [
                            models.Index(
                                fields=["customer", "-created_at", "-id"],
                                name="voucher_by_customer",
                            ),
                            models.Index(
                                fields=["partner", "-created_at", "-id"],
                                name="voucher_by_partner",
                            ),
                            models.Index(
                                fields=["customer", "state", "-created_at", "-id"],
                                name="voucher_by_customer_state",
                            ),
                            models.Index(
                                condition=models.Q(("partner__isnull", False)),
                                fields=["partner", "state", "-created_at", "-id"],
                                name="voucher_by_partner_state",
                            ),
                            models.Index(
                                condition=models.Q(("suspended_at__isnull", False)),
                                fields=["customer", "-created_at", "-id"],
                                name="voucher_suspended_customer",
                            ),
                            models.Index(
                                condition=models.Q(("suspended_at__isnull", False)),
                                fields=["partner", "-created_at", "-id"],
                                name="voucher_suspended_partner",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["created", "assigned", "reserved"])
                                ),
                                fields=["expires_on"],
                                name="voucher_unused_expiry",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["assigned", "reserved"])
                                ),
                                fields=["customer", "project_manager"],
                                name="voucher_in_work",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["created", "assigned", "reserved"])
                                ),
                                fields=["customer", "expires_on", "id"],
                                name="voucher_unused_of_customer",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("state__in", ["created", "assigned", "reserved"])
                                ),
                                fields=["partner", "expires_on", "id"],
                                name="voucher_unused_of_partner",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("days__in", [1, 3, 5, 10, 15])),
                                name="voucher_days_are_a_service_level",
                            ),
                            models.CheckConstraint(
                                condition=portal.conditions.Among(
                                    "state",
                                    words=[
                                        "created",
                                        "assigned",
                                        "reserved",
                                        "redeemed",
                                        "paid",
                                        "cancelled",
                                        "expired",
                                    ],
                                ),
                                name="voucher_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("project_manager__isnull", False),
                                    models.Q(
                                        portal.conditions.Among(
                                            "state",
                                            words=[
                                                "assigned",
                                                "reserved",
                                                "redeemed",
                                                "paid",
                                            ],
                                        ),
                                        _negated=True,
                                    ),
                                    _connector="OR",
                                ),
                                name="voucher_assigned_has_manager",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("partner__isnull", False),
                                        ("reserved_at__isnull", False),
                                    ),
                                    models.Q(
                                        portal.conditions.Among(
                                            "state",
                                            words=["reserved", "redeemed", "paid"],
                                        ),
                                        _negated=True,
                                    ),
                                    _connector="OR",
                                ),
                                name="voucher_reserved_has_partner",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.Exact(
                                    portal.conditions.Among(
                                        "state", words=["redeemed", "paid"]
                                    ),
                                    django.db.models.lookups.IsNull(
                                        models.F("redeemed_at"), False
                                    ),
                                ),
                                name="voucher_redeemed_has_its_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.Exact(
                                        portal.conditions.Among(
                                            "state", words=["redeemed", "paid"]
                                        ),
                                        django.db.models.lookups.IsNull(
                                            models.F("days_used"), False
                                        ),
                                    ),
                                    models.Q(
                                        ("days_used", None),
                                        models.Q(
                                            ("days_used__gte", 1),
                                            ("days_used__lte", models.F("days")),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="voucher_redeemed_has_its_days",
                            ),
                            models.CheckConstraint(
                                condition=django.db.models.lookups.Exact(
                                    django.db.models.lookups.IsNull(
                                        models.F("suspended_at"), True
                                    ),
                                    django.db.models.lookups.Exact(
                                        models.F("suspension_reason"), ""
                                    ),
                                ),
                                name="voucher_suspended_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("suspended_at", None),
                                    portal.conditions.Among(
                                        "state",
                                        words=[
                                            "created",
                                            "assigned",
                                            "reserved",
                                            "redeemed",
                                        ],
                                    ),
                                    _connector="OR",
                                ),
                                name="voucher_suspended_can_go_on",
                            ),
                            models.UniqueConstraint(
                                fields=("number",), name="voucher_number_is_unique"
                            ),
                            models.UniqueConstraint(
                                fields=("id", "customer"), name="voucher_of_customer"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VoucherBatch",
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
                            "customer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="portal.organization",
                                verbose_name="customer",
                            ),
                        ),
                        (
                            "ticket",
                            models.UUIDField(unique=True, verbose_name="ticket"),
                        ),
                        ("count", models.PositiveIntegerField(verbose_name="vouchers")),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                        "verbose_name": "batch of vouchers",
                        "verbose_name_plural": "batches of vouchers",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("id", "customer"),
                                name="voucher_batch_of_customer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VoucherImport",
                    fields=[],
                    options={
                        "verbose_name": "import of vouchers",
                        "verbose_name_plural": "imports of vouchers",
                        "proxy": True,
                    },
                    bases=("portal.tableimport",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="extension",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="e727e895450751733659a6d3aa40db942998da92",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_1ba8f",
                            table="vouchers_extension",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="ledgerentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="c61c803617c96620c9071e8e1c664dd7ecdb5564",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_db58c",
                            table="vouchers_ledgerentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reservation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stays_as_promised",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."voucher_id" IS DISTINCT FROM (NEW."voucher_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."location_id" IS DISTINCT FROM (NEW."location_id") OR OLD."signature_id" IS DISTINCT FROM (NEW."signature_id") OR OLD."reserved_by_id" IS DISTINCT FROM (NEW."reserved_by_id") OR OLD."reserved_at" IS DISTINCT FROM (NEW."reserved_at") OR OLD."promise" IS DISTINCT FROM (NEW."promise") OR OLD."rate_per_day" IS DISTINCT FROM (NEW."rate_per_day") OR OLD."rate_currency" IS DISTINCT FROM (NEW."rate_currency") OR OLD."rate_valid_from" IS DISTINCT FROM (NEW."rate_valid_from"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="31c6f608d199ed6a4f1715b63151c176e7807d29",
                            operation="UPDATE",
                            pgid="pgtrigger_stays_as_promised_06e71",
                            table="vouchers_reservation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="retirementplan",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{draft:discarded,draft:published}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="e4ba3fe0816e7758a730b004a9a53bb07e5afa39",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_87daa",
                            table="vouchers_retirementplan",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="retirementplan",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stays_as_published",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.\"state\" = 'published')",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="4a50180813404d148968fdab2a2c76c4c5edd937",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_stays_as_published_24d8c",
                            table="vouchers_retirementplan",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="voucher",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE _is_valid_transition BOOLEAN;",
                            func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{assigned:assigned,assigned:cancelled,assigned:created,assigned:expired,assigned:reserved,created:assigned,created:cancelled,created:expired,redeemed:paid,redeemed:reserved,reserved:assigned,reserved:expired,reserved:redeemed}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                            hash="fa132547d0104289634288c073509f5a51b91b6f",
                            operation="UPDATE",
                            pgid="pgtrigger_moves_79feb",
                            table="vouchers_voucher",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="voucher",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stands_still",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."state" IS DISTINCT FROM (NEW."state") AND OLD."suspended_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="5f40edc707eabd7e4a2afdb9e5f516b541c2938a",
                            operation="UPDATE",
                            pgid="pgtrigger_stands_still_5ae01",
                            table="vouchers_voucher",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="voucher",
                    trigger=pgtrigger.compiler.Trigger(
                        name="keeps_its_last_day",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."expires_on" IS DISTINCT FROM (NEW."expires_on"))',
                            func="\n    IF NEW.expires_on < OLD.expires_on THEN\n        RAISE EXCEPTION 'pgtrigger: The last day never comes earlier';\n    END IF;\n    NEW.reminded := NULL;\n    IF OLD.state = 'created' AND OLD.assigned_at IS NULL\n        AND NEW.state = 'assigned' AND NEW.assigned_at IS NOT NULL THEN\n        RETURN NEW;\n    END IF;\n    IF NOT EXISTS (\n        SELECT FROM vouchers_extension e WHERE e.voucher_id = OLD.id\n            AND e.before = OLD.expires_on AND e.until = NEW.expires_on\n    ) THEN\n        RAISE EXCEPTION 'pgtrigger: The last day moves by an extension only';\n    END IF;\n    RETURN NEW;\n",
                            hash="846d98fc1dab3c76f87760046e562f9159aed1b8",
                            operation="UPDATE",
                            pgid="pgtrigger_keeps_its_last_day_26a29",
                            table="vouchers_voucher",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        *_walls.AFTER,
    ]
