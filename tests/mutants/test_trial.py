"""A mistake is planted, a test finds it or does not, and the tree is as before."""

import shutil
from pathlib import Path

import pytest

from tests.mutants import planting
from tests.mutants.mistakes import Mistake
from tests.mutants.trial import NO_START, Broken, Tree, verdict

SOURCE = b"def is_late(day):\n    return day > 3\n"
TESTS = """
from rules import is_late

def test_late():
    assert is_late(4)

def test_in_time():
    assert not is_late(2)

def test_broken():
    assert not is_late
"""
BROKEN = "tests/test_tables.py::test_broken"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    tree = Tree(tmp_path / "tree")
    mutants = tree.folder / "tests/mutants"
    mutants.mkdir(parents=True)
    shutil.copy(planting.__file__, mutants / "planting.py")
    (tree.folder / "rules.py").write_bytes(SOURCE)
    (tree.folder / "tests/test_tables.py").write_text(TESTS)
    (tree.folder / "pytest.ini").write_text("[pytest]\nmarkers =\n browser\n worker\n")
    for name in ("DJANGO_SETTINGS_MODULE", "PORTAL_DATABASE_URL", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    # These tests need none, and each costs every start.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return tree


def mistake(after):
    start = SOURCE.index(b">")
    return Mistake(
        "boundary", "rules.py", 2, "", ">", after, start=start, end=start + 1
    )


@pytest.mark.parametrize(
    ("after", "by"),
    [("<", "tests/test_tables.py::test_late"), (">=", ""), (") (", NO_START)],
)
def test_a_mistake_is_caught_or_survives_and_leaves_nothing(tree, after, by):
    outcome = tree.attempt(mistake(after), ["tests/test_tables.py"], {BROKEN})

    assert outcome.by in {by, "tests/test_tables.py" if by == NO_START else by}
    assert (tree.folder / "rules.py").read_bytes() == SOURCE


def test_bytecode_of_a_mistake_is_never_taken_for_that_of_another(tree, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    files, by = ["tests/test_tables.py"], "tests/test_tables.py::test_late"

    assert tree.attempt(mistake("<"), files, {BROKEN}).by == by
    assert tree.failing([by]) == {BROKEN}
    assert tree.attempt(mistake("!"), files, {BROKEN}).by == files[0]


def test_a_test_that_fails_without_a_mistake_is_named(tree):
    good = "tests/test_tables.py::test_late"

    assert tree.failing([good, BROKEN]) == {BROKEN}


def test_a_run_without_end_is_ended(tree):
    Path(tree.folder, "rules.py").write_bytes(b"while True: pass\n")
    tree.longest = 2

    code, _failed = tree.pytest(["tests/test_tables.py"], "")

    assert code < 0


def test_a_mistake_that_the_database_does_not_take_is_no_success():
    with pytest.raises(Broken):
        verdict(planting.NOT_PLANTED, [])
