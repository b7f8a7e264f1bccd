"""What ends soon enough to be said early: on the page on which vouchers are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Model

from enrollment.models import EngagementType


@dataclass(frozen=True)
class Ending:
    """A program or offering, and the last day to create vouchers of it."""

    of: Model
    day: date


def endings_of(types: Iterable[EngagementType]) -> list[Ending]:
    """List the last days to create, each once: an offering's where it is earlier."""
    found: dict[Ending, None] = {}
    for offering in {each.offering for each in types}:
        day, of_program = offering.last_day_to_create, offering.program.creation_ends_on
        if day is not None:
            of = offering.program if day == of_program else offering
            found[Ending(of, day)] = None
    return sorted(found, key=lambda ending: (ending.day, str(ending.of)))
