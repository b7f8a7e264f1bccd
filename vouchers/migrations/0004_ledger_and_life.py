"""Keep all that became of each day, and what moves, stops and ends a voucher."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.clock


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("portal", "0007_words_for_columns"),
        ("vouchers", "0003_balance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    "part",
                    models.CharField(
                        choices=[("benefit", "The benefit"), ("notices", "Notices")],
                        max_length=10,
                        verbose_name="asked about",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "email",
                    models.EmailField(max_length=254, verbose_name="e-mail address"),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="telephone"
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="vouchers.customeragreement",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
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
                    models.DateField(
                        blank=True, null=True, verbose_name="in force from"
                    ),
                ),
                (
                    "valid_until",
                    models.DateField(
                        blank=True, null=True, verbose_name="in force until"
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
                    models.BooleanField(default=False, verbose_name="demo value"),
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
            ],
            options={
                "verbose_name": "conversion rule",
                "verbose_name_plural": "conversion rules",
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
                ("source_days", models.PositiveIntegerField(verbose_name="days given")),
                (
                    "target_days",
                    models.PositiveIntegerField(verbose_name="days received"),
                ),
                ("ticket", models.UUIDField(unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "converted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vouchers.customeragreement",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vouchers.customeragreement",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vouchers.conversionrule",
                    ),
                ),
            ],
            options={
                "verbose_name": "conversion",
                "verbose_name_plural": "conversions",
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
                    "min_points",
                    models.DecimalField(
                        decimal_places=3, max_digits=12, verbose_name="from points"
                    ),
                ),
                ("days", models.PositiveIntegerField(verbose_name="days")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "is_demo",
                    models.BooleanField(default=False, verbose_name="demo value"),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="day_scale",
                        to="enrollment.program",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of the day scale",
                "verbose_name_plural": "day scale",
                "ordering": ["valid_from", "min_points"],
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
                ("created_before", models.DateField(verbose_name="created before")),
                ("days", models.PositiveSmallIntegerField(verbose_name="more days")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "extended",
                    models.PositiveIntegerField(
                        default=0, verbose_name="vouchers extended"
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrollment.program",
                    ),
                ),
            ],
            options={
                "verbose_name": "policy exception",
                "verbose_name_plural": "policy exceptions",
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
                ("before", models.DateField(verbose_name="last day before")),
                ("until", models.DateField(verbose_name="last day")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
                (
                    "extended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="vouchers.voucher",
                    ),
                ),
                (
                    "exception",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vouchers.policyexception",
                    ),
                ),
            ],
            options={
                "verbose_name": "extension",
                "verbose_name_plural": "extensions",
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
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="licensed_products",
                        to="enrollment.program",
                    ),
                ),
            ],
            options={
                "verbose_name": "licensed product",
                "verbose_name_plural": "licensed products",
                "ordering": ["program", "code"],
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
                    "points_per_licence",
                    models.DecimalField(
                        decimal_places=3, max_digits=9, verbose_name="points a licence"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "is_demo",
                    models.BooleanField(default=False, verbose_name="demo value"),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="point_rules",
                        to="vouchers.licensedproduct",
                    ),
                ),
            ],
            options={
                "verbose_name": "point rule",
                "verbose_name_plural": "point rules",
                "ordering": ["valid_from"],
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
                    "reference",
                    models.CharField(max_length=60, verbose_name="order number"),
                ),
                ("ordered_on", models.DateField(verbose_name="ordered on")),
                (
                    "term_years",
                    models.PositiveSmallIntegerField(verbose_name="years of the term"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="purchases",
                        to="vouchers.customeragreement",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
            ],
            options={
                "verbose_name": "purchase",
                "verbose_name_plural": "purchases",
            },
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
                ("licences", models.PositiveIntegerField(verbose_name="licences")),
                (
                    "points_per_licence",
                    models.DecimalField(
                        decimal_places=3, max_digits=9, verbose_name="points a licence"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
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
                    "purchase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="vouchers.purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a purchase",
                "verbose_name_plural": "lines of purchases",
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
                    models.DateField(
                        blank=True,
                        null=True,
                        verbose_name="last day to create or assign",
                    ),
                ),
                (
                    "reservation_ends_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="last day to reserve"
                    ),
                ),
                (
                    "redemption_ends_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="last day to redeem"
                    ),
                ),
                (
                    "accrual_ends_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="last day of accrual"
                    ),
                ),
                (
                    "pool_wipe_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="day on which free days end"
                    ),
                ),
                (
                    "payment_window_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="payment window"
                    ),
                ),
                ("reason", models.TextField(verbose_name="what the letters say")),
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
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "published_at",
                    models.DateTimeField(null=True, verbose_name="published at"),
                ),
                (
                    "drafted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrollment.program",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "retirement plan",
                "verbose_name_plural": "retirement plans",
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
                    "about",
                    models.CharField(
                        choices=[
                            ("announced", "The plan"),
                            ("creation", "The last day to create vouchers is near"),
                            ("wipe", "The day on which free days end is near"),
                            ("reservation", "The last day to reserve is near"),
                            ("redemption", "The last day to redeem is near"),
                        ],
                        max_length=12,
                        verbose_name="about",
                    ),
                ),
                ("sends_on", models.DateField(verbose_name="goes out on")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent at")),
                (
                    "sent",
                    models.PositiveIntegerField(default=0, verbose_name="people told"),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="vouchers.retirementplan",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter of a retirement plan",
                "verbose_name_plural": "letters of retirement plans",
                "ordering": ["sends_on", "pk"],
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
                ("ticket", models.UUIDField(unique=True, verbose_name="ticket")),
                ("count", models.PositiveIntegerField(verbose_name="vouchers")),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="portal.organization",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "batch of vouchers",
                "verbose_name_plural": "batches of vouchers",
            },
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_goes_its_way",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_names_its_voucher",
        ),
        migrations.AddField(
            model_name="balance",
            name="converted",
            field=models.IntegerField(default=0, verbose_name="converted"),
        ),
        migrations.AddField(
            model_name="balance",
            name="expired",
            field=models.IntegerField(default=0, verbose_name="expired"),
        ),
        migrations.AddField(
            model_name="customeragreement",
            name="accepted_terms",
            field=models.TextField(blank=True, verbose_name="accepted terms"),
        ),
        migrations.AddField(
            model_name="customeragreement",
            name="ended_on",
            field=models.DateField(
                blank=True, null=True, verbose_name="ended early on"
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="promise",
            field=models.JSONField(default=list, verbose_name="promise"),
        ),
        migrations.AddField(
            model_name="reservation",
            name="rate_currency",
            field=models.CharField(blank=True, max_length=3, verbose_name="currency"),
        ),
        migrations.AddField(
            model_name="reservation",
            name="rate_per_day",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                max_digits=11,
                null=True,
                verbose_name="rate per day",
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="rate_valid_from",
            field=models.DateField(
                blank=True, null=True, verbose_name="rate valid from"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="assigned_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="assigned at"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="days_used",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="days delivered"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="reissue_of",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reissued_as",
                to="vouchers.voucher",
                verbose_name="in the place of",
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="suspended_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="suspended at"
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="suspension_reason",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="why it is suspended"
            ),
        ),
        migrations.AlterField(
            model_name="customeragreement",
            name="licensing_id",
            field=models.CharField(max_length=40, verbose_name="licensing ID"),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="ledgerentry",
            name="source",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="ledgerentry",
            name="target",
            field=models.CharField(
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
                    func="\n    IF OLD.state = 'created' AND OLD.assigned_at IS NULL\n        AND NEW.state = 'assigned' AND NEW.assigned_at IS NOT NULL THEN\n        RETURN NEW;\n    END IF;\n    IF NOT EXISTS (\n        SELECT FROM vouchers_extension e WHERE e.voucher_id = OLD.id\n            AND e.before = OLD.expires_on AND e.until = NEW.expires_on\n    ) THEN\n        RAISE EXCEPTION 'pgtrigger: The last day moves by an extension only';\n    END IF;\n    RETURN NEW;\n",
                    hash="dbbf6ca781ce1dcc556f7ef915e624066fc177b5",
                    operation="UPDATE",
                    pgid="pgtrigger_keeps_its_last_day_26a29",
                    table="vouchers_voucher",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(
                condition=models.Q(("expired__gte", 0)),
                name="balance_expired_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="balance",
            constraint=models.CheckConstraint(
                condition=models.Q(("converted__gte", 0)),
                name="balance_converted_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="customeragreement",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="customeragreement",
            constraint=models.UniqueConstraint(
                fields=("program", "licensing_id"), name="customer_agreement_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rate_currency", ""), ("rate_per_day", None)),
                    models.Q(
                        ("rate_currency__regex", "^[A-Z]{3}$"), ("rate_per_day__gt", 0)
                    ),
                    _connector="OR",
                ),
                name="reservation_rate_has_currency",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="conversion",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.conversion",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="purchase",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.purchase",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("purchase__isnull", False)),
                fields=["purchase"],
                name="ledger_of_purchase",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("conversion__isnull", False)),
                fields=["conversion"],
                name="ledger_of_conversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "granted"), ("source", "sponsor"), ("target", "free")
                    ),
                    models.Q(("kind", "held"), ("source", "free"), ("target", "held")),
                    models.Q(
                        ("kind", "returned"), ("source", "held"), ("target", "free")
                    ),
                    models.Q(
                        ("kind", "consumed"),
                        ("source", "held"),
                        ("target", "delivered"),
                    ),
                    models.Q(
                        ("kind", "reversed"),
                        ("source", "delivered"),
                        ("target", "held"),
                    ),
                    models.Q(
                        ("kind", "paid"), ("source", "delivered"), ("target", "paid")
                    ),
                    models.Q(("kind", "lost"), ("source", "held"), ("target", "lost")),
                    models.Q(
                        ("kind", "expired"), ("source", "free"), ("target", "expired")
                    ),
                    models.Q(
                        ("kind", "raised"), ("source", "sponsor"), ("target", "free")
                    ),
                    models.Q(
                        ("kind", "lowered"), ("source", "free"), ("target", "sponsor")
                    ),
                    models.Q(
                        ("kind", "converted"),
                        ("source", "free"),
                        ("target", "converted"),
                    ),
                    models.Q(
                        ("kind", "received"), ("source", "sponsor"), ("target", "free")
                    ),
                    _connector="OR",
                ),
                name="ledger_goes_its_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(
                            (
                                "kind__in",
                                [
                                    "held",
                                    "returned",
                                    "consumed",
                                    "reversed",
                                    "paid",
                                    "lost",
                                ],
                            )
                        ),
                        ("voucher__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "kind__in",
                                [
                                    "held",
                                    "returned",
                                    "consumed",
                                    "reversed",
                                    "paid",
                                    "lost",
                                ],
                            ),
                            _negated=True,
                        ),
                        ("voucher", None),
                    ),
                    _connector="OR",
                ),
                name="ledger_names_its_voucher",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("kind__in", ["converted", "received"])),
                        ("conversion__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("kind__in", ["converted", "received"]), _negated=True
                        ),
                        ("conversion", None),
                    ),
                    _connector="OR",
                ),
                name="ledger_names_its_conversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["raised", "lowered"]), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="ledger_adjustment_has_reason",
            ),
        ),
        migrations.AddField(
            model_name="voucher",
            name="batch",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="vouchers",
                to="vouchers.voucherbatch",
            ),
        ),
        # So far every voucher was delivered whole.
        migrations.RunSQL(
            "UPDATE vouchers_voucher SET days_used = days"
            " WHERE state IN ('redeemed', 'paid')",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("days_used__gte", 1),
                        ("days_used__lte", models.F("days")),
                        ("state__in", ["redeemed", "paid"]),
                    ),
                    models.Q(
                        models.Q(("state__in", ["redeemed", "paid"]), _negated=True),
                        ("days_used", None),
                    ),
                    _connector="OR",
                ),
                name="voucher_redeemed_has_its_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("suspended_at", None), ("suspension_reason", "")),
                    models.Q(
                        ("suspended_at__isnull", False),
                        models.Q(("suspension_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="voucher_suspended_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitcontact",
            constraint=models.UniqueConstraint(
                fields=("agreement", "part"), name="benefit_contact_one_a_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="conversionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("source_days__gt", 0), ("target_days__gt", 0)),
                name="conversion_rule_has_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True),
                name="conversion_rule_goes_elsewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversionrule",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("source", "="),
                    ("target", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_until"),
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="conversion_rule_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None),
                    ("valid_until", None),
                    ("valid_from__lte", models.F("valid_until")),
                    _connector="OR",
                ),
                name="conversion_rule_begins_before_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("source_days__gt", 0), ("target_days__gt", 0)),
                name="conversion_moves_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="conversion",
            constraint=models.UniqueConstraint(
                fields=("id", "customer"), name="conversion_of_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="dayscale",
            constraint=models.UniqueConstraint(
                fields=("program", "valid_from", "min_points"),
                name="day_scale_one_step",
            ),
        ),
        migrations.AddConstraint(
            model_name="licensedproduct",
            constraint=models.UniqueConstraint(
                fields=("program", "code"), name="licensed_product_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pointrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("points_per_licence__gte", 0)),
                name="point_rule_is_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointrule",
            constraint=models.UniqueConstraint(
                fields=("product", "valid_from"), name="point_rule_one_per_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="policyexception",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gt", 0)), name="policy_exception_has_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="policyexception",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="policy_exception_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("before"))),
                name="extension_goes_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="extension_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("exception__isnull", False), ("kind", "exception")),
                    models.Q(
                        models.Q(("kind", "exception"), _negated=True),
                        ("exception", None),
                    ),
                    _connector="OR",
                ),
                name="extension_names_its_exception",
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                fields=("voucher", "until"), name="extension_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="extension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("exception__isnull", False)),
                fields=("voucher", "exception"),
                name="extension_once_an_exception",
            ),
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
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("term_years__in", [1, 2, 3])),
                name="purchase_term_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                fields=("agreement", "reference"), name="purchase_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                fields=("id", "customer"), name="purchase_of_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("licences__gt", 0)),
                name="purchase_line_has_licences",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseline",
            constraint=models.UniqueConstraint(
                fields=("purchase", "product"), name="purchase_line_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("creation_ends_on", None),
                        ("reservation_ends_on", None),
                        ("creation_ends_on__lte", models.F("reservation_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("reservation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("reservation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("creation_ends_on", None),
                        ("redemption_ends_on", None),
                        ("creation_ends_on__lte", models.F("redemption_ends_on")),
                        _connector="OR",
                    ),
                ),
                name="retirement_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("offering", None),
                    models.Q(("accrual_ends_on", None), ("pool_wipe_on", None)),
                    _connector="OR",
                ),
                name="retirement_of_offering_leaves_pools",
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at__isnull", False), ("state", "published")),
                    models.Q(
                        models.Q(("state", "published"), _negated=True),
                        ("published_at", None),
                    ),
                    _connector="OR",
                ),
                name="retirement_published_has_moment",
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
        migrations.AddConstraint(
            model_name="retirementletter",
            constraint=models.UniqueConstraint(
                fields=("plan", "about", "sends_on"), name="retirement_letter_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.UniqueConstraint(
                fields=("id", "customer"), name="voucher_batch_of_customer"
            ),
        ),
    ]
