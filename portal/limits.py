"""Limits on attempts, so that nobody can try all numbers."""

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from portal.errors import Refused


def count_attempt(what: str, who: object, limit: str) -> None:
    """Count one attempt; raises ``Refused`` beyond ``limit``, such as "10/900s"."""
    allowed, _slash, window = limit.partition("/")
    seconds = int(window.rstrip("s"))
    key = f"attempts:{what}:{who}"
    cache.add(key, 0, seconds)
    if cache.incr(key) > int(allowed):
        raise Refused(
            _("Too many attempts. Wait %(minutes)s minutes and try again.")
            % {"minutes": seconds // 60}
        )


def lookup_limit() -> str:
    return str(settings.VOUCHER_LOOKUP_LIMIT)
