"""Write constraints so that PostgreSQL reads them fast; they refuse what they did."""

import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import portal.conditions


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("portal", "0009_sessions_name_their_person"),
        ("vouchers", "0014_keys_are_checked_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_goes_its_way",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_names_its_voucher",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_names_its_conversion",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_adjustment_has_reason",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_assigned_has_manager",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_reserved_has_partner",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_redeemed_has_its_moment",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_suspended_has_reason",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_redeemed_has_its_days",
        ),
        migrations.RemoveConstraint(
            model_name="voucher",
            name="voucher_suspended_can_go_on",
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="days",
            field=models.IntegerField(verbose_name="days"),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="days",
            field=models.SmallIntegerField(verbose_name="days"),
        ),
        migrations.AlterField(
            model_name="voucher",
            name="days_used",
            field=models.SmallIntegerField(
                blank=True, null=True, verbose_name="days delivered"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
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
                    django.db.models.lookups.IsNull(models.F("voucher"), False),
                ),
                name="ledger_names_its_voucher",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    portal.conditions.Among("kind", words=["converted", "received"]),
                    django.db.models.lookups.IsNull(models.F("conversion"), False),
                ),
                name="ledger_names_its_conversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        portal.conditions.Among("kind", words=["raised", "lowered"]),
                        _negated=True,
                    ),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="ledger_adjustment_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("project_manager__isnull", False),
                    models.Q(
                        portal.conditions.Among(
                            "state", words=["assigned", "reserved", "redeemed", "paid"]
                        ),
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="voucher_assigned_has_manager",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("partner__isnull", False), ("reserved_at__isnull", False)
                    ),
                    models.Q(
                        portal.conditions.Among(
                            "state", words=["reserved", "redeemed", "paid"]
                        ),
                        _negated=True,
                    ),
                    _connector="OR",
                ),
                name="voucher_reserved_has_partner",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    portal.conditions.Among("state", words=["redeemed", "paid"]),
                    django.db.models.lookups.IsNull(models.F("redeemed_at"), False),
                ),
                name="voucher_redeemed_has_its_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        portal.conditions.Among("state", words=["redeemed", "paid"]),
                        django.db.models.lookups.IsNull(models.F("days_used"), False),
                    ),
                    models.Q(
                        ("days_used", None),
                        models.Q(
                            ("days_used__gte", 1), ("days_used__lte", models.F("days"))
                        ),
                        _connector="OR",
                    ),
                ),
                name="voucher_redeemed_has_its_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    django.db.models.lookups.IsNull(models.F("suspended_at"), True),
                    django.db.models.lookups.Exact(models.F("suspension_reason"), ""),
                ),
                name="voucher_suspended_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suspended_at", None),
                    portal.conditions.Among(
                        "state", words=["created", "assigned", "reserved", "redeemed"]
                    ),
                    _connector="OR",
                ),
                name="voucher_suspended_can_go_on",
            ),
        ),
    ]
