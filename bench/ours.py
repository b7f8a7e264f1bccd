"""Features of the portal that a measurement waits for."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string


def built(name: str) -> Callable[..., Any] | None:
    """Give a function of the portal by its dotted name, once it is there."""
    try:
        function: Callable[..., Any] = import_string(name)
    except ImportError:
        return None
    return function
