"""Keep rows of imports, and no index that another one makes needless."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.clock
import vouchers.numbers
from portal.policies import EnableTenancy


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("portal", "0007_words_for_columns"),
        ("vouchers", "0010_lists_are_filtered"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VoucherImport",
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
                    "ticket",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        unique=True,
                        verbose_name="ticket",
                    ),
                ),
                ("rows", models.JSONField(verbose_name="rows")),
                (
                    "created_at",
                    models.DateTimeField(default=portal.clock.now, editable=False),
                ),
            ],
            options={
                "verbose_name": "import of vouchers",
                "verbose_name_plural": "imports of vouchers",
            },
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="agreement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.customeragreement",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="admin",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="voucher admin",
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="number",
            field=models.CharField(
                default=vouchers.numbers.new_number,
                editable=False,
                max_length=14,
                verbose_name="number",
            ),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="partner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
                verbose_name="partner",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(
                fields=("number",), name="voucher_number_is_unique"
            ),
        ),
        migrations.AddField(
            model_name="voucherimport",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
            ),
        ),
        migrations.AddField(
            model_name="voucherimport",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="voucherimport",
            index=models.Index(fields=["created_at"], name="voucher_import_age"),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("state__in", ["assigned", "reserved"])),
                fields=["customer", "project_manager"],
                name="voucher_in_work",
            ),
        ),
        EnableTenancy("VoucherImport", "customer"),
    ]
