"""Make a checkout ready to serve: words, tables, static files, the catalogue."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from portal import migration_history

# The launcher knows this exit code.
OTHER_HISTORY = 3


class Command(BaseCommand):
    """Does what has to be done once before web, worker and beat start."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="Fill an empty database with the demo."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        quiet = {"verbosity": 0, "interactive": False}
        call_command("compile_words")
        owner = "owner" if "owner" in connections else "default"
        self.ensure_history(owner, is_demo=options["demo"])
        call_command("migrate", database=owner, **quiet)
        call_command("collectstatic", **quiet)
        call_command("mend_zones")
        call_command("load_catalogue")
        call_command("load_places")
        call_command("load_rates")
        call_command("load_accrual")
        call_command("fill_directory")
        if options["demo"]:
            call_command("seed_demo")

    def ensure_history(self, owner: str, *, is_demo: bool) -> None:
        """Refuse a database that other migrations have made; a demo is made anew."""
        connection = connections[owner]
        if not migration_history.is_of_checkout(connection, to_the_letter=is_demo):
            raise CommandError(
                "Other migrations than those of this checkout have made the database:"
                " name an empty one, or the checkout that made it.",
                returncode=OTHER_HISTORY,
            )
        migration_history.keep(connection)
