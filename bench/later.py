"""What the portal does not do yet, with what it will be held against."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.measure import Figure, at_most

NOT_BUILT = {
    "6 search box": at_most(1.5, 1.1),
    "8 workbook made by a worker": at_most(1.3, 1.1),
    "14 upload of 200 MB": at_most(32, 8),
}


def figures(_lab: Lab) -> Iterator[Figure]:
    for name, bounds in NOT_BUILT.items():
        yield Figure(name, bounds=bounds)
