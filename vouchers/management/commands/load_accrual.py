"""Load the demo tables of accrual: ``manage.py load_accrual``."""

from typing import Any

from django.core.management.base import BaseCommand

from vouchers.services import accrual


class Command(BaseCommand):
    """Adds what is missing; safe to run again."""

    help = "Add demo products, points and scale where a program has none."

    def handle(self, *args: Any, **options: Any) -> None:
        added = accrual.load_accrual()
        self.stdout.write(f"{added} demo products added.")
