"""The kept template is made once, by whatever makes tables, and never by halves."""

from functools import partial

import pytest
from django.conf import settings

from portal import migration_history
from tests import databases
from tests.concurrency import at_once
from tests.conftest import LOGIN

OWNER = {key: settings.OWNER[key] for key in LOGIN}


@pytest.fixture
def made(monkeypatch):
    """Return names of trial templates that were migrated; nothing real is touched."""
    made = []
    monkeypatch.setattr(databases, "PREFIX", "portal_trial_")
    monkeypatch.setattr(databases, "template_name", lambda: "portal_trial_a")
    monkeypatch.setattr(
        databases, "call_command", lambda *_, **__: made.append("portal_trial_a")
    )
    yield made
    with databases.maintenance(OWNER) as server:
        for name in templates():
            server.execute(f'DROP DATABASE "{name}"')


def templates():
    with databases.maintenance(OWNER) as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'portal_trial_%'"
        )
        return sorted(row[0] for row in rows)


def kept(*, times=1):
    """Ask for the template, as so many processes that begin at once."""
    return at_once(*[partial(databases.kept_template, OWNER)] * times)


def test_a_template_is_migrated_once(made):
    assert kept() == kept() == ["portal_trial_a"]
    assert made == templates() == ["portal_trial_a"]


def test_processes_that_begin_together_share_one_template(made):
    assert kept(times=3) == ["portal_trial_a"] * 3
    assert made == templates() == ["portal_trial_a"]


def test_processes_copy_a_template_at_the_same_time(made):
    (name,) = kept()

    def copy(number):
        with databases.maintenance(OWNER) as server:
            server.execute(f'CREATE DATABASE "{name}{number}" TEMPLATE "{name}"')

    assert at_once(partial(copy, 0), partial(copy, 1)) == [None, None]
    assert templates() == [name, f"{name}0", f"{name}1"]


def test_another_history_makes_another_template_and_drops_the_old(made, monkeypatch):
    kept()
    monkeypatch.setattr(databases, "template_name", lambda: "portal_trial_b")
    assert kept() == templates() == ["portal_trial_b"]
    assert len(made) == 2


def test_a_half_made_template_is_never_kept(made, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(databases, "call_command", fail)
        (failure,) = kept()
    assert isinstance(failure, RuntimeError)
    assert templates() == ["portal_trial_a_half"]
    assert kept() == made == templates() == ["portal_trial_a"]


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (migration_history, "of_checkout", lambda: {"portal.0001_initial": "another"}),
        (databases, "version", lambda library: "99"),
        (databases, "migrations_of", lambda app: ["0001_initial.py", "0002_more.py"]),
        (databases, "MAKERS", []),
    ],
)
def test_whatever_makes_tables_names_the_template(monkeypatch, module, name, value):
    before = databases.template_name()
    monkeypatch.setattr(module, name, value)
    assert databases.template_name() != before


def test_a_template_keeps_its_name():
    assert databases.template_name() == databases.template_name()
