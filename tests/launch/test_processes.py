import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from portal.launch.place import StateFolder, Trouble
from portal.launch.processes import (
    MARK,
    Interruption,
    Job,
    Processes,
    end,
    marked_processes,
    surroundings,
    wait_until,
    working_in,
)

SLEEP = Job("web", ("sleep", "60"))


@pytest.fixture
def processes(tmp_path):
    place = StateFolder("demo", tmp_path / "demo")
    place.furnish()
    processes = Processes(place)
    yield processes
    processes.stop()


def test_what_was_started_is_stopped_and_forgotten(processes):
    processes.start(SLEEP)
    folder = processes.place.folder
    # It bears the mark from the moment in which it has become its program.
    assert wait_until(lambda: bool(marked_processes(folder)), 10)
    assert list(marked_processes(folder)) == [processes.running["web"].pid]
    processes.stop()
    assert marked_processes(folder) == processes.running == {}


def test_a_failure_names_the_log(processes):
    job = Job("prepare", ("sh", "-c", "echo no room; exit 3"))
    with pytest.raises(Trouble, match=r"Nothing was made \(details: .*prepare.log\)"):
        processes.finish(job, "Nothing was made")
    assert processes.log("prepare").read_text() == "no room\n"


def test_a_server_that_ends_at_once_is_trouble(processes):
    processes.start(Job("redis", ("false",)))
    with pytest.raises(Trouble, match="redis did not start"):
        processes.wait_for("redis", lambda: False)


def test_the_next_run_ends_what_a_killed_one_left(processes):
    processes.start(SLEEP)
    end(partial(marked_processes, processes.place.folder))
    assert processes.running["web"].wait() == -signal.SIGTERM


def test_what_runs_for_another_place_is_left_alone(processes):
    processes.start(SLEEP)
    end(partial(marked_processes, processes.place.folder.with_name("test")))
    end(partial(marked_processes, processes.place.folder.parent))
    assert processes.ended_names() == []


SERVER = """
import signal, sys, time
def end(*_):
    time.sleep(0.3)  # whoever uses it may still ask
    sys.exit(0)
signal.signal(signal.SIGINT, end)
print("ready", flush=True)
time.sleep(60)
"""
USER = """
import os, signal, sys, time
def end(*_):
    time.sleep(0.3)
    try:
        os.kill(int(sys.argv[1]), 0)
    except ProcessLookupError:
        sys.exit(1)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""


def started(processes, name, program, *arguments, home=None):
    processes.start(Job(name, (sys.executable, "-uc", program, *arguments), home=home))
    log = processes.log(name)
    assert wait_until(lambda: log.read_text() == "ready\n", 10), log.read_text()
    return processes.running[name]


def test_a_server_is_ended_after_those_who_use_it(processes, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    server = started(processes, "redis", SERVER, home=home)
    user = started(processes, "web", USER, str(server.pid))
    assert list(marked_processes(processes.place.folder)) == [user.pid]
    assert list(working_in(home)) == [server.pid]
    processes.stop(home)
    assert (user.returncode, server.returncode) == (0, 0)


def test_the_next_run_ends_the_server_of_a_killed_one(processes, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    server = started(processes, "redis", SERVER, home=home)
    Processes(processes.place).stop(home.with_name("another"))
    assert server.poll() is None
    Processes(processes.place).stop(home)
    assert server.wait(10) == 0


def test_a_wish_to_stop_is_obeyed_once_a_program_is_known(processes):
    processes.is_deaf = True
    processes.note(signal.SIGTERM, None)
    with pytest.raises(Interruption):
        processes.start(SLEEP)
    assert list(processes.running) == ["web"]


def test_a_step_is_left_when_somebody_asks_to_stop(processes):
    before = signal.getsignal(signal.SIGTERM)
    processes.listen()
    try:
        with pytest.raises(Interruption):
            processes.exit_code(
                Job("pip", ("sh", "-c", f"kill {os.getpid()}; sleep 60"))
            )
    finally:
        signal.signal(signal.SIGTERM, before)
    assert processes.signal_received == signal.SIGTERM
    assert processes.ended_names() == []


def test_nobody_interrupts_the_end(processes):
    processes.start(SLEEP)
    processes.stop()
    processes.note(signal.SIGINT, None)
    assert processes.running == {}


def test_a_program_here_hands_on_its_exit_code(processes):
    job = Job("pytest", (sys.executable, "-c", "raise SystemExit(5)"))
    assert processes.run_here(job) == 5


@pytest.mark.parametrize(
    "name", ["PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", MARK]
)
def test_what_surrounds_us_does_not_bend_our_own_python(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LANGUAGE", "de")

    assert name not in surroundings()
    assert surroundings()["LANGUAGE"] == "de"


@pytest.fixture
def family(tmp_path):
    """Return a way to start a shell that bears the mark of tmp_path."""
    started = []

    def start(script):
        process = subprocess.Popen(
            ["sh", "-c", script],
            stdout=subprocess.PIPE,
            env={**surroundings(), MARK: str(tmp_path)},
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    end(partial(marked_processes, tmp_path))
    for process in started:
        process.wait()
        process.stdout.close()


def test_children_are_ended_although_their_parent_is_gone(family, tmp_path):
    process = family("sleep 60 & echo ready; wait")
    process.kill()
    process.wait()
    assert len(marked_processes(tmp_path)) == 1
    end(partial(marked_processes, tmp_path))
    assert marked_processes(tmp_path) == {}


def test_a_parent_is_left_to_end_its_own_children(family, tmp_path):
    process = family("sleep 0.5 & trap 'wait; exit 7' TERM; echo ready; wait")
    end(partial(marked_processes, tmp_path))
    assert process.wait() == 7


def test_who_does_not_listen_is_ended_by_force(family, tmp_path):
    process = family("trap '' TERM; echo ready; sleep 60 & wait; wait")
    end(partial(marked_processes, tmp_path), patience=0.3)
    assert process.wait() == -signal.SIGKILL
    assert wait_until(lambda: marked_processes(tmp_path) == {}, 5)
