"""PostgreSQL of our own: one cluster in our folder, reached by a Unix socket only."""

import os
import pwd
import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from .place import CHECKOUT, StateFolder, own_folder
from .processes import Job, Processes, surroundings
from .trouble import Trouble

ROLES = ("portal_owner", "portal_app")
SUPERUSER = "postgres"
ROLES_SCRIPT = CHECKOUT / "portal" / "roles.sql"
OLDEST = 15
# The tests lose nothing when the machine does.
CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def ident_map(accounts: set[str]) -> str:
    """Let these accounts of the machine, and no others, be the cluster's roles."""
    return "".join(
        f'portal "{account}" {role}\n'
        for account in sorted(accounts)
        for role in (SUPERUSER, *ROLES)
    )


def sockets(place: StateFolder) -> Path:
    return place.sockets / "postgres"


def address(place: StateFolder, role: str) -> str:
    return f"postgres://{role}@{quote(str(sockets(place)), safe='')}/portal"


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


@dataclass(frozen=True)
class Cluster:
    """The cluster of one place."""

    processes: Processes
    is_throwaway: bool
    # Only a careful cluster can be measured: it writes as a real one does.
    is_careful: bool = True

    @property
    def folder(self) -> Path:
        return self.processes.place.folder / "postgres"

    @property
    def sockets(self) -> Path:
        return sockets(self.processes.place)

    @property
    def account(self) -> str | None:
        """The server refuses to run as root."""
        return "postgres" if os.geteuid() == 0 else None

    @property
    def version(self) -> int | None:
        """The major version that wrote the data, if there are any."""
        try:
            return int((self.folder / "data" / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def up(self) -> None:
        """Make the cluster if need be, start it, and see to its roles."""
        for folder in (self.folder, self.sockets):
            own_folder(folder, 0o700, self.account)
        if self.is_throwaway and not self._is_sound():
            shutil.rmtree(self.folder / "data", ignore_errors=True)
        if not self.version:
            self._make()
        self._allow()
        self._start()
        self._create_roles()

    def _job(self, name: str, program: str, *arguments: str | Path) -> Job:
        # A port in the environment would change the socket's name.
        environment = surroundings() | {"PGPORT": "5432"}
        argv = (programs(self.version) / program, *arguments)
        return Job(name, argv, environment, self.account)

    def _is_sound(self) -> bool:
        """Ask whether careless data were closed in order; else they may be torn."""
        data = self.folder / "data"
        if not self.version:
            return False
        try:
            job = self._job("state", "pg_controldata", "-D", data)
        except Trouble:
            return False
        asked = self.processes.ends_well(job)
        return asked and "shut down\n" in self.processes.log("state").read_text()

    def _make(self) -> None:
        """Make the data folder aside, so that a half-made one is never used."""
        half_made = self.folder / "half-made"
        shutil.rmtree(half_made, ignore_errors=True)
        options = ["--username", SUPERUSER, "--auth", "peer", "--no-instructions"]
        options += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
        options += ["--no-sync"] if self.is_throwaway else []
        self.processes.finish(
            self._job("initdb", "initdb", *options, "--pgdata", half_made),
            "PostgreSQL could not make its data folder",
        )
        half_made.rename(self.folder / "data")

    def _allow(self) -> None:
        """Write who may come in: these accounts of the machine, by the socket."""
        me = pwd.getpwuid(os.geteuid()).pw_name
        place = self.processes.place.folder
        (place / "pg_hba.conf").write_text("local all all peer map=portal\n")
        (place / "pg_ident.conf").write_text(ident_map({me, self.account or me}))

    def _start(self) -> None:
        place = self.processes.place.folder
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={quoted(self.sockets)}",
            "unix_socket_permissions=0700",
            f"hba_file={place / 'pg_hba.conf'}",
            f"ident_file={place / 'pg_ident.conf'}",
            "max_connections=200",
            *(() if self.is_careful else CARELESS),
        ]
        options = [part for setting in settings for part in ("-c", setting)]
        job = self._job("postgres", "postgres", "-D", self.folder / "data", *options)
        self.processes.start_server(
            # PostgreSQL's word for "end without waiting for those who are connected".
            replace(job, ending=signal.SIGINT, is_server=True),
            self._is_ready,
        )

    def _is_ready(self) -> bool:
        job = self._job("ready", "pg_isready", "--quiet", "--host", self.sockets)
        return job.popen().wait() == 0

    def _create_roles(self) -> None:
        options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
        options += ["--host", str(self.sockets), "--username", SUPERUSER]
        options += ["--dbname", "postgres", "--file", str(ROLES_SCRIPT)]
        if self.is_throwaway:
            options += ["--command", "ALTER ROLE portal_owner CREATEDB"]
        self.processes.finish(
            replace(self._job("roles", "psql", *options), account=None),
            "The database's roles could not be made",
        )
