"""Reading what strangers hand in: one process for each file, and few at once."""

import io
import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal import bounded, files
from portal.findings import Refused


@pytest.fixture
def script(tmp_path):
    """Write a script, and end the processes that load it."""
    path = tmp_path / "script.py"

    def write(*lines):
        path.write_text("\n".join(["import os, time, sys", "def main():", *lines]))
        return str(path)

    yield write
    for host in bounded.idle_hosts.pop(str(path), []):
        host.end()


def said(script, content=b""):
    """Return what a script says of a file."""
    with tempfile.TemporaryFile() as lines:
        code = bounded.run_bounded(
            script, given=io.BytesIO(content), lines=lines, seconds=5
        )
        assert code == 0
        lines.seek(0)
        return lines.read().decode().split()


def test_each_file_has_a_process_of_its_own(script):
    path = script(" print(os.getpid(), sys.stdin.read())", " return 0")

    first, second = said(path, b"one"), said(path, b"two")

    assert (first[1], second[1]) == ("one", "two")
    assert len({first[0], second[0], str(os.getpid())}) == 3


def test_what_one_file_leaves_behind_the_next_does_not_see(script):
    path = script(" print(hasattr(os, 'left'))", " os.left = True", " return 0")

    assert [said(path), said(path)] == [["False"], ["False"]]


def test_who_reads_has_nothing_open_but_the_file_and_what_it_says(script):
    path = script(
        " for number in os.listdir('/proc/self/fd'):",
        "  try: print(os.readlink(f'/proc/self/fd/{number}'))",
        "  except FileNotFoundError: pass",
        " return 0",
    )

    assert not [name for name in said(path) if "socket" in name]


def test_who_reads_may_ask_for_no_more_than_its_bounds(script):
    path = script(
        " import resource as r",
        " for kind in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE):",
        "  print(r.getrlimit(kind)[0])",
        " print(os.nice(0) - int(sys.stdin.read()))",
        " return 0",
    )

    bounds = [bounded.MOST_MEMORY, 5, bounded.MOST_WRITTEN, 0, 5]
    assert said(path, str(os.nice(0)).encode()) == [str(most) for most in bounds]


def test_of_many_files_two_are_read_at_once(script):
    path = script(
        " start = time.monotonic()",
        " time.sleep(0.2)",
        " print(start, time.monotonic())",
        " return 0",
    )

    with ThreadPoolExecutor(6) as pool:
        spans = [tuple(map(float, each)) for each in pool.map(said, [path] * 6)]

    at_once = [sum(s <= start < e for s, e in spans) for start, _end in spans]
    assert max(at_once) == bounded.MOST_AT_ONCE == 2


def test_a_host_that_ended_is_started_again(script):
    path = script(" print(os.getppid())", " return 0")
    [first] = said(path)
    [host] = bounded.idle_hosts[path]
    os.kill(host.process.pid, signal.SIGKILL)
    host.process.wait()

    [second] = said(path)

    assert first != second


@pytest.mark.parametrize("is_new", [True, False])
def test_a_host_killed_amid_a_file_reads_it_not_once_more(script, is_new):
    path = script(" os.kill(os.getppid(), 9 * (sys.stdin.read() == 'x'))", " return 0")
    if not is_new:
        said(path)

    with pytest.raises(bounded.Busy):
        said(path, b"x")

    assert said(path) == []


def test_a_host_ends_with_those_who_ask(script):
    path = script(" return 0")
    said(path)
    [host] = bounded.idle_hosts.pop(path)

    host.socket.close()

    assert host.process.wait(5) == 0


def test_who_has_no_turn_is_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(bounded, "PATIENCE", 0.01)
    monkeypatch.setattr(bounded, "places", BoundedSemaphore(1))
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.7")

    with bounded.places, pytest.raises(Refused, match="again in a minute"):
        files.checked_type(file, "plan.pdf")
