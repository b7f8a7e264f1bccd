"""Typed text: one door at which it is cleaned, and one key by which it is known.

What is harmless is mended in silence: signs that nobody sees are dropped, blanks of
whatever kind become blanks, letters are composed. What no text can hold is refused.
"""

import re
import unicodedata

# What no database, page or mail can hold: NUL, halves of a sign, no characters at all.
IMPOSSIBLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
# Ends of lines and pages that are not the usual ones.
LINE_ENDS = re.compile("[\u2028\u2029]")
BLANKS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2800]")
# Signs without a look of their own: they turn the direction, or stand for nothing.
# Joiners stay (U+200C, U+200D): scripts and emoji need them.
INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
# A half that is followed by its other half is one sign, however it came.
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def is_possible(text: str) -> bool:
    """Tell whether a text holds only what a text can hold."""
    return not IMPOSSIBLE.search(text)


def clean(text: str) -> str:
    """Give typed text, of one line or many, without what nobody meant to type.

    What no text can hold is left in: ``is_possible`` tells, and a form refuses it.
    """
    if text.isascii() and text.isprintable():
        return text
    joined = PAIR.sub(lambda pair: _whole(pair[0]), text)
    lines = LINE_ENDS.sub("\n", joined)
    return unicodedata.normalize("NFC", INVISIBLE.sub("", BLANKS.sub(" ", lines)))


def _whole(pair: str) -> str:
    return pair.encode("utf-16", "surrogatepass").decode("utf-16")


def one_line(text: str) -> str:
    """Give text as a header or a name can hold it: one line, whatever was in it."""
    return " ".join(IMPOSSIBLE.sub("\ufffd", clean(text)).split())


def many_lines(text: str) -> str:
    """Give text as the body of a mail can hold it, whatever was in it."""
    return IMPOSSIBLE.sub("\ufffd", clean(text))
