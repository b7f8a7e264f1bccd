"""A real browser on the real pages."""

import os

import pytest

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
