"""PostgreSQL as Django speaks to it, in fewer round trips: see ``base``."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


def ours() -> Any:
    """Give the connection of this thread, with what ``base`` adds to Django's."""
    return connections[DEFAULT_DB_ALIAS]
