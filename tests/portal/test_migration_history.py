"""A database that other migrations have made is known, and refused by a sentence."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from portal import migration_history
from portal.launch import commands
from portal.management.commands import prepare
from tests.conftest import LOGIN

# What migrations of ours use without making SQL of it: defaults of new rows.
NO_SQL = re.compile(r"portal\.clock|vouchers\.numbers|\w+\.(models|migrations)\b.*")


@pytest.fixture
def owner(db):
    """Return the owner's connection to the database of the tests; nothing stays."""
    owner = connection.copy()
    owner.settings_dict.update({key: settings.OWNER[key] for key in LOGIN})
    owner.alias = "owner"
    connections["owner"] = owner
    owner.set_autocommit(False)
    yield owner
    owner.rollback()
    owner.close()
    del connections["owner"]


@pytest.fixture
def migration(tmp_path, monkeypatch):
    """Return a migration of an app of its own."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    migration = folder / "0001_initial.py"
    migration.write_text("operations = [1]\n")
    config = type("Config", (), {"path": str(tmp_path)})
    monkeypatch.setattr(migration_history.apps, "get_app_config", lambda label: config)
    return migration


def verdicts(connection):
    return [
        migration_history.is_of_checkout(connection, to_the_letter=exact)
        for exact in (False, True)
    ]


def test_an_untouched_database_is_of_this_checkout(owner):
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE django_migrations")
    assert verdicts(owner) == [True, True]


def test_a_database_is_of_the_checkout_that_it_keeps(owner):
    assert verdicts(owner) == [True, False]
    migration_history.keep(owner)
    assert verdicts(owner) == [True, True]


def test_a_migration_that_is_gone_is_missed(owner):
    migration_history.keep(owner)
    MigrationRecorder(owner).record_applied("portal", "0002_tenancy")
    assert verdicts(owner) == [False, False]


def test_migrations_of_others_come_and_go(owner):
    migration_history.keep(owner)
    MigrationRecorder(owner).record_applied("account", "0099_of_a_library")
    assert verdicts(owner) == [True, True]


def test_a_migration_written_anew_is_another_to_the_letter(owner, monkeypatch):
    migration_history.keep(owner)
    ours = migration_history.of_checkout() | {"vouchers.0001_initial": "another"}
    monkeypatch.setattr(migration_history, "of_checkout", lambda: ours)
    assert verdicts(owner) == [True, False]


def test_a_migration_that_waits_is_no_other_history(owner, monkeypatch):
    migration_history.keep(owner)
    ours = migration_history.of_checkout() | {"vouchers.0999_more": "new"}
    monkeypatch.setattr(migration_history, "of_checkout", lambda: ours)
    assert verdicts(owner) == [True, True]


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("# A comment.\noperations = [\n    1,\n]\n", True),
        ('"""What it does."""\noperations = [1]\n', True),
        ("operations = [2]\n", False),
        ("operations = [1]\nprint()\n", False),
    ],
)
def test_format_and_comments_make_no_other_migration(migration, text, is_same):
    before = migration_history.of_checkout()
    migration.write_text(text)
    assert (migration_history.of_checkout() == before) is is_same


def test_what_stands_beside_a_migration_is_part_of_it(migration):
    walls = migration.with_name("_walls.py")
    walls.write_text("AFTER = []\n")
    before = migration_history.of_checkout()
    walls.write_text("AFTER = [1]\n")
    assert migration_history.of_checkout() != before


def test_every_maker_of_sql_is_known():
    """A new import of a migration is either a maker, or makes no SQL."""
    root = Path(settings.ROOT)
    imported = set()
    for path in root.glob("*/migrations/*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    ours = {
        name
        for name in imported
        if name.partition(".")[0] in settings.FIRST_PARTY_APPS
        and not NO_SQL.fullmatch(name)
    }
    makers = {f"portal.{path.stem}" for path in migration_history.MAKERS}
    assert ours == makers


def test_a_database_of_other_migrations_is_refused(owner, monkeypatch):
    MigrationRecorder(owner).record_applied("portal", "0002_tenancy")
    monkeypatch.setattr(prepare, "connections", {"default": owner})
    with pytest.raises(CommandError, match="name an empty one") as refusal:
        call_command("prepare")
    assert refusal.value.returncode == commands.OTHER_HISTORY
