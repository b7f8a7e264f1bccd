"""The processes of one run: started, logged and ended together, or by the next run.

Whatever is started bears a mark in its environment, which its children inherit. So
everything of a place is found again, after the launcher itself was killed too.
"""

import os
import pwd
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen, TimeoutExpired
from typing import Any

from .place import CHECKOUT, StateFolder, Trouble

MARK = "LAUNCHED_IN"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GLANCE = 0.1
GRACE = 5.0
STARTING = 60.0
PATIENCE = 10.0


class Interrupted(Exception):
    """Somebody asked the launcher to stop."""


class Interrupts:
    """Ctrl-C and its relatives: obeyed at once, but while something starts or ends."""

    def __init__(self) -> None:
        self.asked = 0
        self.must_wait = False

    def listen(self) -> None:
        for each in SIGNALS:
            signal.signal(each, self.note)

    def note(self, number: int, _frame: Any) -> None:
        self.asked = number
        self.obey()

    def obey(self) -> None:
        if self.asked and not self.must_wait:
            raise Interrupted

    @contextmanager
    def later(self) -> Iterator[None]:
        """Let nothing come between a program's start and our knowing of it."""
        before, self.must_wait = self.must_wait, True
        try:
            yield
        finally:
            self.must_wait = before
        self.obey()


def surroundings() -> dict[str, str]:
    """Return the environment without what would bend our own servers and Python."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE"}
    return {k: v for k, v in os.environ.items() if k not in {*unwanted, MARK}}


@dataclass(frozen=True)
class Job:
    """One program to run, as whom; a server is ended after those who use it."""

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=surroundings)
    account: str | None = None
    is_server: bool = False


class Processes:
    """Everything that one run of the launcher has started, by name."""

    def __init__(self, place: StateFolder, interrupts: Interrupts) -> None:
        self.place = place
        self.interrupts = interrupts
        self.running: dict[str, Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        return self.place.folder / "logs" / f"{name}.log"

    def start(self, job: Job) -> None:
        """Start a program in a session of its own, where no Ctrl-C reaches it."""
        with self.log(job.name).open("wb") as log:
            streams = {"stdin": DEVNULL, "stdout": log, "stderr": STDOUT}
            self._start(job, **streams, start_new_session=True)

    def _start(self, job: Job, **how: Any) -> None:
        if job.account:
            group = pwd.getpwnam(job.account).pw_gid
            how |= {"user": job.account, "group": group, "extra_groups": []}
        mark = {} if job.is_server else {MARK: str(self.place.folder)}
        with self.interrupts.later():
            self.running[job.name] = Popen(
                job.argv,
                env={**job.environment, **mark},
                cwd="/" if job.account else CHECKOUT,
                **how,
            )

    def exit_code(self, job: Job) -> int:
        """Run a program to its end, out of sight."""
        self.start(job)
        return self._exit_code(job)

    def _exit_code(self, job: Job) -> int:
        code = self.running[job.name].wait()
        del self.running[job.name]
        return code

    def ends_well(self, job: Job) -> bool:
        """Run a program to its end, and say whether it did its work."""
        return self.exit_code(job) == 0

    def finish(self, job: Job, trouble: str) -> None:
        """Run a program to its end; when it fails, that is our trouble."""
        if not self.ends_well(job):
            raise Trouble(f"{trouble} (details: {self.log(job.name)})")

    def run_here(self, job: Job) -> int:
        """Run a program on our terminal, which tells it of a Ctrl-C itself."""
        self._start(job)
        try:
            return self._exit_code(job)
        except Interrupted:
            if self.interrupts.asked == signal.SIGINT:
                wait_until(lambda: job.name in self.ended(), GRACE)
            raise

    def wait_for(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Wait until a program does its work."""
        came = wait_until(lambda: bool(self.ended()) or is_ready(), STARTING)
        if self.ended() or not came:
            name = next(iter(self.ended()), name)
            raise Trouble(f"{name} did not start: see {self.log(name)}")

    def ended(self) -> list[str]:
        """Return the names of programs that ended by themselves."""
        return [n for n, each in self.running.items() if each.poll() is not None]

    def stop(self) -> None:
        """End everything, the servers after those who use them."""
        self.interrupts.must_wait = True
        end_marked(self.place.folder)
        for process in self.running.values():
            process.terminate()
            try:
                process.wait(PATIENCE)
            except TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Wait for something, and say whether it came in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(GLANCE)
    return True


def marked(folder: Path) -> dict[int, int]:
    """Return the living processes that bear a place's mark, with their parents."""
    mark = f"{MARK}={folder}".encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                found[int(process.name)] = int(parent)
        except OSError:
            continue
    return found


def working_in(folder: Path) -> list[int]:
    """Return the living processes whose working folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").samefile(folder):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def end_marked(folder: Path, patience: float = PATIENCE) -> None:
    """End a place's processes, politely and then by force."""
    told: set[int] = set()

    def are_gone() -> bool:
        processes = marked(folder)
        for pid, parent in processes.items():
            # Who was told ends its children itself; orphans have to be told too.
            if pid not in told and parent not in processes:
                send(signal.SIGTERM, pid)
                told.add(pid)
        return not processes

    if not wait_until(are_gone, patience):
        for pid in marked(folder):
            send(signal.SIGKILL, pid)
        wait_until(lambda: not marked(folder), patience)


def send(number: int, pid: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
