"""The Celery application: ``celery -A portal worker`` and ``celery -A portal beat``."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def allow_long_statements(**_signal: Any) -> None:
    """Give the clock's statements more time than a page's (``roles.sql``).

    A pooler in between has to ignore the parameter; the login's own limit holds then.
    """
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = f"-c statement_timeout={settings.CLOCK_STATEMENT_SECONDS}s"
