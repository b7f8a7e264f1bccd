"""Fill an empty portal with the demo's organizations, people and vouchers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.demo.seed import seed
from portal import demo


class Command(BaseCommand):
    """Safe to run again: where people are already, nothing happens."""

    help = "Fill an empty portal with demo data (only with PORTAL_DEMO=1)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_on():
            raise CommandError("Set PORTAL_DEMO=1: demo people have known passwords.")
        seed()
