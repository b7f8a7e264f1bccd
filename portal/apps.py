"""What the portal adds to each migration of its database."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

# pgtrigger lets any session name triggers that are to be ignored. Nobody may switch a
# guard of ours off; that PostgreSQL need not ask each time costs less besides.
KEEP_GUARDS = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Organizations and people")

    def ready(self) -> None:
        post_migrate.connect(keep_guards, sender=self)


def keep_guards(*, using: str, plan: list | None = None, **_rest: Any) -> None:
    """Keep every trigger on, after migrations that may have made it ignorable."""
    if plan:
        with connections[using].cursor() as cursor:
            cursor.execute(KEEP_GUARDS)
