"""Panels that upper apps add to pages of lower ones: names in settings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string

from portal.actors import Member
from portal.findings import Text


@dataclass(frozen=True)
class Panel:
    """What another app says about a record: facts, and where to go on."""

    title: Text
    rows: list[tuple[Text, Any]] = field(default_factory=list)
    links: list[tuple[Text, str]] = field(default_factory=list)


def panels_for(names: Iterable[str], row: Any, actor: Member) -> list[Panel]:
    """Ask each app by its function's dotted name; one that has nothing gives None."""
    found = [import_string(name)(row, actor) for name in names]
    return [panel for panel in found if panel]
