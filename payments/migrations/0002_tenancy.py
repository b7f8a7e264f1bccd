"""Give each partner its own payment requests and payments only."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("engagements", "0002_tenancy")]

    operations = [
        EnableTenancy("PaymentRequest", "partner"),
        EnableTenancy("PaymentLine", "partner"),
        EnableTenancy("Payment", "partner", append_only=True),
        TieTogether(
            "PaymentRequest",
            ["location", "partner"],
            "portal.Location",
            ["id", "organization"],
        ),
        *(
            TieTogether(model, [name, "partner"], target, ["id", "partner"])
            for model, name, target in [
                ("PaymentLine", "request", "payments.PaymentRequest"),
                ("PaymentLine", "voucher", "vouchers.Voucher"),
                ("Payment", "request", "payments.PaymentRequest"),
            ]
        ),
    ]
