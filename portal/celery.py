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
def be_patient(conf: Any, **_signal: Any) -> None:
    """Let a worker wait longer than a page, for its statements and for the broker.

    PgBouncer has to let the option pass: ``ignore_startup_parameters = options``.
    """
    patience = {"socket_timeout": settings.WORKER_SOCKET_SECONDS}
    conf.broker_transport_options = conf.broker_transport_options | patience
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = f"-c statement_timeout={settings.CLOCK_STATEMENT_SECONDS}s"
