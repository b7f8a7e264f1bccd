"""Actions that happen at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def at_once(*actions):
    """Run the actions together and give what each returned or raised, in order."""
    start = Barrier(len(actions))

    def run(action):
        start.wait(timeout=10)
        try:
            return action()
        except Exception as error:  # noqa: BLE001 -- the caller looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
