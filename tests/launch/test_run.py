"""The launcher from outside, as a stranger starts it."""

import subprocess
import sys

import pytest

from portal.launch.place import CHECKOUT


def run(*command):
    return subprocess.run(
        command, cwd="/", capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_help_is_short_and_costs_nothing(arguments):
    answer = run(CHECKOUT / "run", *arguments)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "./run demo" in answer.stdout
    assert len(answer.stdout.splitlines()) < 12


def test_an_unknown_command_gets_the_usage():
    answer = run(CHECKOUT / "run", "fly")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "./run demo" in answer.stderr


def test_the_launcher_needs_nothing_but_the_standard_library():
    answer = run(sys.executable, "-S", CHECKOUT / "portal/launch", "demo", "--slow")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "run: The demo takes no argument but --fresh.\n"
