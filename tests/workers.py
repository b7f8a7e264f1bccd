"""Real Celery processes on the test's database, started and ended by a test."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import quote
from uuid import uuid4

from django.conf import settings
from django.db import connection
from redis import Redis

from tests.conftest import LOGIN

PATIENCE = 45
WORKER = ("worker", "-Q", "mail,documents,clock", "-c", "1", "--without-gossip")


def beat(folder):
    return ("beat", "--schedule", str(folder / "schedule"), "--pidfile", "")


@contextmanager
def celery(folder, **environment):
    """Return a function that starts celery processes, with queues of their own."""
    queues = f"test-{uuid4()}:"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "PORTAL_DATABASE_URL": database_url(),
        "TEST_QUEUES": queues,
        **environment,
    }
    running = []

    def begin(*arguments):
        argv = [sys.executable, "-m", "celery", "-A", "portal", *arguments]
        log = (folder / f"{arguments[0]}-{len(running)}.log").open("w")
        process = subprocess.Popen(
            argv, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        running.append(process)
        return process

    yield begin
    for process in running:
        end(process)
    redis = Redis.from_url(settings.REDIS_URL)
    for key in redis.scan_iter(f"{queues}*"):
        redis.delete(key)
    redis.close()


def database_url():
    login = {key: quote(str(connection.settings_dict[key]), safe="") for key in LOGIN}
    name = connection.settings_dict["NAME"]
    port = f":{login['PORT']}" if login["PORT"] else ""
    return (
        f"postgres://{login['USER']}:{login['PASSWORD']}@{login['HOST']}{port}/{name}"
    )


def end(process):
    """Kill a process and its children without a warning."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def wait_until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
