"""The real settings for a real worker in a test, with a clock that does not dawdle."""

import os

from portal.settings import *
from portal.settings import CELERY_BEAT_SCHEDULE, CELERY_BROKER_TRANSPORT_OPTIONS

CELERY_BEAT_SCHEDULE = {
    name: CELERY_BEAT_SCHEDULE[name] | {"schedule": 1.0}
    for name in (
        "send waiting mail",
        "file missing invoices",
        "copy signed agreements",
        "sweep tables to read and to make",
    )
}
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {
    "global_keyprefix": os.environ["TEST_QUEUES"]
}
