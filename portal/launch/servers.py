"""The database and the broker: ours, or those that the environment names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from . import broker, cluster
from .interrupts import Interrupts
from .place import StateFolder
from .processes import Processes, surroundings
from .trouble import Trouble

DATABASE = "PORTAL_DATABASE_URL"
OWNER_DATABASE = "PORTAL_OWNER_DATABASE_URL"
REDIS = "PORTAL_REDIS_URL"


@contextmanager
def at_work(
    name: str, interrupts: Interrupts, *, fresh: bool = False
) -> Iterator[Processes]:
    """Hold a place while something runs there, and leave nothing running."""
    place = StateFolder.of(name)
    with place.held():
        place.furnish()
        processes = Processes(place, interrupts)
        processes.end_leftovers()
        if fresh:
            place.clear()
            place.furnish()
        try:
            yield processes
        finally:
            processes.stop()


def start(
    processes: Processes, *, throwaway: bool, careful: bool | None = None
) -> None:
    """Start what the environment does not name; what is kept, carefully."""
    if (DATABASE in os.environ) is not (OWNER_DATABASE in os.environ):
        raise Trouble(
            f"Set both {DATABASE} and {OWNER_DATABASE}, to one database as its user"
            " and as its owner, or neither."
        )
    if DATABASE not in os.environ:
        is_careful = not throwaway if careful is None else careful
        cluster.Cluster(processes, throwaway, is_careful).up()
    if REDIS not in os.environ:
        broker.start(processes)


def environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the variables by which the portal finds its servers and its files."""
    ours = {
        "PORTAL_SECRET_KEY": place.secret,
        DATABASE: cluster.address(place, "portal_app"),
        REDIS: broker.address(place),
        "PORTAL_FILES": str(place.folder / "files"),
        "PORTAL_STATIC": str(place.folder / "static"),
    }
    everything = {**ours, **more, **surroundings()}
    # Whoever answers requests has no business with the owner's login.
    everything.pop(OWNER_DATABASE, None)
    return everything


def owner_environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the same with the owner's login, for what makes tables."""
    owner = os.environ.get(OWNER_DATABASE, cluster.address(place, "portal_owner"))
    return environment(place, **more) | {OWNER_DATABASE: owner}
