"""Let an engagement's customer and partner reach it, and tie it to its reservation."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether

PARTIES = ["customer", "partner"]


class Migration(migrations.Migration):
    dependencies = [("engagements", "0001_initial"), ("vouchers", "0002_tenancy")]

    operations = [
        EnableTenancy("Engagement", *PARTIES),
        EnableTenancy("CompletionReport", *PARTIES, append_only=True),
        TieTogether(
            "Engagement",
            ["reservation", "voucher", *PARTIES],
            "vouchers.Reservation",
            ["id", "voucher", *PARTIES],
        ),
        TieTogether(
            "CompletionReport",
            ["engagement", *PARTIES],
            "engagements.Engagement",
            ["id", *PARTIES],
        ),
    ]
