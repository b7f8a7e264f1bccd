"""Let a person work at the sponsor: add_staff EMAIL NAME DUTY [DUTY …]."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.findings import Refused
from portal.roles import Duty
from portal.services import people


class Command(BaseCommand):
    """Give the person exactly the duties that are named."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("duties", nargs="+", choices=Duty.values, metavar="duty")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            people.add_staff(options["email"], options["name"], options["duties"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{options['email']} gets a mail with the next step.")
