"""The web application, as gunicorn calls it."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()
# All pages are read before gunicorn's workers part, and what is there by then stays:
# they share it, and Python's search for garbage need not pass over it at each turn.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
# A page makes some thousands of objects and drops them again: look once for several.
gc.set_threshold(20_000, 20, 20)
