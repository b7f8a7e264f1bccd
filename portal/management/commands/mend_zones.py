"""Give organizations time zones that are known: ``manage.py mend_zones``."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.services import organizations


class Command(BaseCommand):
    """Replaces older names by today's and names what is left; safe to run again."""

    help = "Rename time zones that have a newer name, and list the unknown ones."

    def handle(self, *args: Any, **options: Any) -> None:
        mended, unknown = organizations.mend_zones()
        if mended:
            self.stdout.write(f"{mended} time zones have their newer name.")
        for organization in unknown:
            self.stderr.write(
                f"{organization} ({organization.slug}) is in no time zone that Python"
                f" and PostgreSQL know: {organization.time_zone!r}. The clock passes"
                " over its deadlines until it is changed in the administration."
            )
