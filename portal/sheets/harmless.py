"""Text that a spreadsheet program would take for a formula, and how it is kept from it.

A program may split a line elsewhere than we did: where its own separator is the
semicolon, a cell of ours begins anew behind each of them.
"""

import re

# The wide signs start formulas too.
STARTS = "=+\\-@\t\r\n＝＋－＠"
DANGER = re.compile(f"(?:^|(?<=[;\t\r\n]))(?='*[{STARTS}])")
GUARD = re.compile(f"(?:^|(?<=[;\t\r\n]))'(?='*[{STARTS}])")
# A quick look, for the many texts that are harmless.
FIRST = frozenset(STARTS + "'")
WITHIN = re.compile("[;\t\r\n]")


def guarded(text: str) -> str:
    """Put an apostrophe before each place from which a formula could start."""
    if text and (text[0] in FIRST or WITHIN.search(text)):
        return DANGER.sub("'", text)
    return text


def without_guard(text: str) -> str:
    """Take the apostrophes away again that ``guarded`` put there."""
    return GUARD.sub("", text) if "'" in text else text
