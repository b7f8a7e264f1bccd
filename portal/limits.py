"""Limits on attempts, so that nobody can try all numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.utils.translation import gettext as _

from portal.findings import Refused


def count_attempt(what: str, who: object, limit: str) -> str:
    """Use up one attempt; raises ``Refused`` beyond ``limit``, such as "10/900s".

    Each attempt takes the first free place, and holds it until its time is over: adding
    a key is the one thing that every cache does for one caller only. Returns the place.
    """
    allowed, _slash, window = limit.partition("/")
    seconds = int(window.rstrip("s"))
    for number in range(int(allowed)):
        place = f"attempts:{what}:{who}:{number}"
        if cache.add(place, True, seconds):
            return place
    raise Refused(
        _("Too many attempts. Wait %(minutes)s minutes and try again.")
        % {"minutes": seconds // 60}
    )


@contextmanager
def count_failures(what: str, who: object, limit: str) -> Iterator[None]:
    """Let an action use up an attempt only when it fails.

    It is counted before and given back after a success, so that many tries at once get
    no further than one after the other.
    """
    place = count_attempt(what, who, limit)
    yield
    cache.delete(place)
