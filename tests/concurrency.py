"""Deeds that happen at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once(*deeds):
    """Run the deeds together and give what each returned or raised, in order."""
    start = Barrier(len(deeds))

    def run(deed):
        start.wait(timeout=10)
        try:
            return deed()
        except Exception as error:  # noqa: BLE001 -- the caller looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
