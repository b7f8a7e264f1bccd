"""The test databases: copies of one that is migrated once and kept by its hash.

Migrating takes longer than most test files. So a template is migrated when a
migration, the roles or a library that writes tables has changed, kept on the server
under a name that holds their hash, and copied for each process that tests.
"""

import hashlib
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

import portal
from portal import migration_history

# What decides how the tables come out, beside our own migrations.
LIBRARIES = ("django", "django-allauth", "django-pgtrigger")
# And what is done before and after them.
MAKERS = [Path(portal.__file__).with_name(name) for name in ("roles.sql", "apps.py")]
PREFIX = "portal_template_"
# Whoever makes a template keeps others off it; any number that nobody else uses.
MAKING = 7_160_001


def template_name():
    """Name the template by everything that makes its tables."""
    parts = [
        sorted(migration_history.of_checkout().items()),
        [(app.label, migrations_of(app)) for app in apps.get_app_configs()],
        [version(each) for each in LIBRARIES],
        [path.read_bytes() for path in MAKERS],
    ]
    return f"{PREFIX}{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def migrations_of(app):
    return sorted(path.name for path in Path(app.path).glob("migrations/*.py"))


@contextmanager
def maintenance(login):
    """Reach the server as the owner, on a database that nobody tests with."""
    parameters = {key.lower(): value for key, value in login.items() if value}
    name = settings.OWNER["NAME"]
    with psycopg.connect(dbname=name, autocommit=True, **parameters) as server:
        yield server


def kept_template(login):
    """Return the name of the migrated template, and make it first if need be."""
    name = template_name()
    with maintenance(login) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [MAKING])
        databases = {
            row[0]
            for row in server.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
                [PREFIX],
            )
        }
        if name not in databases:
            for old in databases:
                server.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
            migrate(server, name)
    return name


def migrate(server, name):
    """Make the template aside, so that a half-migrated one is never copied."""
    half_made = f"{name}_half"
    server.execute(f'CREATE DATABASE "{half_made}"')
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = half_made
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    server.execute(f'ALTER DATABASE "{half_made}" RENAME TO "{name}"')
