"""Row 10: the morning on which the followers of very many vouchers are reminded.

A second run, a minute later, finds that all is told and must cost next to nothing.
"""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from bench.expiry import Holds
from bench.lab import Lab
from bench.measure import Figure, at_most, seconds
from bench.statements import counted
from bench.tables import tidy
from portal.reminders import remind
from vouchers.services.nightly import REMINDER

VOUCHERS = 1_000_000


def figures(lab: Lab) -> Iterator[Figure]:
    number = 20_000 if lab.is_quick else VOUCHERS
    lab.add(lab.tenants[1], number, "created", life=0)
    tidy(lab.owner)
    name, holds = f"10 reminders of {number:,}", Holds()
    with connection.execute_wrapper(holds):
        took = seconds(partial(remind, REMINDER))
    yield Figure(name, "ms", [1000 * took])
    longest = [1000 * holds.longest]
    yield Figure(f"{name}: longest lock", "ms", longest, bounds=at_most(1000, 400))
    mails, quiet = counted(partial(remind, REMINDER))
    assert mails == 0, "all is told"
    bounds = at_most(10, 10)
    yield Figure(f"{name}, told: statements", "", [quiet.statements], bounds=bounds)
