"""Give each partner its own proofs, signatures, enrollments and profile only."""

from django.db import migrations

from portal.policies import EnableTenancy, TieTogether


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0001_initial"), ("portal", "0002_tenancy")]

    operations = [
        EnableTenancy("HeldCompetency", "partner"),
        EnableTenancy("Signature", "partner"),
        EnableTenancy("Enrollment", "partner"),
        EnableTenancy("EnrollmentLine", "partner"),
        EnableTenancy("BusinessProfile", "partner"),
        TieTogether(
            "EnrollmentLine",
            ["enrollment", "partner"],
            "enrollment.Enrollment",
            ["id", "partner"],
        ),
    ]
