"""The web application, as gunicorn calls it."""

import gc
import os
from importlib import import_module

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class Application(WSGIHandler):
    """Django's own, which keeps no connection for an answer that takes its time."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = super().get_response(request)
        if response.streaming:
            connection.close()
        return response


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)

application = Application()
# All pages are read before gunicorn's workers part, and what is there by then stays:
# they share it, and Python's search for garbage need not pass over it at each turn.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
# A page makes some thousands of objects and drops them again: look once for several.
gc.set_threshold(20_000, 20, 20)
