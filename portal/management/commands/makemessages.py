"""Django's makemessages, with the words that data files ship."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages


def words_of(file: Path) -> list[str]:
    """List the values of the keys that a data file names as its ``words``."""
    data = tomllib.loads(file.read_text())
    return list(_values(data, data.pop("words", [])))


def as_python(file: Path) -> str:
    """Write the words of a data file as calls that gettext finds."""
    return "".join(f"_({word!r})\n" for word in words_of(file))


def _values(data: Any, keys: list[str]) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in keys and isinstance(value, str):
                yield value
            else:
                yield from _values(value, keys)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value, keys)


class WordFile(makemessages.BuildFile):
    """A file with words, which may be one of data."""

    def preprocess(self) -> None:
        if self.path.endswith(".toml"):
            Path(self.work_path).write_text(as_python(Path(self.path)))
        else:
            super().preprocess()


class Command(makemessages.Command):
    """Collects the words of pages, code and data files (``-e html,txt,py,toml``)."""

    build_file_class = WordFile
