"""Reading what strangers hand in: by a script, in a process of its own, within bounds.

Run as a script, this file is a *host*: it loads the script that it is given, alone,
without Django, settings or the database's address, and forks for each file. The fork
limits itself and calls the script's ``main``; the host never looks into a file. To
start Python and load pypdf anew would take thirty times as long.
"""

import gc
import importlib.machinery
import importlib.util
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO

MEBI = 1024 * 1024
MOST_MEMORY = 1024 * MEBI
MOST_WRITTEN = 256 * MEBI
SECONDS = 10  # a process may take, waiting included
TOO_SLOW = -signal.SIGXCPU
MOST_AT_ONCE = 2  # files read for one process of ours
PATIENCE = 2 * SECONDS  # for others whose files are read
IDLE = 600  # seconds without a file, after which a host ends
LONGEST_REQUEST = 65536


class Busy(Exception):
    """This file was not read: its turn did not come, or who read it was killed."""


class Host:
    """A process that has loaded a script."""

    def __init__(self, script: str) -> None:
        self.socket, child_end = socket.socketpair()
        # Longer than any fork may live, and than Python takes to start.
        self.socket.settimeout(3 * SECONDS)
        with child_end:
            self.process = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-I", str(Path(__file__)), script],
                stdin=child_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
            )

    def run(self, request: bytes, files: Sequence[int]) -> int:
        """Hand a file over; return how the process that read it ended."""
        socket.send_fds(self.socket, [request], files)
        if answer := self.socket.recv(16):
            return int(answer)
        raise ConnectionResetError

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()


places = BoundedSemaphore(MOST_AT_ONCE)
# By script: those that read nothing now.
idle_hosts: defaultdict[str, list[Host]] = defaultdict(list)
# A host answers one process.
os.register_at_fork(after_in_child=idle_hosts.clear)


def run_bounded(
    script: str,
    *arguments: str,
    given: IO[bytes],
    lines: IO[bytes] | None = None,
    seconds: int,
) -> int:
    """Let a script read a file as its standard input; return how its process ended.

    That is its own code, or a signal below zero: ``TOO_SLOW`` after these ``seconds``
    of the processor or ``SECONDS`` in all, another where it wanted too much memory.
    Who waits here keeps no other greenlet waiting. Raises ``Busy``.
    """
    request = json.dumps([seconds, SECONDS, *arguments]).encode()
    with ExitStack() as opened:
        copy = opened.enter_context(tempfile.TemporaryFile())
        given.seek(0)
        shutil.copyfileobj(given, copy)
        copy.seek(0)
        target = lines or opened.enter_context(Path(os.devnull).open("wb"))
        if not places.acquire(timeout=PATIENCE):
            raise Busy
        opened.callback(places.release)
        try:
            code = _run_on_host(script, request, [copy.fileno(), target.fileno()])
        except TimeoutError:  # the host itself had no turn
            return TOO_SLOW
        except ConnectionError as error:
            # Not once more: what it has read and said of the file is not undone.
            raise Busy from error
    return TOO_SLOW if code == -signal.SIGALRM else code


def _run_on_host(script: str, request: bytes, files: Sequence[int]) -> int:
    idle = idle_hosts[script]
    while idle:
        host = idle.pop()
        if not host.has_ended:  # while nobody asked
            return _run_and_keep(host, idle, request, files)
        host.end()
    return _run_and_keep(Host(script), idle, request, files)


def _run_and_keep(
    host: Host, idle: list[Host], request: bytes, files: Sequence[int]
) -> int:
    try:
        code = host.run(request, files)
    except BaseException:
        host.end()
        raise
    idle.append(host)
    return code


def be_host(script: str) -> None:
    """Fork for each file, one at a time, until nobody asks any more."""
    os.nice(5)  # others go first
    main = _load(script)
    gc.freeze()
    # The fork puts the file in its place, so that it cannot ask anybody anything.
    requests = socket.socket(fileno=sys.stdin.fileno())
    requests.settimeout(IDLE)
    while True:
        try:
            request, files, *_rest = socket.recv_fds(requests, LONGEST_REQUEST, 2)
        except TimeoutError:
            return
        if not request:
            return
        process = os.fork()
        if not process:
            _read(main, *json.loads(request), files=files)
        for number in files:
            os.close(number)
        _process, status = os.waitpid(process, 0)
        requests.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _load(script: str) -> Callable[..., int]:
    loader = importlib.machinery.SourceFileLoader("__main__", script)
    spec = importlib.util.spec_from_loader("__main__", loader)
    assert spec is not None, "a loader was given"
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    main: Callable[..., int] = module.main
    return main


def _read(
    main: Callable[..., int],
    seconds: int,
    seconds_in_all: float,
    *arguments: str,
    files: Sequence[int],
) -> None:
    """Let this process read the file within bounds, and end with the script's code."""
    code = 1
    try:
        for number, own in enumerate(files):
            os.dup2(own, number)
        signal.setitimer(signal.ITIMER_REAL, seconds_in_all)
        limit_process(seconds)
        # As they are, they know of a socket, in which nobody can seek.
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        code = main(*arguments)
        sys.stdout.flush()
    finally:
        # What the host has loaded need not be taken apart.
        os._exit(code)


def limit_process(seconds: int) -> None:
    """Take from this process what reading does not need."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most + 1))


if __name__ == "__main__":
    be_host(sys.argv[1])
