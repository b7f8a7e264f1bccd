"""Reading what strangers hand in: by a script, in a process of its own, within bounds.

Run as a script, this file limits its own process and then becomes the script that it
is given: alone, without Django, settings or the database's address.
"""

import os
import resource
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

MEBI = 1024 * 1024
MOST_MEMORY = 1024 * MEBI
MOST_WRITTEN = 256 * MEBI
SECONDS = 10  # a process may take, waiting included
TOO_SLOW = -signal.SIGXCPU


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
    Who waits here keeps no other greenlet waiting.
    """
    own = [sys.executable, "-I", str(Path(__file__)), str(seconds)]
    with tempfile.TemporaryFile() as copy:
        given.seek(0)
        shutil.copyfileobj(given, copy)
        copy.seek(0)
        try:
            return subprocess.run(  # noqa: S603 - our own script
                [*own, script, *arguments],
                stdin=copy,
                stdout=lines or subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                env={},
            ).returncode
        except subprocess.TimeoutExpired:
            return TOO_SLOW


def limit_process(seconds: int) -> None:
    """Take from this process what reading does not need, and let others go first."""
    os.nice(5)
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most + 1))


if __name__ == "__main__":
    limit_process(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
