"""A real worker and a real clock, killed at the worst moment."""

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from portal.mail import put
from portal.models import Email
from tests.conftest import LOGIN

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
PATIENCE = 45


class Postman(socketserver.StreamRequestHandler):
    """Speaks just enough of SMTP to take a mail, once the gate is open."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.server.reached.set()
                self.server.gate.wait(PATIENCE)
                self.say("354 go on")
                self.take()
            self.say("250 fine")

    def take(self):
        lines = list(iter(self.rfile.readline, b".\r\n"))
        if b"" not in lines[-1:]:
            self.server.mails.append(b"".join(lines))

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server with a gate, behind which a worker can be caught."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Postman)
        self.mails = []
        self.reached = threading.Event()
        self.gate = threading.Event()

    def handle_error(self, request, client_address):
        """Pass over workers that die while they speak."""


@pytest.fixture
def mail_server():
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.gate.set()
        server.shutdown()


def database_url():
    login = {key: quote(str(connection.settings_dict[key]), safe="") for key in LOGIN}
    name = connection.settings_dict["NAME"]
    port = f":{login['PORT']}" if login["PORT"] else ""
    return (
        f"postgres://{login['USER']}:{login['PASSWORD']}@{login['HOST']}{port}/{name}"
    )


@pytest.fixture
def start(mail_server, tmp_path):
    """Start celery processes on the test's database, with queues of their own."""
    queues = f"test-{uuid4()}:"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "PORTAL_DATABASE_URL": database_url(),
        "PORTAL_FILES": str(tmp_path),
        "PORTAL_MAIL_URL": f"smtp://127.0.0.1:{mail_server.server_address[1]}",
        "TEST_QUEUES": queues,
    }
    running = []

    def begin(*arguments):
        argv = [sys.executable, "-m", "celery", "-A", "portal", *arguments]
        log = (tmp_path / f"{arguments[0]}-{len(running)}.log").open("w")
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


def test_a_worker_killed_before_it_sends_loses_no_mail_and_none_goes_twice(
    start, mail_server, tmp_path
):
    worker = ("worker", "-Q", "mail,clock", "-c", "1", "--without-gossip")
    put("greeting", "person@example.com", "Hello", "Good morning.")
    start("beat", "--schedule", str(tmp_path / "schedule"), "--pidfile", "")
    first = start(*worker)
    assert mail_server.reached.wait(PATIENCE), "the worker holds the mail in its hands"

    end(first)
    mail_server.gate.set()
    assert Email.objects.get().sent_at is None
    start(*worker)
    wait_until(lambda: Email.objects.get().sent_at)
    time.sleep(2)  # the clock sweeps again and must find nothing to send

    assert len(mail_server.mails) == 1
    assert b"Good morning." in mail_server.mails[0]
