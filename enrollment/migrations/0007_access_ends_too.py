"""Let an employment say that the person's access ends with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0006_profiles_have_drafts")]

    operations = [
        migrations.AddField(
            model_name="consultant",
            name="ends_access",
            field=models.BooleanField(default=False, verbose_name="access ends too"),
        ),
    ]
