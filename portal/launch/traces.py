"""Traces on disk of the processes that we started."""

import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
PATIENCE = 10.0


def status(pid: int) -> list[str]:
    """Return the fields of a living process after its name, or nothing."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []
    return [] if fields[0] == "Z" else fields


def birth(pid: int) -> str:
    """Tell a process from any other that has, had or will have its number."""
    fields = status(pid)
    return f"{boot()} {fields[19]}" if fields else ""


def boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


@dataclass(frozen=True)
class Trace:
    """A process that we started, as it can be found again after a crash."""

    pid: int
    birth: str
    ending: int = signal.SIGTERM

    @classmethod
    def of(cls, pid: int, ending: int = signal.SIGTERM) -> "Trace":
        return cls(pid, birth(pid), ending)

    @classmethod
    def read(cls, path: Path) -> "Trace | None":
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def is_alive(self) -> bool:
        return bool(self.birth) and birth(self.pid) == self.birth

    def family(self) -> list[int]:
        """Return the living processes of the session that this one leads or led."""
        if status(self.pid):
            # Somebody else may have the number now; the session then is theirs.
            return self._session() if self.is_alive() else []
        return self._session() if self.birth.startswith(boot()) else []

    def _session(self) -> list[int]:
        pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
        return [
            pid
            for pid in pids
            if (fields := status(pid))
            and (pid == self.pid or fields[3] == str(self.pid))
        ]


def send(number: int, pids: Iterable[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def gone(traces: Iterable[Trace], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(trace.family() for trace in traces):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(traces: list[Trace], patience: float = PATIENCE) -> None:
    """End processes politely, then firmly, then by force."""
    for trace in traces:
        # A server ends its children itself; orphans have to be told.
        send(trace.ending, [trace.pid] if trace.is_alive() else trace.family())
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if gone(traces, patience):
            return
        for trace in traces:
            send(number, trace.family())
    gone(traces, patience)
