import signal
import sys

import pytest

from portal.launch.interrupts import Interrupts
from portal.launch.place import StateFolder
from portal.launch.processes import Job, Processes
from portal.launch.trouble import Interrupted, Trouble

SLEEP = Job("web", ("sleep", "60"))


@pytest.fixture
def processes(tmp_path):
    place = StateFolder("demo", tmp_path / "demo")
    place.furnish()
    processes = Processes(place, Interrupts())
    yield processes
    processes.stop()


def test_what_was_started_is_stopped_and_forgotten(processes):
    processes.start(SLEEP)
    trace = processes.running["web"].trace
    assert trace.is_alive()
    processes.stop()
    assert not trace.is_alive()
    assert list((processes.place.folder / "traces").iterdir()) == []


def test_a_failure_names_the_log(processes):
    job = Job("prepare", ("sh", "-c", "echo no room; exit 3"))
    with pytest.raises(Trouble, match=r"Nothing was made \(details: .*prepare.log\)"):
        processes.finish(job, "Nothing was made")
    assert processes.log("prepare").read_text() == "no room\n"


def test_a_server_that_ends_at_once_is_trouble(processes):
    with pytest.raises(Trouble, match="redis did not start"):
        processes.start_server(Job("redis", ("false",)), lambda: False)


def test_the_next_run_ends_what_a_killed_one_left(processes):
    processes.start(SLEEP)
    left = processes.running["web"]
    Processes(processes.place, Interrupts()).end_leftovers()
    assert left.process.wait() == -signal.SIGTERM


def test_a_wish_to_stop_is_obeyed_between_two_steps(processes):
    processes.interrupts.asked = signal.SIGTERM
    with pytest.raises(Interrupted):
        processes.start(SLEEP)
    assert processes.running == {}


def test_a_step_is_left_when_somebody_asks_to_stop(processes):
    processes.start(SLEEP)
    processes.interrupts.asked = signal.SIGINT
    with pytest.raises(Interrupted):
        processes.interrupts.exit_code(processes.running["web"].process)
    assert processes.ended() == ""


def test_a_program_here_hands_on_its_exit_code(processes):
    job = Job("pytest", (sys.executable, "-c", "raise SystemExit(5)"))
    assert processes.run_here(job) == 5
