"""Load the demo rates: ``manage.py load_rates``."""

from typing import Any

from django.core.management.base import BaseCommand

from payments.services import rates


class Command(BaseCommand):
    """Adds what is missing; safe to run again."""

    help = "Add a demo rate wherever an offering of the catalogue has none."

    def handle(self, *args: Any, **options: Any) -> None:
        added = rates.load_rates()
        self.stdout.write(f"{added} demo rates added.")
