"""Where a checkout keeps the state of its demo and of its tests."""

import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SYSTEM_STATE = Path("/var/lib/planning-services-portal")
# A Unix socket's address holds 107 bytes; "/postgres/.s.PGSQL.5432" takes 23 of them.
LONGEST_SOCKETS_PATH = 84
MEGABYTE = 1_000_000
STATE_SIZE = 300 * MEGABYTE


class Trouble(Exception):
    """A reason to stop, as one sentence that says what to do."""


class PlaceBusy(Trouble):
    """Somebody else is at work in the same place."""


def fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def state_folder(checkout: Path, user: int) -> Path:
    """Choose the folder for everything that is not code.

    The database server of root runs as another account, which could not enter a
    checkout below root's home.
    """
    if "PORTAL_STATE" in os.environ:
        return Path(os.environ["PORTAL_STATE"]).resolve()
    if user == 0:
        return SYSTEM_STATE / f"{checkout.name}-{fingerprint(checkout)}"
    return checkout / "var"


def sockets_folder(folder: Path) -> Path:
    """Choose a folder for sockets whose path is short enough for the kernel."""
    inside = folder / "sockets"
    if len(os.fsencode(inside)) <= LONGEST_SOCKETS_PATH:
        return inside
    owner = f"{os.geteuid()}-{fingerprint(folder)}"
    return Path(tempfile.gettempdir()) / f"portal-{owner}"


def own_folder(path: Path, mode: int, account: str | None = None) -> Path:
    """Make a folder that nobody else can have put there."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if account:
        require_way(path, account)
        shutil.chown(path, account, account)
    elif path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise Trouble(
            f"{path} belongs to somebody else: remove it, or name another folder"
            " with PORTAL_STATE."
        )
    path.chmod(mode)
    return path


def require_way(path: Path, account: str) -> None:
    """Refuse a folder that another account could not reach."""
    for parent in path.parents:
        if not parent.stat().st_mode & stat.S_IXOTH:
            raise Trouble(
                f"{parent} is closed to the account {account}: name a folder outside"
                " of it with PORTAL_STATE."
            )


def require_room(path: Path, size: int) -> None:
    if shutil.disk_usage(path).free < size:
        raise Trouble(
            f"{path} needs {size // MEGABYTE} MB of free disk: make room, then run"
            " this again."
        )


@dataclass(frozen=True)
class StateFolder:
    """The folder of one demo, or of the tests, and who may use it now."""

    name: str
    folder: Path

    @classmethod
    def of(cls, name: str) -> "StateFolder":
        return cls(name, state_folder(CHECKOUT, os.geteuid()) / name)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep everybody else out; the kernel lets them in when we die."""
        own_folder(self.folder.parent, mode=0o711)
        with self.folder.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PlaceBusy(
                    f"{self.name} already runs in {self.folder}: stop it there with"
                    " Ctrl-C, or name another folder with PORTAL_STATE."
                ) from None
            yield

    def furnish(self) -> None:
        """Make the folders; other accounts may only pass through to their own."""
        own_folder(self.folder, mode=0o711)
        own_folder(self.sockets, mode=0o711)
        for name in ("files", "static", "logs"):
            own_folder(self.folder / name, mode=0o700)
        require_room(self.folder, STATE_SIZE)

    def clear(self) -> None:
        for folder in (self.folder, self.sockets):
            if folder.exists():
                shutil.rmtree(folder)

    @property
    def sockets(self) -> Path:
        return sockets_folder(self.folder)

    @property
    def secret(self) -> str:
        """The secret key of this place, made when it is asked for first."""
        path = self.folder / "secret-key"
        path.touch(mode=0o600)
        if not path.read_text():
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()
