"""The web application, as gunicorn calls it."""

import gc
import os
from collections.abc import Callable
from importlib import import_module
from socket import socket
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

BODY_PAUSE = 20  # seconds in which some of what is being sent has to arrive


class Body:
    """What a client sends; who stops in the middle is given up and sent away."""

    def __init__(self, body: Any, client: socket) -> None:
        self.body = body
        self.client = client

    def read(self, size: int | None = None) -> bytes:
        return self._in_time(self.body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        return self._in_time(self.body.readline, size)

    def _in_time(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        """Limit reading alone: an answer may take as long as its reader likes."""
        before = self.client.gettimeout()
        self.client.settimeout(BODY_PAUSE)
        try:
            return read(size)
        except TimeoutError as error:
            raise BadRequest("The client stopped sending.") from error
        finally:
            self.client.settimeout(before)


class Application(WSGIHandler):
    """Django's own, which waits for no client without an end.

    And it keeps no connection for an answer that takes its time.
    """

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if client := environ.get("gunicorn.socket"):
            environ["wsgi.input"] = Body(environ["wsgi.input"], client)
        return super().__call__(environ, start_response)

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = super().get_response(request)
        if response.streaming:
            connection.close()
        return response


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

application = Application()


def read_ahead() -> None:
    """Read what each worker would soon read for itself, so that they share it."""
    import_module(settings.ROOT_URLCONF)
    import_module("psycopg_pool")
    organizations = import_module("portal.models.organizations")
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            reverse("home")
            organizations.country_choices()
    get_template("base.html")


read_ahead()
# What is there before gunicorn's workers part stays, and Python's search for garbage
# need not pass over it at each turn.
gc.collect()
gc.freeze()
# A page makes some thousands of objects and drops them again: look once for several,
# and soon once more at those that were in use just then.
gc.set_threshold(10_000, 5, 5)
