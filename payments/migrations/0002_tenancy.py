"""Give each partner its own payment requests and payments only."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether

PARTNER = ["id", "partner"]


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
            TieTogether(
                model, ["request", "partner"], "payments.PaymentRequest", PARTNER
            )
            for model in ("PaymentLine", "Payment")
        ),
        # The engagement never changes its partner; a voucher may, once it is released.
        TieTogether(
            "PaymentLine",
            ["engagement", "voucher", "partner"],
            "engagements.Engagement",
            ["id", "voucher", "partner"],
        ),
    ]
