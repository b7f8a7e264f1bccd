"""Find at once what of one party expires first, however many vouchers it has."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0012_programs_end_in_steps"),
        ("portal", "0009_sessions_name_their_person"),
        ("vouchers", "0011_imports_and_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("state__in", ["created", "assigned", "reserved"])),
                fields=["customer", "expires_on", "id"],
                name="voucher_unused_of_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("state__in", ["created", "assigned", "reserved"])),
                fields=["partner", "expires_on", "id"],
                name="voucher_unused_of_partner",
            ),
        ),
    ]
