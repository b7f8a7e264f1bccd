"""Whether a database was made by the migrations of this checkout.

Django knows a migration by its name alone, and initial migrations are written anew
before the first release. So a database keeps what each of ours was when it was made.
"""

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

# What migrations of ours call to make SQL.
MAKERS = [
    Path(__file__).with_name(name)
    for name in (
        "conditions.py",
        "fields.py",
        "names.py",
        "operations.py",
        "policies.py",
        "rights.py",
        "text_sql.py",
    )
]
KEPT = "SELECT obj_description('django_migrations'::regclass)"
KEEP = sql.SQL("COMMENT ON TABLE django_migrations IS {}")


def of_checkout() -> dict[str, str]:
    """Name each migration of our apps, with a hash of what it does."""
    return {
        f"{label}.{path.stem}": actions([path, *sorted(path.parent.glob("_[!_]*.py"))])
        for label in settings.FIRST_PARTY_APPS
        for path in (Path(apps.get_app_config(label).path) / "migrations").glob("0*.py")
    }


def actions(paths: list[Path]) -> str:
    """Hash the code of files and of what makes SQL, whatever format and comments."""
    digest = hashlib.sha256()
    for path in (*paths, *MAKERS):
        digest.update(_code(path.read_bytes()))
    return digest.hexdigest()[:16]


@cache
def _code(source: bytes) -> bytes:
    """Return what a file does; each migration asks for the same makers."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            body[:] = [statement for statement in body if not is_comment(statement)]
    return ast.dump(tree).encode()


def is_comment(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_of_checkout(connection: BaseDatabaseWrapper, *, to_the_letter: bool) -> bool:
    """Ask whether this checkout has each migration of ours that made a database.

    To the letter: and whether it still is what it was then.
    """
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return True
    checkout = of_checkout()
    applied = {
        f"{app}.{name}"
        for app, name in recorder.applied_migrations()
        if app in settings.FIRST_PARTY_APPS
    }
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        recorded = json.loads(cursor.fetchone()[0] or "{}")
    return applied <= checkout.keys() and not (
        to_the_letter and any(checkout[name] != recorded.get(name) for name in applied)
    )


def keep(connection: BaseDatabaseWrapper) -> None:
    """Let a database keep what the migrations are that it is about to get."""
    MigrationRecorder(connection).ensure_schema()
    with connection.cursor() as cursor:
        cursor.execute(KEEP.format(sql.Literal(json.dumps(of_checkout()))))
