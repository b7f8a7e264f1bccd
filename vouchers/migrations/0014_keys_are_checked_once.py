"""Check the keys of a ledger entry once, and keep no index that no key needs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0009_sessions_name_their_person"),
        ("vouchers", "0013_words_for_columns"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_of_partner",
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="agreement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.customeragreement",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="conversion",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.conversion",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="customer",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="portal.organization",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="purchase",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.purchase",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="voucher",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="vouchers.voucher",
            ),
        ),
    ]
