"""What every part measures on: the tenants, the owner's hand, the floor beside."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from django.test import Client

from bench import crowd, data
from bench.tenants import Tenant, make_tenants
from portal.actors import Actor
from portal.tenancy import acting_for, acting_for_all
from vouchers.models import Voucher
from vouchers.services import outlook


@dataclass
class Lab:
    """A filled database with its floor; tenants go from the smallest to the biggest."""

    is_quick: bool
    tenants: list[Tenant]
    floor_session: str
    serials: itertools.count = field(default_factory=itertools.count)

    @property
    def rounds(self) -> int:
        return 3 if self.is_quick else 5

    @property
    def numbered(self) -> list[tuple[int, Tenant]]:
        """Return the tenants, each with its number at the floor."""
        return list(enumerate(self.tenants, start=1))

    @property
    def crowded(self) -> list[tuple[int, Tenant]]:
        """Return the tenants that eight clients visit."""
        return self.numbered[-1:] if self.is_quick else self.numbered

    @property
    def owner(self) -> Any:
        """Return the hand of the tables' owner, by whom no policy is obeyed."""
        return connections["owner"].cursor()

    @property
    def floor(self) -> Any:
        return connections["floor"].cursor()

    def floor_keys(self, number: int) -> range:
        """Return the keys of a floor tenant's vouchers, which it was given at once."""
        with self.floor as cursor:
            cursor.execute(
                "SELECT min(id), max(id) FROM floors_voucher WHERE tenant_id = %s",
                [number],
            )
            first, last = cursor.fetchone()
            return range(first, last + 1)

    def add(
        self, tenant: Tenant, count: int, *states: str, life: int = data.LIFE
    ) -> None:
        """Add more vouchers to a tenant, in these states by turns."""
        first = next(self.serials)
        self.serials = itertools.count(first + count)
        batch = data.Batch(range(first, first + count), states, life)
        data.fill(self.owner, tenant, batch)

    def fresh(self, tenant: Tenant, count: int, *states: str) -> list[Voucher]:
        """Return vouchers that a measurement may use up."""
        self.add(tenant, count, *states)
        with acting_for_all():
            mine = Voucher.objects.filter(agreement=tenant.agreement)
            return list(mine.order_by("-pk")[:count])


def furnish(sizes: Sequence[int], *, is_quick: bool) -> Lab:
    """Make and fill both databases."""
    call_command("migrate", database="owner", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    small, middle, big = make_tenants(*sizes)
    lab = Lab(is_quick, [small, middle, big], prepare_floor(sizes))
    crowd.add_bystanders(lab.owner)
    crowd.add_eligible(small.engagement_type)
    last = data.fill_all(lab.owner, [small, big, middle])
    lab.serials = itertools.count(last)
    # As every night does.
    outlook.foresee_all()
    return lab


def prepare_floor(sizes: Sequence[int]) -> str:
    """Let the floor's own project make its rows; returns a session's key."""
    argv = [sys.executable, "-m", "bench.floors", *map(str, sizes)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def working_for(actor: Actor) -> AbstractContextManager[None]:
    """Open the transaction in which somebody's pages are answered."""
    if actor.organization_id is None:
        return acting_for_all()
    return acting_for(actor.organization_id, person=actor.person_id)


def browser_of(actor: Actor) -> Client:
    """Return a browser in which a person is signed in."""
    assert actor.person is not None, "tenants have people"
    browser = Client(SERVER_NAME="localhost", raise_request_exception=True)
    browser.force_login(actor.person)
    return browser


def empty_caches() -> None:
    for alias in settings.CACHES:
        caches[alias].clear()


def session_of(actor: Actor) -> str:
    key: str = browser_of(actor).cookies[settings.SESSION_COOKIE_NAME].value
    return key
