"""Sessions are kept in Django's own table; all who are signed in sign in again."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("portal", "0005_text_key")]

    operations: ClassVar = [migrations.DeleteModel(name="Session")]
