"""A real browser on the real pages."""

import os

import pytest
from django.test import Client

from tests.journeys.walker import Walker

# Playwright runs a loop in the main thread, from which Django would refuse queries.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Chromium's own calls home have no place in a test.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("PORTAL_CHROMIUM", "/usr/bin/chromium")
    return {**browser_type_launch_args, "executable_path": chromium, "args": QUIET}


@pytest.fixture(autouse=True)
def _mail_goes_through_the_outbox(settings):
    """Undo what Django's test runner does to the mail of sign-up and reset."""
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"


@pytest.fixture
def walk(browser, live_server, settings):
    """Return a browser window to a person who is signed in already."""
    walkers = []

    def sign_in(person):
        walker = Walker(browser, live_server.url, person.email)
        client = Client()
        client.force_login(person)
        name = settings.SESSION_COOKIE_NAME
        session = {"name": name, "value": client.cookies[name].value}
        walker.context.add_cookies([{**session, "url": live_server.url}])
        walkers.append(walker)
        return walker

    yield sign_in
    for walker in walkers:
        walker.close()
        assert walker.complaints == []
