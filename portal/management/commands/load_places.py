"""Load the shipped cities and locate the locations: ``manage.py load_places``."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.places import load_cities, locate_all


class Command(BaseCommand):
    """Fills an empty table of places; safe to run again."""

    help = "Load the shipped cities, and note where each location lies."

    def handle(self, *args: Any, **options: Any) -> None:
        load_cities()
        locate_all()
