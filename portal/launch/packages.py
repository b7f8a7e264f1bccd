"""The virtual environment, made from the lock files."""

import errno
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .place import CHECKOUT, MEGABYTE, require_room
from .processes import Job, Processes

ENVIRONMENT = CHECKOUT / ".venv"
BIN = ENVIRONMENT / "bin"
PYTHON = str(BIN / "python")
MANAGE = (PYTHON, str(CHECKOUT / "manage.py"))
RUNTIME = CHECKOUT / "requirements.lock"
TEST = CHECKOUT / "requirements-test.lock"
SIZE = 1000 * MEGABYTE
HASHES = ("--no-deps", "--require-hashes", "--requirement")


def fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def stamp(lock: Path) -> Path:
    return ENVIRONMENT / f"{lock.name}.installed"


def is_installed(lock: Path) -> bool:
    try:
        return stamp(lock).read_text() == fingerprint(lock)
    except FileNotFoundError:
        return False


def install(lock: Path, processes: Processes) -> None:
    """Bring the environment up to a lock file, unless it is already."""
    with _alone(processes):
        if not _is_whole(processes):
            _require_own(CHECKOUT)
            require_room(CHECKOUT, SIZE)
            _make(processes)
        if not is_installed(lock):
            _require_own(ENVIRONMENT)
            _install(lock, processes)
            # Written last: a half-finished installation is tried again.
            stamp(lock).write_text(fingerprint(lock))


@contextmanager
def _alone(processes: Processes) -> Iterator[None]:
    """Wait for others who install in the same checkout."""
    with RUNTIME.open() as lock:
        processes.interrupts.wait_until(lambda: _has_locked(lock.fileno()), 600)
        yield


def _has_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_own(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", folder)


def _is_whole(processes: Processes) -> bool:
    """Tell an environment from a half-made one, or one of another Python."""
    if not Path(PYTHON).exists():
        return False
    return processes.ends_well(Job("python", (PYTHON, "-c", "import pip")))


def _make(processes: Processes) -> None:
    print("Making a virtual environment…", flush=True)
    processes.finish(
        Job("venv", (sys.executable, "-m", "venv", "--clear", ENVIRONMENT)),
        "The virtual environment could not be made: install python3-venv",
    )


def _install(lock: Path, processes: Processes) -> None:
    print(f"Installing the packages of {lock.name}…", flush=True)
    uv = shutil.which("uv")
    if uv:
        # Compiled once, here: uncompiled, every start would take seconds longer.
        options = ("--compile-bytecode", "--python", PYTHON)
        if processes.ends_well(
            Job("uv", (uv, "pip", "install", *options, *HASHES, lock))
        ):
            return
    processes.finish(
        Job("pip", (PYTHON, "-m", "pip", "install", *HASHES, lock)),
        "The Python packages could not be installed: see to the network connection,"
        " then run this again",
    )
