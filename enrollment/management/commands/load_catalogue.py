"""Load the shipped catalogue: ``manage.py load_catalogue``."""

from typing import Any

from django.core.management.base import BaseCommand

from enrollment.services import catalogue


class Command(BaseCommand):
    """Adds what is missing; safe to run again."""

    help = "Add what is missing of the shipped catalogue and the sponsor's groups."

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue.load_catalogue()
