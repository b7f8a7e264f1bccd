"""Initial migrations that are written anew say what the models say."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.commands import makemigrations
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from portal.management.commands.fold_migrations import initial, write_migration
from portal.operations import AllAtOnce


def operations(label):
    """Write the migration of one app and read it again."""
    state = ProjectState.from_apps(apps)
    read = {}
    exec(write_migration(initial(label, state, MigrationLoader(None))), read)
    return read["Migration"].operations, read["_walls"]


def test_written_migrations_leave_nothing_to_migrate():
    """Triggers are compared too: django-pgtrigger extends what detects changes."""
    made = ProjectState.from_apps(apps)
    for app, name in list(made.models):
        if app in settings.FIRST_PARTY_APPS:
            del made.models[app, name]
    for label in settings.FIRST_PARTY_APPS:
        for operation in operations(label)[0]:
            operation.state_forwards(label, made)
    detector = makemigrations.Command.autodetector(made, ProjectState.from_apps(apps))
    assert detector.changes(graph=MigrationLoader(None).graph) == {}


@pytest.mark.parametrize(
    ("label", "first"),
    [
        ("portal", []),
        ("enrollment", ["portal"]),
        ("payments", ["engagements", "enrollment", "portal", "vouchers"]),
    ],
)
def test_a_written_migration_waits_for_the_apps_that_it_points_to(label, first):
    migration = initial(label, ProjectState.from_apps(apps), MigrationLoader(None))
    ours = [
        app for app, _ in migration.dependencies if app in settings.FIRST_PARTY_APPS
    ]
    assert ours == first


@pytest.mark.parametrize("label", settings.FIRST_PARTY_APPS)
def test_walls_stand_around_what_the_models_say(label):
    written_operations, walls = operations(label)
    assert written_operations[: len(walls.BEFORE)] == walls.BEFORE
    assert written_operations[len(walls.BEFORE) + 1 :] == walls.AFTER


def test_what_comes_after_the_tables_finds_them_whole(db):
    """Django puts off all constraints of a table with a default of the database's."""
    table = CreateModel(
        "Thing",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("owner", models.ForeignKey("Thing", models.PROTECT)),
            ("mark", models.CharField(max_length=9, db_default="")),
        ],
        {"constraints": [models.UniqueConstraint(fields=["id", "owner"], name="once")]},
    )
    whole = AllAtOnce([table])
    before, after = ProjectState(), ProjectState()
    whole.state_forwards("portal", after)
    with connection.schema_editor(collect_sql=True) as editor:
        whole.database_forwards("portal", editor, before, after)
        made = "\n".join(map(str, editor.collected_sql))
    assert 'UNIQUE ("id", "owner_id")' in made
    assert "FOREIGN KEY" in made
