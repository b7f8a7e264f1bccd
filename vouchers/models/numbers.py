"""Voucher numbers that can be read over the telephone: ``7K3M-9QXR-2FHC``.

Three groups of four signs of Crockford's base 32, which has no I, L, O or U. The last
sign of each group checks the three before it and the group's place: a wrong sign, two
neighbors in the wrong order and a group in the wrong place are always found, and the
refusal can say which group to look at.
"""

import re
import secrets
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.text import join_words

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 3
LENGTH = GROUPS * 4
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
# Three groups, wherever they begin among other words.
GROUP = "([0-9A-Z]{4})"
AMONG = re.compile(
    rf"(?<![0-9A-Z])(?={GROUP}\W{{0,3}}{GROUP}\W{{0,3}}{GROUP}(?![0-9A-Z]))"
)


def new_number() -> str:
    """Return a random number: 45 bits, of which nobody can guess the next."""
    return number_of([secrets.randbelow(32) for _sign in range(GROUPS * 3)])


def number_of(values: list[int]) -> str:
    """Write nine values below 32 as a number with its check signs."""
    groups = [values[start : start + 3] for start in range(0, GROUPS * 3, 3)]
    return "-".join(_group_text(place, group) for place, group in enumerate(groups))


def read_number(typed: str) -> str:
    """Return a number as we write it from what somebody typed.

    Lower case, spaces, dashes, wide signs and O/0, I/L/1 in each other's place are all
    right. Raises ``ValidationError`` with a sentence that says which group is wrong.
    """
    plain = plain_signs(typed)
    if len(plain) != LENGTH:
        within = numbers_in(typed)
        if len(within) == 1:
            return within.pop()
        raise ValidationError(
            _(
                "A voucher number has %(length)s letters and digits in %(groups)s"
                " groups; this one has %(count)s."
            )
            % {"length": LENGTH, "groups": GROUPS, "count": len(plain)},
            code="length",
        )
    groups = [plain[start : start + 4] for start in range(0, LENGTH, 4)]
    wrong = [group for place, group in enumerate(groups) if not _is_group(place, group)]
    if wrong:
        names = join_words(_("“%(group)s”") % {"group": group} for group in wrong)
        raise ValidationError(
            _("Check this part of the voucher number: %(groups)s.") % {"groups": names},
            code="group",
        )
    return "-".join(groups)


def numbers_in(text: str) -> set[str]:
    """Find the numbers among other words, each by its check signs."""
    upper = unicodedata.normalize("NFKC", text).upper()
    candidates = (
        "".join(match.groups()).translate(READ_AS) for match in AMONG.finditer(upper)
    )
    groups = (
        [candidate[start : start + 4] for start in (0, 4, 8)]
        for candidate in candidates
    )
    return {
        "-".join(parts)
        for parts in groups
        if all(_is_group(place, part) for place, part in enumerate(parts))
    }


def plain_signs(typed: str) -> str:
    """Keep the letters and digits of what somebody typed, as our numbers have them."""
    upper = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in upper if sign.isalnum()).translate(READ_AS)


def _group_text(place: int, values: list[int]) -> str:
    signs = [*values, _check(place, values)]
    return "".join(SIGNS[value] for value in signs)


def _is_group(place: int, group: str) -> bool:
    if any(sign not in SIGNS for sign in group):
        return False
    *values, check = (SIGNS.index(sign) for sign in group)
    return _check(place, values) == check


def _check(place: int, values: list[int]) -> int:
    """Return the checksum: values times powers of two in the field of 32 elements.

    The place is added, not weighed: no group is right in the place of another.
    """
    total = place
    for offset, value in enumerate(values):
        total ^= _times_two(value, times=1 + offset)
    return total


def _times_two(value: int, times: int) -> int:
    for _step in range(times):
        value <<= 1
        if value & 0b100000:
            value ^= 0b100101  # the field's polynomial: x^5 + x^2 + 1
    return value
