"""A cache that may be lost at any moment."""

from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, empty instead of failing while Redis is away.

    Only attempt counters live in it: a page must not fall with them.
    """

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (NoConnection, NoAnswer):
            return default

    def set(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(*args, **kwargs)
        except (NoConnection, NoAnswer):
            return

    def add(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return super().add(*args, **kwargs)
        except (NoConnection, NoAnswer):
            return True

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        try:
            return super().incr(key, delta, version)
        except (NoConnection, NoAnswer):
            return delta

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        try:
            return super().delete(*args, **kwargs)
        except (NoConnection, NoAnswer):
            return False
