"""The database and the broker: ours, or those that the environment names.

Ours listen on Unix sockets in our folder, and nowhere else.
"""

import os
import pwd
import shlex
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from .place import CHECKOUT, StateFolder, Trouble, own_folder
from .processes import (
    PATIENCE,
    Interrupts,
    Job,
    Processes,
    end_marked,
    surroundings,
    wait_until,
    working_in,
)

DATABASE = "PORTAL_DATABASE_URL"
OWNER_DATABASE = "PORTAL_OWNER_DATABASE_URL"
REDIS = "PORTAL_REDIS_URL"
ROLES = ("portal_owner", "portal_app")
SUPERUSER = "postgres"
ROLES_SCRIPT = CHECKOUT / "portal" / "roles.sql"
OLDEST = 15
# The tests lose nothing when the machine does.
CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
# Whatever listens for Redis's protocol: Debian 13 has valkey beside it.
REDIS_PROGRAMS = ("redis-server", "valkey-server")


@contextmanager
def at_work(
    name: str, interrupts: Interrupts, *, fresh: bool = False
) -> Iterator[Processes]:
    """Hold a place while something runs there, and leave nothing running."""
    place = StateFolder.of(name)
    with place.held():
        place.furnish()
        processes = Processes(place, interrupts)
        try:
            # A run that was killed may have left something.
            end_marked(place.folder)
            stop(processes)
            if fresh:
                place.clear()
                place.furnish()
            yield processes
        finally:
            processes.stop()
            stop(processes)


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
        Cluster(processes).up(is_throwaway=throwaway, is_careful=is_careful)
    if REDIS not in os.environ:
        start_redis(processes)


def stop(processes: Processes) -> None:
    """End our servers, whoever started them."""
    redis = redis_socket(processes.place)
    ask(redis, b"SHUTDOWN NOSAVE")
    wait_until(lambda: not ask(redis, b"PING"), PATIENCE)
    Cluster(processes).down()


def ended(processes: Processes) -> list[str]:
    """Return the names of what ended by itself, the servers with it."""
    cluster = Cluster(processes)
    is_down = DATABASE not in os.environ and not cluster.pid
    return ["postgres"] * is_down + processes.ended()


def environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the variables by which the portal finds its servers and its files."""
    ours = {
        "PORTAL_SECRET_KEY": place.secret,
        DATABASE: database_url(place, "portal_app"),
        REDIS: redis_url(place),
        "PORTAL_FILES": str(place.folder / "files"),
        "PORTAL_STATIC": str(place.folder / "static"),
    }
    everything = {**ours, **more, **surroundings()}
    # Whoever answers requests has no business with the owner's login.
    everything.pop(OWNER_DATABASE, None)
    return everything


def owner_environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the same with the owner's login, for what makes tables."""
    owner = os.environ.get(OWNER_DATABASE, database_url(place, "portal_owner"))
    return environment(place, **more) | {OWNER_DATABASE: owner}


def ident_map(accounts: set[str]) -> str:
    """Let these accounts of the machine, and no others, be the cluster's roles."""
    return "".join(
        f'portal "{account}" {role}\n'
        for account in sorted(accounts)
        for role in (SUPERUSER, *ROLES)
    )


def database_url(place: StateFolder, role: str) -> str:
    return f"postgres://{role}@{quote(str(place.sockets / 'postgres'), safe='')}/portal"


def quoted(setting: Path) -> str:
    """Quote one path for a server setting that holds a list of them."""
    return '"{}"'.format(str(setting).replace('"', '""'))


def programs(version: int | None = None) -> Path:
    """Find the folder of PostgreSQL's programs, of one version or the latest."""
    versions = {
        int(folder.parent.name): folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").exists()
    }
    elsewhere = shutil.which("initdb")
    if elsewhere and not versions:
        return Path(elsewhere).resolve().parent
    wanted = version or max(versions, default=0)
    if wanted in versions and wanted >= OLDEST:
        return versions[wanted]
    raise Trouble(
        f"PostgreSQL {version or f'{OLDEST} or later'} is missing: install it, or start"
        " over with ./run demo --fresh."
    )


