"""What each language puts together in its own way."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def listed(things: Iterable[object]) -> str:
    """Write things after each other, with the reader's sign between them."""
    return pgettext("between the things of a list", ", ").join(map(str, things))
