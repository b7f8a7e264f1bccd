"""Give each partner its own people, certificates and profiles, and both their enquiry."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0003_reliance"), ("portal", "0004_tenancy")]

    operations = [
        EnableTenancy("Consultant", "partner"),
        EnableTenancy("Certificate", "partner"),
        EnableTenancy("Confirmation", "partner"),
        EnableTenancy("Pin", "partner"),
        EnableTenancy("ProfileTag", "partner"),
        EnableTenancy("ProfileLocation", "partner"),
        EnableTenancy("Listing", "partner"),
        EnableTenancy("Enquiry", "customer", "partner"),
        TieTogether(
            "Certificate",
            ["consultant", "partner"],
            "enrollment.Consultant",
            ["id", "partner"],
        ),
        TieTogether(
            "Confirmation",
            ["enrollment", "partner"],
            "enrollment.Enrollment",
            ["id", "partner"],
        ),
        TieTogether(
            "Pin",
            ["enrollment", "partner"],
            "enrollment.Enrollment",
            ["id", "partner"],
        ),
        TieTogether(
            "ProfileTag",
            ["profile", "partner"],
            "enrollment.BusinessProfile",
            ["id", "partner"],
        ),
        TieTogether(
            "ProfileLocation",
            ["profile", "partner"],
            "enrollment.BusinessProfile",
            ["id", "partner"],
        ),
        TieTogether(
            "ProfileLocation",
            ["location", "partner"],
            "portal.Location",
            ["id", "organization"],
        ),
    ]
