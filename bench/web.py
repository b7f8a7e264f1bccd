"""Two gunicorn workers, and eight clients that never rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles

CLIENTS = 8
STARTING = 60
Address = tuple[str, int]
# Cookie and form carry the same secret: that is all the check asks for.
SECRET = "bench" * 6 + "be"


@dataclass(frozen=True)
class Drive:
    """What eight clients saw: answers a second, and how long they waited."""

    rate: float
    milliseconds: list[float]

    def percentile(self, number: int) -> float:
        return quantiles(self.milliseconds, n=100)[number - 1]


@contextmanager
def serving(application: str, settings: str) -> Iterator[Address]:
    """Serve a Django project as the demo does."""
    address = ("127.0.0.1", free_port())
    options = ("--log-level", "error", "--bind", f"{address[0]}:{address[1]}")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application, *options],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings},
    )
    try:
        wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: Address, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(address).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("bench: the server did not start.")


def get(path: str, session: str) -> bytes:
    return _request("GET", path, session, b"")


def post(path: str, session: str) -> bytes:
    return _request("POST", path, session, f"csrfmiddlewaretoken={SECRET}".encode())


def _request(method: str, path: str, session: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Cookie: sessionid={session}; csrftoken={SECRET}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(address: Address, requests: Iterable[bytes], status: int) -> Drive:
    """Send requests from all clients at once; each must be answered with a status."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        took = list(clients.map(lambda each: answer(address, each, status), requests))
    return Drive(len(took) / (time.perf_counter() - start), took)


def answer(address: Address, request: bytes, status: int) -> float:
    """Send one request, and give the milliseconds until the whole answer was there."""
    start = time.perf_counter()
    with socket.create_connection(address) as client:
        client.sendall(request)
        first = client.recv(65536)
        while client.recv(65536):
            pass
    if not first.startswith(f"HTTP/1.1 {status} ".encode()):
        raise SystemExit(f"bench: {first[:300]!r} for {request[:120]!r}")
    return 1000 * (time.perf_counter() - start)
