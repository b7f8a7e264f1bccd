"""An action in a process of its own: its time, its first byte, and its memory."""

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connections

MEBI = 1024


@dataclass(frozen=True)
class Stream:
    """What it cost to make a stream of bytes."""

    seconds: float
    first_ms: float
    added_mib: float


def in_child(made: Callable[[], Iterable[bytes]]) -> Stream:
    """Fork, read a stream to its end there, and give what that cost."""
    let_go()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            told = json.dumps(asdict(measured(made)))
            os.write(writer, told.encode())
            code = 0
        finally:
            # Nothing of the parent's is ours to end.
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if not told:
        raise SystemExit("bench: a measurement failed in its own process.")
    return Stream(**json.loads(told))


def let_go() -> None:
    """Close every connection: two processes cannot speak on one."""
    for connection in connections.all():
        connection.close()
        connection.close_pool()


def measured(made: Callable[[], Iterable[bytes]]) -> Stream:
    connections["default"].ensure_connection()
    # From here on the kernel notes the peak anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmHWM")
    start = time.perf_counter()
    first = 0.0
    for _chunk in made():
        first = first or time.perf_counter() - start
    took = time.perf_counter() - start
    return Stream(took, 1000 * first, (memory("VmHWM") - before) / MEBI)


def memory(name: str) -> int:
    """Return a figure of this process in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [found] = [line for line in lines if line.startswith(f"{name}:")]
    return int(found.split()[1])
