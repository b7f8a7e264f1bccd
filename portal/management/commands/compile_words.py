"""Compile the translations, so that pages and mails can speak them."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Turns every ``django.po`` of ours into the ``django.mo`` that Django reads."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/django.po")):
                if not is_fresh(source.with_suffix(".mo"), source):
                    compile_one(source)
                    self.stdout.write(f"Compiled {source.relative_to(folder)}.")


def is_fresh(target: Path, source: Path) -> bool:
    return target.exists() and target.stat().st_mtime >= source.stat().st_mtime


def compile_one(source: Path) -> None:
    with source.open("rb") as words:
        catalog = read_po(words)
    # Written aside first: a process that starts meanwhile reads the whole or nothing.
    aside = source.with_suffix(".mo.part")
    with aside.open("wb") as stream:
        write_mo(stream, catalog)
    aside.replace(source.with_suffix(".mo"))
