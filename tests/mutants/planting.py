"""A plugin of pytest: plants a mistake in the test database, and names what fails."""

import os
from pathlib import Path

import psycopg
import pytest

# By names of these a trial speaks to the pytest that it starts.
SQL = "MUTANT_SQL"
FAILED = "MUTANT_FAILED"
NOT_PLANTED = 9


def note(nodeid):
    if FAILED in os.environ:
        with Path(os.environ[FAILED]).open("a") as failed:
            failed.write(f"{nodeid}\n")


def pytest_runtest_logreport(report):
    if report.failed:
        note(report.nodeid)


def pytest_collectreport(report):
    if report.failed:
        note(report.nodeid)


@pytest.fixture(scope="session", autouse=True)
def _planted(request):
    """Change the database of this run, once it is copied and before any test."""
    if not os.environ.get(SQL):
        return
    request.getfixturevalue("django_db_setup")
    from django.conf import settings  # noqa: PLC0415 -- read once pytest has begun
    from django.db import connection  # noqa: PLC0415

    names = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    login = {key: settings.OWNER[name] for name, key in names.items()}
    login = {key: value for key, value in login.items() if value}
    try:
        with psycopg.connect(dbname=connection.settings_dict["NAME"], **login) as owner:
            owner.execute(os.environ[SQL])
    except psycopg.Error as error:
        pytest.exit(f"not planted: {error}", returncode=NOT_PLANTED)
