"""What ``./run`` understands, and how it ends."""

import errno
import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from . import servers
from .place import CHECKOUT, MEGABYTE, PlaceBusy, StateFolder, Trouble, require_room
from .processes import GLANCE, Interruption, Job, Processes

ENVIRONMENT = CHECKOUT / ".venv"
BIN = ENVIRONMENT / "bin"
PYTHON = str(BIN / "python")
MANAGE = (PYTHON, str(CHECKOUT / "manage.py"))
RUNTIME = CHECKOUT / "requirements.lock"
TEST = CHECKOUT / "requirements-test.lock"
ENVIRONMENT_SIZE = 1000 * MEGABYTE
HASHES = ("--no-deps", "--require-hashes", "--requirement")
PORT = "8400"
# How "prepare" ends on a database that other migrations have made.
OTHER_HISTORY = 3
QUEUES = "mail,documents,clock"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Everything at once is worth two processes, file by file in the tests' own order; a
# chosen few begin faster in one.
EVERYTHING = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


def demo(arguments: list[str]) -> int:
    """Run the whole portal on this machine, with invented people."""
    if arguments not in ([], ["--fresh"]):
        raise Trouble("The demo takes no argument but --fresh.")
    port = port_from_environment()
    with servers.at_work("demo", fresh=bool(arguments)) as processes:
        require_free(port)
        install(RUNTIME, processes)
        bring_up(processes, port)
        try:
            watch(processes)
        except Interruption:
            print(f"\nStopping; the data stays in {processes.place.folder}", flush=True)
    return 0


def bring_up(processes: Processes, port: int) -> None:
    """Start everything, and say where it is."""
    print("Starting the portal…", flush=True)
    servers.start(processes, throwaway=False)
    owner = servers.owner_environment(processes.place, **variables(port))
    prepare(processes, owner)
    environment = servers.environment(processes.place, **variables(port))
    web = (BIN / "gunicorn", "--bind", f"127.0.0.1:{port}")
    processes.start(Job("web", web, environment))
    processes.finish(
        Job("people", (*MANAGE, "demo_people"), owner),
        "The people of the demo could not be listed",
    )
    processes.wait_for("web", lambda: is_healthy(port))
    # Last, since nobody who looks at the first page waits for them.
    celery = (BIN / "celery", "-A", "portal")
    schedule = processes.place.folder / "beat-schedule"
    beat = (*celery, "beat", "--schedule", schedule, "--pidfile", "")
    processes.start(
        Job("worker", (*celery, "worker", "-Q", QUEUES, "-c", "2"), environment)
    )
    processes.start(Job("beat", beat, environment))
    people = processes.log("people").read_text()
    print(f"\nThe portal is at http://localhost:{port}\n\n{people}", flush=True)
    print("Ctrl-C stops it.", flush=True)


def prepare(processes: Processes, environment: Mapping[str, str]) -> None:
    """Make or complete the tables and the demo's data."""
    job = Job("prepare", (*MANAGE, "prepare", "--demo"), environment)
    code = processes.exit_code(job)
    if code == OTHER_HISTORY:
        is_ours = servers.DATABASE not in os.environ
        raise Trouble(
            f"The demo in {processes.place.folder} is of another version of the portal:"
            " make it anew, without its data, by ./run demo --fresh"
            if is_ours
            else f"The database of {servers.DATABASE} is of another version of the"
            " portal: name an empty one."
        )
    if code:
        raise Trouble(
            f"The database could not be prepared (details: {processes.log(job.name)})"
        )


def watch(processes: Processes) -> None:
    """Look on until somebody asks to stop, or something ends by itself."""
    while not (ended := processes.ended_names()):
        time.sleep(GLANCE)
    raise Trouble(f"{ended[0]} ended by itself: see {processes.log(ended[0])}")


def variables(port: int) -> dict[str, str]:
    return {
        "PORTAL_DEMO": "1",
        "PORTAL_HOSTS": "localhost,127.0.0.1",
        "PORTAL_ORIGIN": f"http://localhost:{port}",
    }


def port_from_environment() -> int:
    port = os.environ.get("PORTAL_PORT", PORT)
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise Trouble(f"PORTAL_PORT is {port!r}: give a number from 1 to 65535.")
    return int(port)


def require_free(port: int) -> None:
    """Refuse a port that somebody listens on, at any address of localhost."""
    for family, *_, address in socket.getaddrinfo(
        "localhost", port, type=socket.SOCK_STREAM
    ):
        try:
            socket.create_server(address, family=family).close()
        except OSError as error:
            raise Trouble(
                f"Port {port} cannot be used ({error.strerror}): choose another,"
                f" for example PORTAL_PORT={port + 1} ./run demo"
            ) from error


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def manage(arguments: list[str]) -> int:
    """Run one command of the portal on the demo's data."""
    place = StateFolder.of("demo")
    argv = (*MANAGE, *arguments)
    settings = variables(port_from_environment())
    try:
        with servers.at_work("demo") as processes:
            install(RUNTIME, processes)
            servers.start(processes, throwaway=False)
            environment = servers.owner_environment(place, **settings)
            return processes.run_here(Job("manage", argv, environment))
    except PlaceBusy:
        # The demo is up: its servers serve this too.
        environment = servers.owner_environment(place, **settings)
        os.execve(argv[0], argv, environment)  # noqa: S606 -- no shell is the point


