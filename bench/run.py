"""One run: what it is made on, then each part's figures as they come."""

import gc
import os
from collections.abc import Iterator, Sequence
from importlib import import_module

from bench import table
from bench.child import let_go
from bench.lab import Lab, furnish
from bench.measure import Figure, seconds

# In this order: what only reads comes first.
PARTS = [
    "pages",
    "lists",
    "walls",
    "judging",
    "export",
    "actions",
    "mix",
    "creation",
    "expiry",
    "renewal",
    "reminders",
    "retirement",
    "later",
]
SETTINGS = [
    "server_version",
    "shared_buffers",
    "fsync",
    "synchronous_commit",
    "max_connections",
]


def run(names: list[str], sizes: Sequence[int], *, is_quick: bool) -> bool:
    """Print the table of the named parts; tells whether every gate holds."""
    if set(names) - set(PARTS):
        raise SystemExit(f"bench: choose among {', '.join(PARTS)}.")
    lab = prepared(sizes, is_quick)
    print(table.head(), flush=True)
    good = True
    for figure in figures(lab, names or PARTS):
        print(table.row(figure), flush=True)
        good = good and figure.verdict != "missed"
    return good


def prepared(sizes: Sequence[int], is_quick: bool) -> Lab:
    labs: list[Lab] = []
    took = seconds(lambda: labs.append(furnish(sizes, is_quick=is_quick)))
    [lab] = labs
    # Web does so too: what was made to measure on is nobody's garbage.
    gc.collect()
    gc.freeze()
    print(f"{machine(lab)}\nfilled in {took:.0f} s\n", flush=True)
    return lab


def machine(lab: Lab) -> str:
    """Say what a figure of this run must be read with."""
    with lab.owner as cursor:
        cursor.execute(
            "SELECT name || ' ' || current_setting(name) FROM unnest(%s::text[]) name",
            [SETTINGS],
        )
        settings = ", ".join(each for (each,) in cursor.fetchall())
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    sizes = ", ".join(f"{tenant.size:,}" for tenant in lab.tenants)
    return (
        f"{os.cpu_count()} cores, load {load}; PostgreSQL: {settings}\n"
        f"tenants of {sizes} vouchers; {lab.rounds} rounds"
    )


def figures(lab: Lab, names: list[str]) -> Iterator[Figure]:
    for name in names:
        yield from import_module(f"bench.{name}").figures(lab)
        let_go()
