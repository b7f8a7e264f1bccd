"""The demo: the whole portal on one machine, with invented people."""

import http.client
import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

from . import packages, servers
from .interrupts import GLANCE, Interrupts
from .place import Busy, StateFolder
from .processes import Job, Processes
from .trouble import Interrupted, Trouble

PORT = "8400"
# How "prepare" ends on a database that other migrations have made.
OTHER_HISTORY = 3
QUEUES = "mail,documents,clock"


def chosen_port() -> int:
    port = os.environ.get("PORTAL_PORT", PORT)
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise Trouble(f"PORTAL_PORT is {port!r}: give a number from 1 to 65535.")
    return int(port)


def require_free(port: int) -> None:
    """Refuse a port that somebody listens on, at any address of localhost."""
    for family, kind, _, _, address in socket.getaddrinfo(
        "localhost", port, type=socket.SOCK_STREAM
    ):
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
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


def variables(port: int) -> dict[str, str]:
    return {
        "PORTAL_DEMO": "1",
        "PORTAL_HOSTS": "localhost,127.0.0.1",
        "PORTAL_ORIGIN": f"http://localhost:{port}",
    }


def web(place: StateFolder, port: int) -> Job:
    return Job(
        "web",
        (packages.BIN / "gunicorn", "--bind", f"127.0.0.1:{port}"),
        servers.environment(place, **variables(port)),
    )


def background(place: StateFolder, port: int) -> list[Job]:
    environment = servers.environment(place, **variables(port))
    celery = (packages.BIN / "celery", "-A", "portal")
    schedule = ("--schedule", place.folder / "beat-schedule", "--pidfile", "")
    return [
        Job("worker", (*celery, "worker", "-Q", QUEUES, "-c", "2"), environment),
        Job("beat", (*celery, "beat", *schedule), environment),
    ]


def demo(interrupts: Interrupts, arguments: list[str]) -> int:
    if arguments not in ([], ["--fresh"]):
        raise Trouble("The demo takes no argument but --fresh.")
    port = chosen_port()
    with servers.at_work("demo", interrupts, fresh=bool(arguments)) as processes:
        require_free(port)
        packages.install(packages.RUNTIME, processes)
        bring_up(processes, port)
        try:
            watch(processes)
        except Interrupted:
            print(f"\nStopping; the data stays in {processes.place.folder}", flush=True)
    return 0


def bring_up(processes: Processes, port: int) -> None:
    """Start everything, and say where it is."""
    place = processes.place
    print("Starting the portal…", flush=True)
    servers.start(processes, throwaway=False)
    environment = servers.owner_environment(place, **variables(port))
    prepare(processes, environment)
    processes.start(web(place, port))
    processes.finish(
        Job("people", (*packages.MANAGE, "demo_people"), environment),
        "The people of the demo could not be listed",
    )
    processes.wait_for("web", lambda: is_healthy(port))
    # Last, since nobody who looks at the first page waits for them.
    for job in background(place, port):
        processes.start(job)
    people = processes.log("people").read_text()
    print(f"\nThe portal is at http://localhost:{port}\n\n{people}", flush=True)
    print("Ctrl-C stops it.", flush=True)


def prepare(processes: Processes, environment: Mapping[str, str]) -> None:
    """Make or complete the tables and the demo's data."""
    job = Job("prepare", (*packages.MANAGE, "prepare", "--demo"), environment)
    code = processes.exit_code(job)
    if code == OTHER_HISTORY and servers.DATABASE not in os.environ:
        raise Trouble(
            f"The demo in {processes.place.folder} is of another version of the portal:"
            " make it anew, without its data, by ./run demo --fresh"
        )
    if code == OTHER_HISTORY:
        raise Trouble(
            f"The database of {servers.DATABASE} is of another version of the portal:"
            " name an empty one."
        )
    if code:
        raise Trouble(
            f"The database could not be prepared (details: {processes.log(job.name)})"
        )


def watch(processes: Processes) -> None:
    """Look on until somebody asks to stop, or something ends by itself."""
    while not (name := processes.ended()):
        processes.interrupts.obey()
        time.sleep(GLANCE)
    raise Trouble(f"{name} ended by itself: see {processes.log(name)}")


def manage(interrupts: Interrupts, arguments: list[str]) -> int:
    """Run one command of the portal on the demo's data."""
    place = StateFolder.of("demo")
    argv = (*packages.MANAGE, *arguments)
    settings = variables(chosen_port())
    try:
        with servers.at_work("demo", interrupts) as processes:
            packages.install(packages.RUNTIME, processes)
            servers.start(processes, throwaway=False)
            environment = servers.owner_environment(place, **settings)
            return processes.run_here(Job("manage", argv, environment))
    except Busy:
        # The demo is up: its servers serve this too.
        environment = servers.owner_environment(place, **settings)
        os.execve(argv[0], argv, environment)  # noqa: S606 -- no shell is the point
