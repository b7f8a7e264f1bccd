"""Write the state diagrams of docs/concepts.md anew from the code."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Model
from django_fsm import FSMField

PAGE = settings.ROOT / "docs" / "concepts.md"


class Command(BaseCommand):
    """Replace each diagram between its markers by what the machine says now."""

    help = "Draw the state diagrams of docs/concepts.md from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        Path(PAGE).write_text(redrawn(PAGE.read_text()))


def machines() -> list[type[Model]]:
    """List our models with a state machine, in the order of the layers."""
    models = (
        model
        for label in settings.FIRST_PARTY_APPS
        for model in apps.get_app_config(label).get_models()
    )
    return [m for m in models if any(isinstance(f, FSMField) for f in m._meta.fields)]


def diagram(model: Any) -> str:
    """Draw one machine as a Mermaid state diagram."""
    field = model._meta.get_field("state")
    ways = sorted(
        (str(way.source), str(way.target), way.name)
        for way in field.get_all_transitions(model)
    )
    lines = [f"    {source} --> {target}: {name}" for source, target, name in ways]
    start = f"    [*] --> {field.get_default()}"
    return "\n".join(["```mermaid", "stateDiagram-v2", start, *lines, "```"])


def redrawn(page: str) -> str:
    """Return the page with the diagram of every machine between its markers."""
    for model in machines():
        begin, end = f"<!-- states: {model._meta.label} -->", "<!-- end -->"
        before, marker, rest = page.partition(begin)
        if marker:
            _old, _end, after = rest.partition(end)
            page = f"{before}{begin}\n{diagram(model)}\n{end}{after}"
    return page
