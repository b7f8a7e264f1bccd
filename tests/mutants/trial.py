"""One tree of our own in which mistakes are planted and tests are run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.mutants.planting import FAILED, NOT_PLANTED, SQL

DATABASE = "PORTAL_DATABASE_URL"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "*.lock", ".*_cache", "node_modules"
)
OPTIONS = ["-q", "--no-header", "-p", "no:cacheprovider", "-p"]
PLUGIN = "tests.mutants.planting"
NO_WORKERS = ["-m", "not browser and not worker"]
# All that ran has passed, or there was nothing to run.
GOOD = {0, 5}
WITHOUT_TEST = HANGS, NO_START = "no end", "no start"
ANY_TEST = "tests/test_tables.py"
LONGEST = 1800  # seconds
# So many files are run first, and only then the others.
LIKELY = 6


class Broken(Exception):
    """A mistake that could not be tried."""


def verdict(code, failed):
    """Name what has caught a mistake, or nothing; by how pytest ended."""
    if code in GOOD:
        return ""
    if code == NOT_PLANTED:
        raise Broken("the database takes no such change")
    return failed[0] if failed else HANGS if code < 0 else NO_START


@dataclass(frozen=True)
class Outcome:
    """What came of one mistake: by which test it was caught, if by any."""

    by: str
    seconds: float

    @property
    def is_caught(self):
        return bool(self.by)


@dataclass
class Tree:
    """A copy of the checkout, and a test database of its own."""

    folder: Path
    number: int = 1
    longest: float = LONGEST
    running: subprocess.Popen | None = None
    seconds: Iterator[int] = field(default_factory=partial(count, 1))

    def copy(self, checkout):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(checkout, self.folder, ignore=LEFT_OUT, symlinks=True)

    def environment(self):
        ours = dict(os.environ)
        ours[FAILED] = str(self.failed)
        if DATABASE in ours:
            parts = urlsplit(ours[DATABASE])
            path = f"{parts.path}_mutant_{self.number}"
            ours[DATABASE] = urlunsplit(parts._replace(path=path))
        return ours

    @property
    def failed(self):
        return self.folder.with_suffix(".failed")

    def attempt(self, mistake, files, broken):
        """Run tests with a mistake in the tree until one fails; names it.

        ``broken`` are tests that fail without any mistake.
        """
        began = time.monotonic()
        without = [f"--deselect={test}" for test in sorted(broken)]
        by = ""
        with self.planted(mistake) as sql:
            for some in filter(None, (files[:LIKELY], files[LIKELY:])):
                code, failed = self.pytest(["-x", *some, *without], sql)
                by = by or verdict(code, failed)
                if by:
                    break
        return Outcome(by, time.monotonic() - began)

    @contextmanager
    def planted(self, mistake):
        """Plant a mistake in its file and take it out; gives what is SQL."""
        if mistake.is_sql:
            yield mistake.after
            return
        path = self.folder / mistake.path
        source, times = path.read_bytes(), path.stat()
        path.write_bytes(mistake.planted_in(source))
        # Bytecode knows its source by size and second: each change has one of its own.
        os.utime(path, (0, next(self.seconds)))
        try:
            yield ""
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def failing(self, tests):
        """Name those of the tests that fail in the tree as it is."""
        code, failed = self.pytest([*tests, ANY_TEST], "")
        return {*failed} if verdict(code, failed) in {"", *failed} else {*tests}

    def pytest(self, arguments, sql):
        """Run tests; returns the exit code and those that failed."""
        self.failed.unlink(missing_ok=True)
        environment = {**self.environment(), SQL: sql}
        argv = [
            sys.executable,
            "-m",
            "pytest",
            *OPTIONS,
            PLUGIN,
            *NO_WORKERS,
            *arguments,
        ]
        with self.folder.with_suffix(".log").open("wb") as log:
            self.running = subprocess.Popen(
                argv,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
            try:
                code = self.running.wait(self.longest)
            except subprocess.TimeoutExpired:
                self.end()
                code = -signal.SIGKILL
        failed = self.failed.read_text().splitlines() if self.failed.exists() else []
        return code, failed

    def end(self):
        """End what runs here, and whatever it has started."""
        if self.running and self.running.poll() is None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()

    def clear(self):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.failed.unlink(missing_ok=True)
