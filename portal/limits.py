"""Limits on attempts, so that nobody can try all numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.utils.translation import gettext as _

from portal.errors import Refused


def _key(what: str, who: object) -> str:
    return f"attempts:{what}:{who}"


def count_attempt(what: str, who: object, limit: str) -> None:
    """Count one attempt; raises ``Refused`` beyond ``limit``, such as "10/900s"."""
    allowed, _slash, window = limit.partition("/")
    seconds = int(window.rstrip("s"))
    key = _key(what, who)
    cache.add(key, 0, seconds)
    if cache.incr(key) > int(allowed):
        raise Refused(
            _("Too many attempts. Wait %(minutes)s minutes and try again.")
            % {"minutes": seconds // 60}
        )


@contextmanager
def failures_counted(what: str, who: object, limit: str) -> Iterator[None]:
    """Let a deed use up an attempt only when it fails.

    It is counted before and given back after a success, so that many tries at once get
    no further than one after the other.
    """
    count_attempt(what, who, limit)
    yield
    try:
        cache.decr(_key(what, who))
    except ValueError:  # the window has closed meanwhile, and the count with it
        return
