"""Counting what is asked of the database."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Statements that only begin, end or nest transactions.
FRAMES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
# What tells the database for whom a transaction works is told, not asked.
TOLD = ("SET ", "SELECT set_config(")


class Count(NamedTuple):
    """How many statements something took, and how many of them were asked before."""

    statements: int
    asked_twice: int


def counted(action: Callable[[], Any]) -> tuple[Any, Count]:
    """Do something, and count its statements."""
    with CaptureQueriesContext(connection) as captured:
        result = action()
    return result, count([query["sql"] for query in captured])


def count(statements: list[str]) -> Count:
    """Count statements; a question with the same words and values is asked twice."""
    sent = [each for each in statements if not each.startswith(FRAMES)]
    asked = Counter(
        each for each in sent if each.startswith("SELECT") and not each.startswith(TOLD)
    )
    return Count(len(sent), asked.total() - len(asked))
