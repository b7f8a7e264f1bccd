"""One step of a way in."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto

from enrollment.rules.words import sponsor


class Page(StrEnum):
    """The page of the portal on which a step is done."""

    COMPETENCY = auto()
    CONSULTANTS = auto()
    INVITE = auto()
    COMPANY = auto()
    LOCATION = auto()
    AGREEMENT = auto()
    MORE_OFFERINGS = auto()
    PROGRAM = auto()


@dataclass(frozen=True)
class Step:
    """Something to do, and who does it; or a date that comes by itself.

    ``rule`` names what it settles, ``key`` the row that its page begins with.
    """

    rule: str
    what: str
    who: str = ""
    page: Page | None = None
    key: str = ""
    on: date | None = None
    by_sponsor: bool = False


def checked_by_sponsor(rule: str, what: str) -> Step:
    return Step(rule, what, sponsor(), by_sponsor=True)
