import os
import signal
import subprocess

import pytest

from portal.launch.traces import Trace, end


@pytest.fixture
def start():
    """Return a way to start a shell in a session of its own."""
    started = []

    def start(script):
        process = subprocess.Popen(
            ["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process, Trace.of(process.pid)

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_process_is_known_again(start, tmp_path):
    process, trace = start("echo ready; exec sleep 60")
    trace.write(tmp_path / "web")
    assert Trace.read(tmp_path / "web") == trace
    assert trace.family() == [process.pid]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_half_written_trace_is_no_trace(tmp_path, text):
    (tmp_path / "web").write_text(text)
    assert Trace.read(tmp_path / "web") is None


def test_a_stranger_with_the_same_number_is_left_alone(start):
    process, _ = start("echo ready; exec sleep 60")
    end([Trace(process.pid, "another-boot 1")], patience=0.2)
    assert process.poll() is None


def test_a_trace_from_before_the_machines_restart_means_nobody():
    assert Trace(os.getpid(), "another-boot 1").family() == []
    assert Trace(2**30, "another-boot 1").family() == []


def test_children_are_ended_although_their_parent_is_gone(start):
    process, trace = start("sleep 60 & echo ready; wait")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(trace.family()) == 1
    end([trace])
    assert trace.family() == []


def test_who_does_not_listen_is_ended_by_force(start):
    process, trace = start("trap '' TERM QUIT; echo ready; sleep 60 & wait; wait")
    end([trace], patience=0.2)
    assert process.wait() == -signal.SIGKILL
    assert trace.family() == []
