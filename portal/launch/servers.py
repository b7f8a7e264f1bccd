"""The database and the broker: ours, or those that the environment names.

Ours listen on Unix sockets in our folder, and nowhere else.
"""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from .place import CHECKOUT, StateFolder, Trouble, own_folder
from .processes import Job, Processes, surroundings

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
def at_work(name: str, *, fresh: bool = False) -> Iterator[Processes]:
    """Hold a place while something runs there, and leave nothing running."""
    place = StateFolder.of(name)
    with place.lock():
        place.furnish()
        # A run that was killed may have left something.
        stop(Processes(place))
        if fresh:
            place.clear()
            place.furnish()
        processes = Processes(place)
        try:
            processes.listen()
            yield processes
        finally:
            stop(processes)


def start(processes: Processes, *, throwaway: bool, careful: bool = False) -> None:
    """Start what the environment does not name; what is kept, carefully."""
    if (DATABASE in os.environ) is not (OWNER_DATABASE in os.environ):
        raise Trouble(
            f"Set both {DATABASE} and {OWNER_DATABASE}, to one database as its user"
            " and as its owner, or neither."
        )
    if DATABASE not in os.environ:
        Cluster(processes).up(throwaway=throwaway, careful=careful or not throwaway)
    if REDIS not in os.environ:
        start_redis(processes)


def stop(processes: Processes) -> None:
    """End our servers and who uses them, whoever started them."""
    homes = redis_socket(processes.place).parent, Cluster(processes).data
    processes.stop(*homes)


def environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the variables by which the portal finds its servers and its files."""
    settings = {
        "PORTAL_SECRET_KEY": place.secret,
        DATABASE: database_url(place, "portal_app"),
        REDIS: f"unix://{quote(str(redis_socket(place)))}",
        "PORTAL_FILES": str(place.folder / "files"),
        "PORTAL_STATIC": str(place.folder / "static"),
    }
    everything = {**settings, **more, **surroundings()}
    # Whoever answers requests has no business with the owner's login.
    everything.pop(OWNER_DATABASE, None)
    return everything


def owner_environment(place: StateFolder, **more: str) -> dict[str, str]:
    """Return the environment with the owner's login, for what makes tables."""
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


def quote_path(setting: Path) -> str:
    """Quote one path for a server setting that holds a list of them."""
    return '"{}"'.format(str(setting).replace('"', '""'))


def programs(version: int | None) -> Path:
    """Find the folder of PostgreSQL's programs, of one version or the latest."""
    versions = {
        int(folder.parent.name): folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if (folder / "initdb").exists()
    }
    elsewhere = shutil.which("initdb")
    if elsewhere and not versions:
        return Path(elsewhere).resolve().parent
    version_wanted = version or max(versions, default=0)
    if version_wanted in versions and version_wanted >= OLDEST:
        return versions[version_wanted]
    raise Trouble(
        f"PostgreSQL {version or f'{OLDEST} or later'} is missing: install it, or start"
        " over with ./run demo --fresh."
    )


class Cluster:
    """PostgreSQL's data of one place, and the server on them."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.folder = processes.place.folder / "postgres"
        self.data = self.folder / "data"
        self.half_made = self.folder / "half-made"
        self.sockets = processes.place.sockets / "postgres"
        # The server refuses to run as root.
        self.account = "postgres" if os.geteuid() == 0 else None

    def up(self, *, throwaway: bool, careful: bool) -> None:
        """Make the cluster if need be, start it, and see to its roles."""
        for folder in (self.folder, self.sockets):
            own_folder(folder, 0o700, self.account)
        self._see_off_a_killed_one(throwaway=throwaway)
        if not self.data.exists():
            self._make(["--no-sync"] if throwaway else [])
        self._start(() if careful else CARELESS)
        extra = ["--command", "ALTER ROLE portal_owner CREATEDB"]
        self._create_roles(extra if throwaway else [])

    def _see_off_a_killed_one(self, *, throwaway: bool) -> None:
        """Drop the locks of a server that was killed, and data that it may have torn.

        Who ends in order takes its locks along, and nobody runs here any more.
        """
        lock = self.data / "postmaster.pid"
        if throwaway and lock.exists():
            shutil.rmtree(self.half_made, ignore_errors=True)
            self.data.rename(self.half_made)
        for left in (lock, self.sockets / ".s.PGSQL.5432.lock"):
            left.unlink(missing_ok=True)

    def _job(self, program: str, *arguments: str | Path, **more: Path) -> Job:
        written = self.data / "PG_VERSION"
        version = int(written.read_text()) if written.exists() else None
        argv = (programs(version) / program, *arguments)
        # A port in the environment would change the socket's name.
        environment = surroundings() | {"PGPORT": "5432"}
        return Job(program, argv, environment, self.account, **more)

    def _make(self, more: list[str]) -> None:
        """Make the data folder aside, so that a half-made one is never used."""
        shutil.rmtree(self.half_made, ignore_errors=True)
        options = ["--username", SUPERUSER, "--auth", "peer", "--no-instructions"]
        options += ["--encoding", "UTF8", "--locale", "C.UTF-8", *more]
        self.processes.finish(
            self._job("initdb", *options, "--pgdata", self.half_made),
            "PostgreSQL could not make its data folder",
        )
        self.half_made.rename(self.data)

    def _start(self, more: tuple[str, ...]) -> None:
        me = pwd.getpwuid(os.geteuid()).pw_name
        place = self.processes.place.folder
        # Who may come in: these accounts of the machine, by the socket.
        (place / "pg_hba.conf").write_text("local all all peer map=portal\n")
        (place / "pg_ident.conf").write_text(ident_map({me, self.account or me}))
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={quote_path(self.sockets)}",
            "unix_socket_permissions=0700",
            f"hba_file={place / 'pg_hba.conf'}",
            f"ident_file={place / 'pg_ident.conf'}",
            "max_connections=200",
            *more,
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        server = self._job("postgres", "-D", self.data, *options, home=self.data)
        is_ready = self._job("pg_isready", "--host", self.sockets)
        self.processes.start(server)
        self.processes.wait_for("postgres", lambda: self.processes.ends_well(is_ready))

    def _create_roles(self, more: list[str]) -> None:
        options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
        options += ["--host", str(self.sockets), "--username", SUPERUSER]
        options += ["--dbname", "postgres", "--file", str(ROLES_SCRIPT), *more]
        # As ourselves: the script may lie where no other account comes.
        job = replace(self._job("psql", *options), account=None)
        self.processes.finish(job, "The database's roles could not be made")


def redis_socket(place: StateFolder) -> Path:
    return place.sockets / "redis" / "redis.sock"


def start_redis(processes: Processes) -> None:
    """Start Redis with nothing on disk."""
    program = next(filter(None, map(shutil.which, REDIS_PROGRAMS)), None)
    if not program:
        raise Trouble("Redis is missing: install redis-server, then run this again.")
    # Debian names the account after the project.
    account = Path(program).name.partition("-")[0] if os.geteuid() == 0 else None
    path = redis_socket(processes.place)
    home = own_folder(path.parent, 0o700, account)
    path.unlink(missing_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(home),
        "save": "",
        "appendonly": "no",
    }
    options = [part for key, value in settings.items() for part in (f"--{key}", value)]
    processes.start(Job("redis", (program, *options), account=account, home=home))
    processes.wait_for("redis", path.is_socket)
