"""How many nouns bear one name in models, services and pages: ``show_nouns``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

ROOT = Path(__file__).resolve().parents[3]
APPS = ("portal", "enrollment", "vouchers", "engagements", "payments")
GROUPS = {
    "models": ("models",),
    "services": ("services",),
    "pages": ("presentation", "forms", "views", "admin", "api"),
}
# What is no noun of the program, and stands in one layer by its nature.
TECHNICAL = {
    "__init__",
    "notifications",
    "nightly",
    "exports",
    "states",
    "queries",
    "roles",
    "waiting",
    "base",
    "site",
}


def groups_by_noun(app: str) -> dict[str, set[str]]:
    """Map each noun of an app to the groups of layers in which a file bears it."""
    groups: dict[str, set[str]] = {}
    for group, layers in GROUPS.items():
        for layer in layers:
            for path in (ROOT / app / layer).glob("*.py"):
                noun = path.stem.removesuffix("_sql")
                if noun not in TECHNICAL:
                    groups.setdefault(noun, set()).add(group)
    return groups


class Command(BaseCommand):
    help = "Print the share of nouns that bear one name in several layers."

    def handle(self, *args: Any, **options: Any) -> None:
        for app in APPS:
            nouns = groups_by_noun(app)
            shared = [noun for noun, groups in nouns.items() if len(groups) > 1]
            share = round(100 * len(shared) / len(nouns)) if nouns else 100
            self.stdout.write(f"{app}: {len(shared)} of {len(nouns)} nouns, {share} %")
            for noun, groups in sorted(nouns.items()):
                if len(groups) == 1:
                    self.stdout.write(f"    only in {groups.pop()}: {noun}")
