"""Write the initial migration of each of our apps anew, from the models as they are.

Before the first release nothing has to be upgraded: one migration that makes each table
in one piece costs every test run less than the history of how it came to be.
"""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.migrations import CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from pgtrigger.migrations import AddTrigger

from portal.operations import AllAtOnce

NAME = "0001_initial"
START = "    operations = [\n"
END = "    ]\n"
HEADER = '"""Written by fold_migrations: the models as they are, and the walls."""\n\n'
LAST_IMPORT = "from django.db import migrations, models\n"


class Command(BaseCommand):
    """Replaces the numbered migrations; what stands in ``_walls.py`` joins them."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        state = ProjectState.from_apps(apps)
        texts = {
            label: write_migration(initial(label, state, loader))
            for label in settings.FIRST_PARTY_APPS
        }
        for label, text in texts.items():
            folder = Path(apps.get_app_config(label).path) / "migrations"
            for old in folder.glob("0*.py"):
                old.unlink()
            (folder / f"{NAME}.py").write_text(text, encoding="utf-8")


def initial(label: str, state: ProjectState, loader: MigrationLoader) -> Migration:
    """Make each table in one piece, and then the triggers."""
    models = [model for (app, _), model in sorted(state.models.items()) if app == label]
    operations = [
        AllAtOnce(
            [
                *(creation(model) for model in models),
                *(trigger for model in models for trigger in triggers(model, state)),
            ]
        )
    ]
    dependencies = [
        (app, NAME)
        if app in settings.FIRST_PARTY_APPS
        else loader.graph.leaf_nodes(app)[0]
        for app in sorted({app for model in models for app in pointed_to(model)})
        if app != label
    ]
    parts = {"initial": True, "dependencies": dependencies, "operations": operations}
    migration: type[Migration] = type("Migration", (Migration,), parts)
    return migration(NAME, label)


def creation(model: ModelState) -> CreateModel:
    options = {key: value for key, value in model.options.items() if value}
    options.pop("triggers", None)
    fields = list(model.fields.items())
    return CreateModel(model.name, fields, options, model.bases, model.managers)


def triggers(model: ModelState, state: ProjectState) -> list[AddTrigger]:
    model_class = state.apps.get_model(model.app_label, model.name)
    return [
        AddTrigger(model.name_lower, trigger.compile(model_class))
        for trigger in model.options.get("triggers", [])
    ]


def pointed_to(model: ModelState) -> set[str]:
    """Name the apps whose tables a model's columns point to."""
    relations = [field.remote_field for field in model.fields.values()]
    return {str(relation.model).partition(".")[0] for relation in relations if relation}


def write_migration(migration: Migration) -> str:
    """Write the file, with what stands in ``_walls.py`` around the models."""
    text = MigrationWriter(migration, include_header=False).as_string()
    walls = f"\nfrom {migration.app_label}.migrations import _walls\n"
    before, _, after = text.replace(LAST_IMPORT, LAST_IMPORT + walls).partition(START)
    return (
        f"{HEADER}{before}{START}        *_walls.BEFORE,\n"
        f"{after.removesuffix(END)}        *_walls.AFTER,\n{END}"
    )
