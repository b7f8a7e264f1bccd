"""Let the directory look partners up by name, and locations by where they lie."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0005_last_admin_stays")]

    operations = [
        migrations.AddIndex(
            model_name="organization",
            index=models.Index(
                condition=models.Q(("is_listed", True)),
                fields=["name"],
                name="organization_listed",
            ),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                fields=["latitude", "longitude"], name="location_by_place"
            ),
        ),
    ]
