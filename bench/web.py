"""Two gunicorn workers, and clients that never rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

CLIENTS = 8
STARTING = 60
PORTAL = ("portal.wsgi", "portal.settings")
FLOOR = ("bench.floors.wsgi", "bench.floors.settings")
# Cookie and form carry the same secret: that is all the check asks for.
SECRET = "bench" * 6 + "be"


@dataclass(frozen=True)
class Address:
    """Where a server listens, and its first process."""

    port: int
    process: int

    @property
    def memory(self) -> float:
        """Return the MiB that master and workers take, what they share counted once."""
        return sum(pss(process) for process in family(self.process)) / 1024


@dataclass(frozen=True)
class Drive:
    """What the clients saw: answers a second, how long they waited, what failed."""

    rate: float
    milliseconds: list[float]
    errors: list[str] = field(default_factory=list)

    def percentile(self, number: int) -> float:
        return quantiles(self.milliseconds, n=100)[number - 1]


@contextmanager
def serving(application: str, settings: str) -> Iterator[Address]:
    """Serve a Django project as the demo does."""
    port = free_port()
    options = ("--log-level", "error", "--bind", f"127.0.0.1:{port}")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application, *options],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings},
    )
    try:
        wait_for(port, server)
        yield Address(port, server.pid)
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("bench: the server did not start.")


def family(process: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [process, *map(int, children.split())]


def pss(process: int) -> int:
    """Return the KiB of a process; those who share a page share its size."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    [found] = [line for line in lines if line.startswith("Pss:")]
    return int(found.split()[1])


def get(path: str, session: str) -> bytes:
    return _request("GET", path, session, b"")


def post(path: str, session: str, fields: str = "") -> bytes:
    body = f"csrfmiddlewaretoken={SECRET}&{fields}"
    return _request("POST", path, session, body.encode())


def _request(method: str, path: str, session: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Cookie: sessionid={session}; csrftoken={SECRET}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(address: Address, requests: Iterable[bytes], clients: int = CLIENTS) -> Drive:
    """Send requests from all clients at once.

    A page must be answered with 200, and a form that was sent with a way on.
    """
    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as crowd:
        answers = list(crowd.map(lambda each: answer(address, each), requests))
    took = time.perf_counter() - start
    errors = [error for _waited, error in answers if error]
    return Drive(len(answers) / took, [waited for waited, _error in answers], errors)


def answer(address: Address, request: bytes) -> tuple[float, str]:
    """Send one request; returns the milliseconds until the whole answer was there."""
    start = time.perf_counter()
    with socket.create_connection(("127.0.0.1", address.port)) as client:
        client.sendall(request)
        first = client.recv(65536)
        while client.recv(65536):
            pass
    waited = 1000 * (time.perf_counter() - start)
    status = 200 if request.startswith(b"GET") else 302
    is_right = first.startswith(f"HTTP/1.1 {status} ".encode())
    return waited, "" if is_right else f"{first[:200]!r} for {request[:100]!r}"
