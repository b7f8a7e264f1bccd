"""The containers, as far as they can be tried without any."""

import json
import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml
from celery import Celery
from django.conf import settings
from django.core.management import get_commands
from django.utils.module_loading import import_string

from portal.launch.commands import QUEUES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
OURS = {name: each for name, each in SERVICES.items() if "build" in each}
PORTAL = "PORTAL_[A-Z_]+"


def commands():
    return [pytest.param(each["command"], id=name) for name, each in OURS.items()]


def test_every_variable_of_the_portal_is_one_that_the_settings_read():
    read = set(re.findall(PORTAL, (ROOT / "portal/settings.py").read_text()))
    for service in OURS.values():
        assert set(service["environment"]) - read == set()


def test_every_variable_of_the_database_is_read_by_its_image_or_our_script():
    read = set(re.findall(PORTAL, (ROOT / "portal/roles.sql").read_text()))
    image = {"POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}
    assert set(SERVICES["database"]["environment"]) == read | image


def test_no_secret_has_a_default():
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|MAIL)\w*)(:.)", TEXT)
    assert {mark for _, mark in secrets} == {":?"}
    assert {name for name, _ in secrets} >= {"PORTAL_SECRET_KEY", "POSTGRES_PASSWORD"}


def test_only_the_migration_gets_the_owners_login():
    with_owner = [
        name
        for name, each in OURS.items()
        if "PORTAL_OWNER_DATABASE_URL" in each["environment"]
    ]
    assert with_owner == ["migrate"]


@pytest.mark.parametrize("command", commands())
def test_each_command_exists(command):
    scripts = {each.name for each in entry_points(group="console_scripts")}
    program, argument = command[:2]
    if program == "python":
        assert (ROOT / argument).exists()
        assert command[2] in get_commands()
    else:
        assert program in scripts


def test_web_and_workers_name_modules_of_the_project():
    serving = (ROOT / "gunicorn.conf.py").read_text()
    [module] = re.findall('^wsgi_app = "(.+)"$', serving, re.MULTILINE)
    assert import_string(f"{module}.application")
    for name in ("worker", "beat"):
        _, option, module = OURS[name]["command"][:3]
        assert (option, type(import_string(f"{module}.celery"))) == ("-A", Celery)


def test_the_image_serves_as_the_containers_do():
    image = (ROOT / "portal/launch/Dockerfile").read_text()
    [command] = re.findall("^CMD (.+)$", image, re.MULTILINE)
    assert json.loads(command) == OURS["web"]["command"]


def test_the_worker_serves_every_queue():
    routes = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    command = OURS["worker"]["command"]
    queues = command[command.index("-Q") + 1]
    assert queues == QUEUES
    assert set(queues.split(",")) == routes | {settings.CELERY_TASK_DEFAULT_QUEUE}


@pytest.mark.parametrize("path", ["portal/launch/Dockerfile", "portal/roles.sql"])
def test_the_files_that_are_named_exist(path):
    assert path in TEXT
    assert (ROOT / path).exists()


def test_the_image_runs_as_an_ordinary_user_from_hashed_packages():
    image = (ROOT / "portal/launch/Dockerfile").read_text()
    assert re.findall("^USER (.+)$", image, re.MULTILINE) == ["portal"]
    assert "--require-hashes" in image
