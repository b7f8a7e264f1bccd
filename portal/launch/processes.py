"""The processes of one run: started, logged and ended together, or by the next run.

Programs bear a mark in their environment, which their children inherit, and servers
work in folders of their own. So everything of a place is found again by ``/proc``,
after the launcher itself was killed too.
"""

import os
import pwd
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen
from typing import Any

from .place import CHECKOUT, StateFolder, Trouble

MARK = "LAUNCHED_IN"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GLANCE = 0.1
GRACE = 5.0
STARTING = 60.0
PATIENCE = 20.0


class Interruption(Exception):
    """Somebody asked the launcher to stop, by this signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def surroundings() -> dict[str, str]:
    """Return the environment without what would bend our own servers and Python."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE"}
    # Each start would compile a thousand modules anew.
    unwanted.add("PYTHONDONTWRITEBYTECODE")
    return {k: v for k, v in os.environ.items() if k not in {*unwanted, MARK}}


@dataclass(frozen=True)
class Job:
    """One program to run, as whom; a server has a home, where it is found again."""

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=surroundings)
    account: str | None = None
    home: Path | None = None


class Processes:
    """Everything that one run of the launcher has started, by name."""

    def __init__(self, place: StateFolder) -> None:
        self.place = place
        self.running: dict[str, Popen[bytes]] = {}
        self.signal_received = 0
        # A signal waits while something is being started, and for ever at the end.
        self.is_deaf = False

    def listen(self) -> None:
        """Leave whatever is going on at Ctrl-C and its relatives."""
        for signal_number in SIGNALS:
            signal.signal(signal_number, self.note)

    def note(self, number: int, _frame: Any) -> None:
        self.signal_received = number
        if not self.is_deaf:
            raise Interruption(number)

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
        mark = {} if job.home else {MARK: str(self.place.folder)}
        how["env"] = {**job.environment, **mark}
        how["cwd"] = job.home or ("/" if job.account else CHECKOUT)
        self.is_deaf = True
        try:
            self.running[job.name] = Popen(job.argv, **how)
        finally:
            self.is_deaf = False
        if self.signal_received:
            raise Interruption(self.signal_received)

    def ends_well(self, job: Job) -> bool:
        """Run a program to its end, out of sight; say whether it did its work."""
        return self.exit_code(job) == 0

    def exit_code(self, job: Job) -> int:
        self.start(job)
        return self._exit_code(job)

    def _exit_code(self, job: Job) -> int:
        code = self.running[job.name].wait()
        del self.running[job.name]
        return code

    def finish(self, job: Job, trouble: str) -> None:
        """Run a program to its end; when it fails, that is our trouble."""
        if not self.ends_well(job):
            raise Trouble(f"{trouble} (details: {self.log(job.name)})")

    def run_here(self, job: Job) -> int:
        """Run a program on our terminal, which tells it of a Ctrl-C itself."""
        self._start(job)
        try:
            return self._exit_code(job)
        except Interruption as wish:
            if wish.number == signal.SIGINT:
                wait_until(lambda: job.name in self.ended_names(), GRACE)
            raise

    def wait_for(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Wait until a program does its work."""
        came = wait_until(lambda: bool(self.ended_names()) or is_ready(), STARTING)
        if self.ended_names() or not came:
            name = next(iter(self.ended_names()), name)
            raise Trouble(f"{name} did not start: see {self.log(name)}")

    def ended_names(self) -> list[str]:
        """Return the names of programs that ended by themselves."""
        return [n for n, job in self.running.items() if job.poll() is not None]

    def stop(self, *homes: Path) -> None:
        """End everything, whoever started it; servers after those who use them."""
        self.is_deaf = True
        end(partial(marked_processes, self.place.folder))
        for home in homes:
            # PostgreSQL waits for nobody then.
            end(partial(working_in, home), signal.SIGINT)
        for process in self.running.values():
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


def marked_processes(folder: Path) -> dict[int, int]:
    """Return the living processes that bear a place's mark, with their parents."""
    mark = f"\0{MARK}={folder}\0".encode()
    return living_processes(
        lambda process: mark in b"\0" + (process / "environ").read_bytes()
    )


def working_in(folder: Path) -> dict[int, int]:
    """Return the living processes whose working folder this is, with their parents."""
    return living_processes(lambda process: (process / "cwd").samefile(folder))


def living_processes(is_ours: Callable[[Path], bool]) -> dict[int, int]:
    processes = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if is_ours(process):
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                processes[int(process.name)] = int(parent)
    return processes


def end(
    find: Callable[[], dict[int, int]],
    number: int = signal.SIGTERM,
    patience: float = PATIENCE,
) -> None:
    """End processes, politely and then by force."""
    signaled: set[int] = set()

    def are_gone() -> bool:
        processes = find()
        for pid, parent in processes.items():
            # Who was asked ends its children itself; orphans have to be asked too.
            if pid not in signaled and parent not in processes:
                send(number, pid)
                signaled.add(pid)
        return not processes

    if not wait_until(are_gone, patience):
        for pid in find():
            send(signal.SIGKILL, pid)
        wait_until(lambda: not find(), patience)


def send(number: int, pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