@contextmanager
def tools(name: str, *, once: bool = False) -> Iterator[Callable[..., int]]:
    """Start servers for tests, and give a way to run tools on them.

    ``once``: on a cluster that writes as real ones do and is not kept, since it may
    hold a million vouchers.
    """
    with servers.at_work(name, fresh=once) as processes:
        install(TEST, processes)
        servers.start(processes, throwaway=True, careful=once)
        browser = next(filter(None, map(shutil.which, BROWSERS)), "")
        environment = servers.owner_environment(
            processes.place, PORTAL_CHROMIUM=browser
        )
        environment["PATH"] = os.pathsep.join(
            [str(BIN), os.environ.get("PATH", os.defpath)]
        )
        try:
            yield lambda *argv: processes.run_here(Job(name, argv, environment))
        finally:
            if once:
                servers.stop(processes)
                shutil.rmtree(processes.place.folder / "postgres", ignore_errors=True)


def test(arguments: list[str]) -> int:
    """Run the tests, all or those of the arguments, on servers of their own."""
    with tools("test") as run:
        return run(PYTHON, "-m", "pytest", *(arguments or EVERYTHING))


def mutants(arguments: list[str]) -> int:
    """Plant mistakes in copies of the tree, and see which of them the tests find."""
    with tools("mutants") as run:
        folder = StateFolder.of("mutants").folder
        return run(PYTHON, "-m", "tests.mutants", str(folder), *arguments)


def bench(arguments: list[str]) -> int:
    """Measure the portal beside its floors, on servers of its own."""
    with tools("bench", once=True) as run:
        return run(PYTHON, "-m", "bench", *arguments)


def checks() -> dict[str, tuple[str | Path, ...]]:
    """Return every check but the tests, the quickest first."""
    pages = sorted((CHECKOUT / "templates").rglob("*.html"))
    return {
        "ruff format": ("ruff", "format", "--check", "."),
        "ruff check": ("ruff", "check", "."),
        "djade": ("djade", "--check", "--target-version", "5.2", *pages),
        "djhtml": ("djhtml", "--check", "--tabwidth", "2", *pages),
        "djlint": ("djlint", "--lint", "--quiet", *pages),
        "import contracts": ("lint-imports",),
        "django": (*MANAGE, "check"),
        "migrations": (*MANAGE, "makemigrations", "--check", "--dry-run"),
        "mypy": ("mypy", "."),
    }


def check(arguments: list[str]) -> int:
    """Run every check, and return the first failure's exit code."""
    if arguments:
        raise Trouble("The checks take no arguments.")
    codes = {}
    with tools("test") as run:
        for name, argv in checks().items():
            print(f"== {name}", flush=True)
            codes[name] = run(*argv)
    failed = [name for name, code in codes.items() if code]
    print(f"failed: {', '.join(failed)}" if failed else "all checks pass", flush=True)
    return next(filter(None, codes.values()), 0)


def install(lock: Path, processes: Processes) -> None:
    """Bring the environment up to a lock file, unless it is already."""
    stamp = ENVIRONMENT / f"{lock.name}.installed"
    fingerprint = hashlib.sha256(lock.read_bytes()).hexdigest()
    with RUNTIME.open() as alone:
        # Others who install in the same checkout are waited for.
        fcntl.flock(alone, fcntl.LOCK_EX)
        # It may be half-made, or of another Python.
        is_whole = Path(PYTHON).exists() and processes.ends_well(
            Job("python", (PYTHON, "-c", "import pip"))
        )
        if not is_whole:
            require_own(CHECKOUT)
            require_room(CHECKOUT, ENVIRONMENT_SIZE)
            print("Making a virtual environment…", flush=True)
            processes.finish(
                Job("venv", (sys.executable, "-m", "venv", "--clear", ENVIRONMENT)),
                "The virtual environment could not be made: install python3-venv",
            )
        if not stamp.exists() or stamp.read_text() != fingerprint:
            require_own(ENVIRONMENT)
            print(f"Installing the packages of {lock.name}…", flush=True)
            install_packages(lock, processes)
            # Written last: a half-finished installation is tried again.
            stamp.write_text(fingerprint)


def require_own(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", folder)


def install_packages(lock: Path, processes: Processes) -> None:
    uv = shutil.which("uv")
    # Compiled once, here: uncompiled, every start would take seconds longer.
    options = ("--compile-bytecode", "--python", PYTHON, *HASHES, lock)
    if uv and processes.ends_well(Job("uv", (uv, "pip", "install", *options))):
        return
    processes.finish(
        Job("pip", (PYTHON, "-m", "pip", "install", *HASHES, lock)),
        "The Python packages could not be installed: see to the network connection,"
        " then run this again",
    )


COMMANDS = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "mutants": mutants,
    "manage": manage,
}


def main(arguments: list[str]) -> int:
    """Run one command; whatever goes wrong becomes one sentence."""
    # Other accounts have to pass through our folders to theirs.
    os.umask(0o022)
    name, *rest = arguments
    try:
        return COMMANDS[name](rest)
    except Trouble as trouble:
        print(f"run: {trouble}", file=sys.stderr)
    except OSError as error:
        print(f"run: {sentence(error)}", file=sys.stderr)
    except (Interruption, KeyboardInterrupt) as wish:
        return 128 + getattr(wish, "number", signal.SIGINT)
    return 1


def sentence(error: OSError) -> str:
    """Say what to do about a refusal of the operating system."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full: make room, then run the same command again."
    if isinstance(error, PermissionError):
        return (
            f"{error.filename} may not be written by this user: run as its owner,"
            " or from a copy of the project of your own."
        )
    return f"{error.strerror}: {error.filename}; mend that, then run this again."
