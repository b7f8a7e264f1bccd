"""Ctrl-C and its relatives."""

import signal
import subprocess
import time
from collections.abc import Callable
from types import FrameType

from .trouble import Interrupted

GLANCE = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The requests to stop, noted when they come and obeyed between two steps.

    Nothing is raised inside a step: a process that was just started is always
    recorded before the launcher turns to ending it.
    """

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None

    def listen(self) -> None:
        for each in SIGNALS:
            signal.signal(each, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.asked = signal.Signals(number)

    def obey(self) -> None:
        if self.asked:
            raise Interrupted

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for something, and say whether it came in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            self.obey()
            if time.monotonic() > deadline:
                return False
            time.sleep(GLANCE / 2)
        return True

    def exit_code(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a process to end by itself."""
        while True:
            try:
                return process.wait(GLANCE)
            except subprocess.TimeoutExpired:
                self.obey()
