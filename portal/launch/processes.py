"""The processes of one run: started, logged, traced and ended together."""

import os
import pwd
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen
from typing import Any

from .interrupts import Interrupts
from .place import CHECKOUT, StateFolder
from .traces import Trace, end, gone
from .trouble import Interrupted, Trouble

GRACE = 5.0
STARTING = 60.0


def surroundings() -> dict[str, str]:
    """Return the environment without what would bend our own servers and Python."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DJANGO_SETTINGS_MODULE"}
    return {k: v for k, v in os.environ.items() if k not in unwanted}


@dataclass(frozen=True)
class Job:
    """One program to run: how, as whom, and the signal that ends it politely."""

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=surroundings)
    account: str | None = None
    ending: signal.Signals = signal.SIGTERM
    is_server: bool = False

    def popen(self, **streams: Any) -> "Popen[bytes]":
        group = pwd.getpwnam(self.account).pw_gid if self.account else None
        return Popen(
            self.argv,
            env=self.environment,
            cwd="/" if self.account else CHECKOUT,
            user=self.account,
            group=group,
            extra_groups=None if group is None else [],
            **streams,
        )


@dataclass(frozen=True)
class Running:
    """A program that was started."""

    job: Job
    process: "Popen[bytes]"
    trace: Trace


class Processes:
    """Everything that one run of the launcher has started, by name."""

    def __init__(self, place: StateFolder, interrupts: Interrupts) -> None:
        self.place = place
        self.interrupts = interrupts
        self.running: dict[str, Running] = {}

    def log(self, name: str) -> Path:
        return self.place.folder / "logs" / f"{name}.log"

    def trace(self, name: str) -> Path:
        return self.place.folder / "traces" / name

    def start(self, job: Job) -> None:
        """Start a program in a session of its own, where no Ctrl-C reaches it."""
        self.interrupts.obey()
        with self.log(job.name).open("wb") as log:
            self._record(
                job,
                job.popen(
                    stdin=DEVNULL, stdout=log, stderr=STDOUT, start_new_session=True
                ),
            )

    def start_server(self, job: Job, is_ready: Callable[[], bool]) -> None:
        self.start(job)
        self.wait_for(job.name, is_ready)

    def wait_for(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Wait until a program does its work."""
        came = self.interrupts.wait_until(
            lambda: bool(self.ended()) or is_ready(), STARTING
        )
        name = self.ended() or name
        if name == self.ended() or not came:
            raise Trouble(f"{name} did not start: see {self.log(name)}")

    def finish(self, job: Job, trouble: str) -> None:
        """Run a program to its end; when it fails, that is our trouble."""
        if not self.ends_well(job):
            raise Trouble(f"{trouble} (details: {self.log(job.name)})")

    def ends_well(self, job: Job) -> bool:
        """Run a program to its end, and say whether it did its work."""
        return self.exit_code(job) == 0

    def exit_code(self, job: Job) -> int:
        """Run a program to its end, out of sight."""
        self.start(job)
        return self._exit_code(job)

    def run_here(self, job: Job) -> int:
        """Run a program on our terminal, which tells it of a Ctrl-C itself."""
        self._record(job, job.popen())
        try:
            return self._exit_code(job)
        except Interrupted:
            if self.interrupts.asked is signal.SIGINT:
                gone([self.running[job.name].trace], GRACE)
            raise

    def _record(self, job: Job, process: "Popen[bytes]") -> None:
        trace = Trace.of(process.pid, job.ending)
        self.running[job.name] = Running(job, process, trace)
        trace.write(self.trace(job.name))

    def _exit_code(self, job: Job) -> int:
        code = self.interrupts.exit_code(self.running[job.name].process)
        self._forget(job.name)
        return code

    def _forget(self, name: str) -> None:
        self.running.pop(name).process.wait()
        self.trace(name).unlink(missing_ok=True)

    def ended(self) -> str:
        """Return the name of a program that ended by itself, if there is one."""
        running = self.running.items()
        return next((n for n, each in running if each.process.poll() is not None), "")

    def stop(self) -> None:
        """End everything, the servers after those who use them."""
        for are_servers in (False, True):
            ending = [
                name
                for name, each in self.running.items()
                if each.job.is_server is are_servers
            ]
            end([self.running[name].trace for name in ending])
            for name in ending:
                self._forget(name)

    def end_leftovers(self) -> None:
        """End what a run that was killed has left behind."""
        paths = list((self.place.folder / "traces").iterdir())
        end([trace for path in paths if (trace := Trace.read(path))])
        for path in paths:
            path.unlink()
