"""Give each organization its own mail domains and recoveries only."""

from django.db import migrations

from portal.policies import EnableTenancy


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_reliance")]

    operations = [
        EnableTenancy("Domain", "organization"),
        EnableTenancy("AdminRecovery", "organization"),
    ]
