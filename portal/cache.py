"""Attempt counters: in Redis, and in the database while Redis does not answer."""

import logging
import time
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 10


class Absence:
    """Remembers that a server did not answer, so that not everybody waits for it."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_known(self) -> bool:
        return time.monotonic() < self._until

    def note(self, error: Exception) -> None:
        """Leave the server alone for a while."""
        self._until = time.monotonic() + PAUSE_SECONDS
        logger.warning("Redis does not answer: %s", error)

    def forget(self) -> None:
        self._until = 0.0


absence_of_redis = Absence()


class CountingCache(BaseCache):
    """Hands everything to the cache "redis", else to the cache "database".

    What it holds guards sign-in and look-ups, so it must not be empty while Redis is
    away. Counts that were made on the other side are not carried over.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _ask(self, method: str, *arguments: Any, **options: Any) -> Any:
        if not absence_of_redis.is_known():
            try:
                return getattr(caches["redis"], method)(*arguments, **options)
            except RedisError as error:
                absence_of_redis.note(error)
        return getattr(caches["database"], method)(*arguments, **options)

    def add(self, *arguments: Any, **options: Any) -> bool:
        return bool(self._ask("add", *arguments, **options))

    def get(self, *arguments: Any, **options: Any) -> Any:
        return self._ask("get", *arguments, **options)

    def set(self, *arguments: Any, **options: Any) -> None:
        self._ask("set", *arguments, **options)

    def touch(self, *arguments: Any, **options: Any) -> bool:
        return bool(self._ask("touch", *arguments, **options))

    def delete(self, *arguments: Any, **options: Any) -> bool:
        return bool(self._ask("delete", *arguments, **options))

    def clear(self) -> None:
        self._ask("clear")
