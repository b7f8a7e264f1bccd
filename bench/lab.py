"""What every part measures on: the tenants, the owner's hand, the floor beside."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client

from bench import data
from bench.data import LIFE, Batch, Tenant
from portal.actors import Actor
from portal.tenancy import acting_for_all
from vouchers.models import Voucher

FULL = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 20_000, 100_000)


@dataclass
class Lab:
    """A filled database with its floor; tenants go from the smallest to the biggest."""

    is_quick: bool
    tenants: list[Tenant]
    floor_session: str
    serials: itertools.count = field(default_factory=itertools.count)

    @property
    def rounds(self) -> int:
        return 3 if self.is_quick else 7

    @property
    def crowded(self) -> list[tuple[int, Tenant]]:
        """Give the tenants that eight clients visit, each with its place."""
        numbered = list(enumerate(self.tenants, start=1))
        return numbered[-1:] if self.is_quick else numbered

    @property
    def owner(self) -> Any:
        """Give the hand of the tables' owner, by whom no policy is obeyed."""
        return connections["owner"].cursor()

    @property
    def floor(self) -> Any:
        return connections["floor"].cursor()

    def add(self, tenant: Tenant, count: int, *states: str, life: int = LIFE) -> None:
        """Give a tenant more vouchers, in these states by turns."""
        first = next(self.serials)
        self.serials = itertools.count(first + count)
        batch = Batch(range(first, first + count), states, life)
        data.fill(self.owner, tenant, batch)

    def fresh(self, tenant: Tenant, count: int, *states: str) -> list[Voucher]:
        """Give vouchers that a measurement may use up."""
        self.add(tenant, count, *states)
        with acting_for_all():
            mine = Voucher.objects.whole().filter(agreement=tenant.agreement)
            return list(mine.order_by("-pk")[:count])


def furnish(*, is_quick: bool) -> Lab:
    """Make and fill both databases."""
    sizes = QUICK if is_quick else FULL
    call_command("migrate", database="owner", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    small, middle, big = data.make_tenants(*sizes)
    lab = Lab(is_quick, [small, middle, big], prepare_floor(sizes))
    last = data.fill_all(lab.owner, [small, big, middle])
    lab.serials = itertools.count(last)
    return lab


def prepare_floor(sizes: Sequence[int]) -> str:
    """Let the floor's own project make its rows; gives a session's key."""
    argv = [sys.executable, "-m", "bench.floors", *map(str, sizes)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def browser_of(actor: Actor) -> Client:
    """Give a browser in which a person is signed in."""
    assert actor.person is not None, "tenants have people"
    browser = Client(SERVER_NAME="localhost", raise_request_exception=True)
    browser.force_login(actor.person)
    return browser


def session_of(actor: Actor) -> str:
    key: str = browser_of(actor).cookies[settings.SESSION_COOKIE_NAME].value
    return key
