"""Validators that refuse passwords which are guessed first (NIST 800-63B).

Length, and a list of what is common, repeated, in a row, or named after the service or
its owner. Nobody has to mix letters, digits and signs.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# So much of a password has to be left when what everybody guesses is taken out.
OWN_SIGNS = 6
# What stands in a row on keyboards and in the alphabet.
ROWS = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
]
NEIGHBORS = {
    pair for row in ROWS for way in (row, row[::-1]) for pair in pairwise(way)
} | {("9", "0"), ("0", "9")}
SHORTEST_WORD = 4


def letters_and_digits(text: str) -> str:
    """Return the letters and digits of a text in one form, whatever their width."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def without_runs(text: str) -> str:
    """Take out repeated signs and pieces, and signs that stand in a row."""
    text = re.sub(r"(.{4,}?)\1+|(.+?)\2{2,}", r"\1\2", text)
    characters: list[str] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place < len(text) and (text[place - 1], text[place]) in NEIGHBORS:
            continue
        run = text[start:place]
        characters.append(run if len(run) < SHORTEST_WORD else "")
        start = place
    return "".join(characters)


@cache
def common_words() -> frozenset[str]:
    """Return the words among the most used passwords, such as "password"."""
    return frozenset(map(letters_and_digits, CommonPasswordValidator().passwords)) - {
        ""
    }


def guessable_words(person: Any) -> Iterable[str]:
    """Return the words that everybody tries first for a person here."""
    yield from settings.PASSWORD_CONTEXT
    yield from re.split(r"\W+", settings.SPONSOR["name"])
    if person is not None:
        yield from re.split(r"\W+", f"{person.name} {person.email}")


class GuessedPasswordValidator:
    """Refuses a password that is too short without its guessable parts."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = letters_and_digits(password)
        if rest in common_words():
            rest = ""
        known = {letters_and_digits(word) for word in guessable_words(user)}
        for word in sorted(known, key=len, reverse=True):
            if len(word) >= SHORTEST_WORD:
                rest = rest.replace(word, "")
        if without_runs(rest) in common_words() or len(without_runs(rest)) < OWN_SIGNS:
            raise ValidationError(
                _(
                    "This password is guessed too easily: it repeats itself, runs along"
                    " the keyboard, or is made of words that everybody tries. Take"
                    " some words that have nothing to do with each other."
                ),
                code="password_guessed",
            )

    def get_help_text(self) -> str:
        return _(
            "Some words that have nothing to do with each other are good; repeated"
            " signs, 12345 and the name of the portal are not."
        )
