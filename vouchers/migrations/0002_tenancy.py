"""Let a voucher's customer and partner reach it, and tie its records to it."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0001_initial"),
        ("portal", "0002_tenancy"),
        ("enrollment", "0002_tenancy"),
    ]

    operations = [
        EnableTenancy("CustomerAgreement", "customer"),
        EnableTenancy("Balance", "customer"),
        EnableTenancy("LedgerEntry", "customer", append_only=True),
        EnableTenancy("Voucher", "customer", "partner"),
        EnableTenancy("Reservation", "customer", "partner"),
        TieTogether(
            "Voucher",
            ["agreement", "customer"],
            "vouchers.CustomerAgreement",
            ["id", "customer"],
        ),
        TieTogether(
            "LedgerEntry",
            ["agreement", "customer"],
            "vouchers.CustomerAgreement",
            ["id", "customer"],
        ),
        TieTogether(
            "LedgerEntry",
            ["voucher", "customer"],
            "vouchers.Voucher",
            ["id", "customer"],
        ),
        TieTogether(
            "Reservation",
            ["voucher", "customer"],
            "vouchers.Voucher",
            ["id", "customer"],
        ),
        TieTogether(
            "Reservation",
            ["location", "partner"],
            "portal.Location",
            ["id", "organization"],
        ),
        TieTogether(
            "Reservation",
            ["signature", "partner"],
            "enrollment.Signature",
            ["id", "partner"],
        ),
    ]