class Cluster:
    """PostgreSQL's data of one place, and the server on them."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.place = processes.place
        self.folder = self.place.folder / "postgres"
        self.data = self.folder / "data"
        self.sockets = self.place.sockets / "postgres"
        # The server refuses to run as root.
        self.account = "postgres" if os.geteuid() == 0 else None

    @property
    def version(self) -> int | None:
        """The major version that wrote the data, if there are any."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    @property
    def pid(self) -> int | None:
        """The process that serves the data; a number used again is nobody's."""
        try:
            pid = (self.data / "postmaster.pid").read_text().split()[0]
            is_ours = Path(f"/proc/{pid}/cwd").samefile(self.data)
        except (OSError, IndexError):
            return None
        return int(pid) if is_ours else None

    def up(self, *, is_throwaway: bool, is_careful: bool) -> None:
        """Make the cluster if need be, start it, and see to its roles."""
        for folder in (self.folder, self.sockets):
            own_folder(folder, 0o700, self.account)
        self._see_off_a_killed_one()
        if is_throwaway and not self._is_sound():
            shutil.rmtree(self.data, ignore_errors=True)
        if not self.version:
            self._make(["--no-sync"] if is_throwaway else [])
        self._start(() if is_careful else CARELESS)
        extra = ["--command", "ALTER ROLE portal_owner CREATEDB"]
        self._create_roles(extra if is_throwaway else [])

    def down(self) -> None:
        """End the server without waiting for those who are connected."""
        for mode in ("fast", "immediate"):
            if self.pid:
                stop = ("stop", "--mode", mode, "--timeout", "20")
                self.processes.ends_well(self._job("stop", "pg_ctl", *stop))

    def _see_off_a_killed_one(self) -> None:
        """Wait for the children of a killed server, and drop its lock of the socket.

        They end by themselves, a moment after it; the folder is nobody else's.
        """
        if not self.pid:
            wait_until(lambda: not working_in(self.data), 20)
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _job(self, name: str, program: str, *arguments: str | Path) -> Job:
        # A port in the environment would change the socket's name.
        environment = surroundings() | {"PGPORT": "5432", "PGDATA": str(self.data)}
        argv = (programs(self.version) / program, *arguments)
        return Job(name, argv, environment, self.account)

    def _is_sound(self) -> bool:
        """Ask whether careless data were closed in order; else they may be torn."""
        if not self.version:
            return False
        try:
            asked = self.processes.ends_well(self._job("state", "pg_controldata"))
        except Trouble:
            return False
        return asked and "shut down\n" in self.processes.log("state").read_text()

    def _make(self, more: list[str]) -> None:
        """Make the data folder aside, so that a half-made one is never used."""
        half_made = self.folder / "half-made"
        shutil.rmtree(half_made, ignore_errors=True)
        options = ["--username", SUPERUSER, "--auth", "peer", "--no-instructions"]
        options += ["--encoding", "UTF8", "--locale", "C.UTF-8", *more]
        self.processes.finish(
            self._job("initdb", "initdb", *options, "--pgdata", half_made),
            "PostgreSQL could not make its data folder",
        )
        half_made.rename(self.data)

    def _start(self, more: tuple[str, ...]) -> None:
        me = pwd.getpwuid(os.geteuid()).pw_name
        place = self.place.folder
        # Who may come in: these accounts of the machine, by the socket.
        (place / "pg_hba.conf").write_text("local all all peer map=portal\n")
        (place / "pg_ident.conf").write_text(ident_map({me, self.account or me}))
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={quoted(self.sockets)}",
            "unix_socket_permissions=0700",
            f"hba_file={place / 'pg_hba.conf'}",
            f"ident_file={place / 'pg_ident.conf'}",
            "max_connections=200",
            *more,
        ]
        options = shlex.join([part for each in settings for part in ("-c", each)])
        job = self._job("postgres", "pg_ctl", "start", "--wait", "--options", options)
        if not self.processes.ends_well(replace(job, is_server=True)):
            raise Trouble(f"postgres did not start: see {self.processes.log(job.name)}")

    def _create_roles(self, more: list[str]) -> None:
        options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
        options += ["--host", str(self.sockets), "--username", SUPERUSER]
        options += ["--dbname", "postgres", "--file", str(ROLES_SCRIPT), *more]
        self.processes.finish(
            replace(self._job("roles", "psql", *options), account=None),
            "The database's roles could not be made",
        )


def redis_socket(place: StateFolder) -> Path:
    return place.sockets / "redis" / "redis.sock"


def redis_url(place: StateFolder) -> str:
    return f"unix://{quote(str(redis_socket(place)))}"


def ask(path: Path, word: bytes) -> bytes:
    """Say a word to Redis, and return the answer if anybody is there."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(word + b"\r\n")
            return client.recv(16)
        except OSError:
            return b""


def start_redis(processes: Processes) -> None:
    """Start Redis with nothing on disk."""
    program = next(filter(None, map(shutil.which, REDIS_PROGRAMS)), None)
    if not program:
        raise Trouble("Redis is missing: install redis-server, then run this again.")
    # Debian names the account after the project.
    account = Path(program).name.partition("-")[0] if os.geteuid() == 0 else None
    path = redis_socket(processes.place)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(own_folder(path.parent, 0o700, account)),
        "save": "",
        "appendonly": "no",
    }
    options = [part for key, value in settings.items() for part in (f"--{key}", value)]
    processes.start(Job("redis", (program, *options), account=account, is_server=True))
    processes.wait_for("redis", lambda: ask(path, b"PING").startswith(b"+PONG"))
