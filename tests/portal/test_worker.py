"""A real worker and a real clock, killed at the worst moment."""

import socketserver
import threading
import time

import pytest

from portal.mail import put
from portal.models import Email
from tests.workers import PATIENCE, WORKER, beat, celery, end, wait_until

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


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
        lines = []
        # Nothing more comes from a worker that was killed.
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if line:
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


@pytest.fixture
def start(mail_server, tmp_path):
    """Start celery processes whose mails go to our own server."""
    address = f"smtp://127.0.0.1:{mail_server.server_address[1]}"
    with celery(tmp_path, PORTAL_FILES=str(tmp_path), PORTAL_MAIL_URL=address) as begin:
        yield begin


def test_a_worker_killed_before_it_sends_loses_no_mail_and_none_goes_twice(
    start, mail_server, tmp_path
):
    to, subject, body = "person@example.com", "Hello", "Good morning."
    put(Email(key="greeting", to=to, subject=subject, body=body))
    start(*beat(tmp_path))
    first = start(*WORKER)
    assert mail_server.reached.wait(PATIENCE), "the worker holds the mail in its hands"

    end(first)
    mail_server.gate.set()
    assert Email.objects.get().sent_at is None
    start(*WORKER)
    wait_until(lambda: Email.objects.get().sent_at)
    time.sleep(2)  # the clock sweeps again and must find nothing to send

    assert len(mail_server.mails) == 1
    assert b"Good morning." in mail_server.mails[0]
