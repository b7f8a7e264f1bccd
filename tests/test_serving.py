"""The portal as it is really served, while its clients take their time."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from portal import files
from portal.roles import Role
from portal.tenancy import acting_for
from tests.conftest import LOGIN
from tests.factories.enrollment import CertificateFactory, EngagementTypeFactory
from tests.factories.portal import MembershipFactory, UserFactory, actor_of
from tests.factories.vouchers import CustomerAgreementFactory
from tests.portal.test_documents import pdf
from tests.workers import database_url, wait_until
from vouchers.services import vouchers
from vouchers.services.vouchers import VoucherSpec

MANY = 20
LARGE = 16_000_000  # more than the operating system takes off the server's hands
CONNECTIONS = 2
BODY_PAUSE = 2  # seconds, for which a test can wait
ROWS = 30_000
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HEAD = b"GET /health HTTP/1.1\r\nHost: localh"
BODY = (
    b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken=%b\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    b"login=a"
) % (b"a" * 32)


@pytest.fixture(scope="module")
def address(django_db_setup, tmp_path_factory):
    """Start gunicorn as the demo and the containers do; give where it listens."""
    folder = tmp_path_factory.mktemp("serving")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_SECRET_KEY": settings.SECRET_KEY,
        "PORTAL_DATABASE_URL": database_url(),
        "PORTAL_CONNECTIONS": str(CONNECTIONS),
        "PORTAL_FILES": str(settings.FILES),
        "PORTAL_STATIC": str(folder),
        "TEST_BODY_PAUSE": str(BODY_PAUSE),
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--no-input"],
        cwd=settings.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--bind", "{}:{}".format(*address), "tests.serving"),
            ],
            cwd=settings.ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: is_listening(address))
        yield address
    finally:
        server.terminate()
        server.wait(30)


def is_listening(address):
    with socket.socket() as client:
        return client.connect_ex(address) == 0


def begin(address, request):
    """Send a request, and read nothing of the answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address)
    client.sendall(request)
    return client


def test_the_web_carries_nothing_that_only_others_need():
    """Nor do its workers then, each with a part of its own."""
    assert not loaded_by_web("pypdf", "weasyprint", "python_calamine")


def test_workers_share_what_the_first_page_of_each_would_load():
    shared = {"psycopg_pool", "django.template.loaders.cached", "babel.localedata"}
    assert loaded_by_web(*shared) == shared


def loaded_by_web(*modules):
    script = f"import sys, portal.wsgi; print(*({{*sys.modules}} & {{*{modules}}}))"
    printed = subprocess.check_output([sys.executable, "-c", script], cwd=settings.ROOT)
    return {*printed.decode().split()}


def assert_answers_at_once(address):
    for _ in range(4):  # whichever worker it comes to
        with socket.create_connection(address, timeout=1) as client:
            start = time.monotonic()
            client.sendall(HEALTH)
            answer = client.recv(1000)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - start < 1


@pytest.mark.parametrize("request_", [HEAD, BODY], ids=["head", "body"])
def test_half_sent_requests_stop_nobody(address, request_):
    with ExitStack() as clients:
        for _ in range(MANY):
            clients.enter_context(begin(address, request_))
        assert_answers_at_once(address)


def test_who_never_ends_the_head_of_a_request_is_sent_away(address):
    with begin(address, HEAD) as client:
        client.settimeout(10)
        assert client.recv(100) == b""


def test_who_stops_in_the_middle_of_a_form_is_sent_away(address):
    with begin(address, BODY) as client, begin(address, BODY) as slow:
        for _ in range(3):  # within the pause each, and longer than it together
            time.sleep(0.4 * BODY_PAUSE)
            slow.sendall(b"a")
        client.settimeout(5)
        slow.settimeout(1)
        assert client.recv(12) == b"HTTP/1.1 400"
        with pytest.raises(TimeoutError):
            slow.recv(1)
        while client.recv(65536):  # until it is closed
            pass


def test_what_nobody_needs_to_send_is_refused_before_it_is_read(address):
    most = settings.DOCUMENT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    head = BODY.replace(b"Length: 1000", b"Length: %d" % (most + 1))
    with begin(address, head) as client:
        client.settimeout(3)
        pieces = list(iter(lambda: client.recv(65536), b""))  # until it is closed

    assert b"".join(pieces).startswith(b"HTTP/1.1 413 ")
    assert b"too large" in b"".join(pieces)


def test_who_goes_on_sending_what_is_refused_is_cut_off(address):
    head = BODY.replace(b"Length: 1000", b"Length: 800000000")
    with begin(address, head) as client:
        client.settimeout(5)
        with pytest.raises(ConnectionError):
            client.sendall(b"a" * 100_000_000)


@pytest.mark.django_db(transaction=True)
def test_slow_downloads_stop_nobody(address, client):
    member = MembershipFactory()
    slug = member.organization.slug
    content = pdf() + b"\n" * LARGE
    kept = files.store(
        SimpleUploadedFile("long.pdf", content), parties=[member.organization_id]
    )
    CertificateFactory(consultant__partner=member.organization, proof=kept)
    client.force_login(member.person)
    request = (
        "GET {} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={}\r\n\r\n".format(
            reverse("organization:document", args=[slug, kept.pk]),
            client.cookies["sessionid"].value,
        )
    )
    with ExitStack() as downloads:
        for _ in range(MANY):
            download = downloads.enter_context(begin(address, request.encode()))
            download.settimeout(5)
            assert download.recv(12) == b"HTTP/1.1 200"
        assert_answers_at_once(address)


def list_of(owner, session, name):
    address = reverse(f"vouchers:{name}", args=[owner.organization.slug])
    head = f"GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close"
    return f"{head}\r\nCookie: sessionid={session}\r\n\r\n".encode()


@pytest.mark.django_db(transaction=True)
def test_slow_readers_of_a_list_keep_nobody_from_the_database(address, client):
    """More of them than connections, and each list is longer than any buffer."""
    agreement = CustomerAgreementFactory(days=ROWS)
    kind = EngagementTypeFactory(offering__program=agreement.program, lengths=[1])
    owner = actor_of(agreement.customer, Role.BENEFIT_ADMIN)
    with acting_for(agreement.customer_id, person=owner.person_id):
        wanted = [VoucherSpec(kind, 1, "DE", "x" * 80) for _ in range(ROWS)]
        vouchers.create(agreement, wanted, by=owner)
    client.force_login(owner.person)
    session = client.cookies["sessionid"].value
    with ExitStack() as downloads:
        for _ in range(3 * CONNECTIONS):  # of two processes
            slow = begin(address, list_of(owner, session, "csv"))
            downloads.enter_context(slow).settimeout(30)
            assert slow.recv(12) == b"HTTP/1.1 200"
        for _ in range(4):  # whichever worker it comes to
            with begin(address, list_of(owner, session, "import_template")) as reader:
                reader.settimeout(15)
                assert reader.recv(12) == b"HTTP/1.1 200"


@pytest.mark.django_db(transaction=True)
def test_health_does_not_wait_for_what_pages_wait_for(address, client):
    client.force_login(UserFactory())
    request = (
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={}\r\n\r\n".format(
            client.cookies["sessionid"].value
        )
    )
    login = {key.lower(): settings.OWNER[key] for key in LOGIN if settings.OWNER[key]}
    name = connection.settings_dict["NAME"]
    with psycopg.connect(dbname=name, **login) as console, ExitStack() as clients:
        console.execute("LOCK TABLE django_session")
        for _ in range(MANY):
            clients.enter_context(begin(address, request.encode()))
        time.sleep(0.5)
        assert_answers_at_once(address)
        console.rollback()
