import re
import subprocess

from portal.launch.commands import COMMANDS
from portal.launch.place import CHECKOUT

MANUAL = (CHECKOUT / "docs/operations.md").read_text()
SOURCES = [
    CHECKOUT / "run",
    CHECKOUT / "docker-compose.yml",
    CHECKOUT / "portal/roles.sql",
    CHECKOUT / "portal/settings.py",
    *(CHECKOUT / "portal/launch").glob("*.py"),
]


def variables(text):
    return set(re.findall(r"PORTAL_[A-Z]+(?:_[A-Z]+)*", text))


def test_the_manual_lists_every_variable_once_and_no_other():
    rows = [line for line in MANUAL.splitlines() if line.startswith("| `PORTAL_")]
    listed = [name for row in rows for name in variables(row.split("|")[1])]
    used = set().union(*(variables(path.read_text()) for path in SOURCES))
    assert sorted(listed) == sorted(used)


def test_usage_and_manual_know_every_command():
    usage = subprocess.run(
        [CHECKOUT / "run", "help"], capture_output=True, text=True, check=True
    ).stdout
    for command in COMMANDS:
        assert f"./run {command}" in usage
        assert f"./run {command}" in MANUAL
