"""How many statements something takes."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def statements_of(action):
    with CaptureQueriesContext(connection) as done:
        action()
    return len(done)
