"""Fill an empty directory: ``manage.py fill_directory``."""

from typing import Any

from django.core.management.base import BaseCommand

from enrollment.services import directory


class Command(BaseCommand):
    """Judges every partner where nobody was judged yet; safe to run again."""

    help = "Ask the engine what each partner can deliver, where nothing is kept yet."

    def handle(self, *args: Any, **options: Any) -> None:
        directory.fill_directory()
