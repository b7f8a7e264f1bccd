"""Actions that happen at the same moment.

Each waits for its turn, however slow the machine is: what waits too long is ended
in tests/portal/test_timeouts.py.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once(*actions):
    """Run the actions together and give what each returned or raised, in order."""
    start = Barrier(len(actions))

    def run(action):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
        start.wait(timeout=10)
        try:
            return action()
        except Exception as error:  # noqa: BLE001 -- the caller looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
