"""Databases and folders that live as long as a run."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

LOGIN = "PORTAL_DATABASE_URL"
OWNER = "PORTAL_OWNER_DATABASE_URL"
FLOOR = "BENCH_FLOOR_DATABASE_URL"


def naming(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@contextmanager
def surroundings() -> Iterator[None]:
    """Point the environment at scratch databases and folders."""
    name = f"bench_{os.getpid()}"
    owner = os.environ[OWNER]
    with (
        psycopg.connect(owner, autocommit=True) as maker,
        database(maker, name),
        database(maker, f"{name}_floor"),
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
    ):
        os.environ.update(
            {
                LOGIN: naming(os.environ[LOGIN], name),
                OWNER: naming(owner, name),
                FLOOR: naming(owner, f"{name}_floor"),
                "PORTAL_FILES": str(Path(folder) / "files"),
                "PORTAL_STATIC": str(Path(folder) / "static"),
                "PORTAL_DEMO": "",
                "DJANGO_SETTINGS_MODULE": "bench.settings",
            }
        )
        yield


@contextmanager
def database(maker: psycopg.Connection, name: str) -> Iterator[None]:
    maker.execute(f"CREATE DATABASE {name}")
    try:
        yield
    finally:
        maker.execute(f"DROP DATABASE {name}")
