"""Cleaning, joining and comparing typed text."""

import re
import unicodedata
from collections.abc import Iterable

from django.utils.translation import pgettext


def join_words(things: Iterable[object]) -> str:
    """Write things after each other, with the reader's sign between them."""
    return pgettext("between the things of a list", ", ").join(map(str, things))


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
LONGEST_FILE_NAME = 120
# Dashes of all kinds and the minus. (As PostgreSQL reads them too: portal.text_sql.)
DASH = r"[\u02d7\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]"
# What a key passes over: joiners and the variants of a sign's look, too.
UNSEEN = (
    r"[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    r"\U000e0000-\U000e0fff]"
)
# Letters that are written in two ways: Han ones, and the sigma that ends a word.
HAN_VARIANTS = (
    "臺裏羣峯衞着綫強爲鷄温啓髙﨑嶋濵ς",
    "台裡群峰衛著線强為雞溫啟高崎島濱σ",
)
ONE_FORM = str.maketrans(*HAN_VARIANTS)


def is_possible(text: str) -> bool:
    """Tell whether a text holds only what a text can hold."""
    return not IMPOSSIBLE.search(text)


def clean(text: str) -> str:
    """Return typed text, of one line or many, without what nobody meant to type.

    What no text can hold is left in: ``is_possible`` tells, and a form refuses it.
    """
    if text.isascii() and text.isprintable():
        return text
    joined = PAIR.sub(lambda pair: _join_pair(pair[0]), text)
    lines = LINE_ENDS.sub("\n", joined)
    return unicodedata.normalize("NFC", INVISIBLE.sub("", BLANKS.sub(" ", lines)))


def _join_pair(pair: str) -> str:
    return pair.encode("utf-16", "surrogatepass").decode("utf-16")


def one_line(text: str) -> str:
    """Return text as a header or a name can hold it: one line, whatever was in it."""
    return " ".join(IMPOSSIBLE.sub("\ufffd", clean(text)).split())


def many_lines(text: str) -> str:
    """Return text as the body of a mail can hold it, whatever was in it."""
    return IMPOSSIBLE.sub("\ufffd", clean(text))


def file_name(name: str) -> str:
    """Return a file's name without folders: one line, not too long, with its ending."""
    plain = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    stem, dot, ending = plain.rpartition(".")
    if len(plain) <= LONGEST_FILE_NAME or not dot:
        return plain[:LONGEST_FILE_NAME].rstrip()
    ending = ending[:10]
    return f"{stem[: LONGEST_FILE_NAME - len(ending) - 1].rstrip()}.{ending}"


def key(typed: str) -> str:
    """Return the key by which typed text identifies: two that look alike have one.

    Case, width, blanks, kinds of dashes and signs that nobody sees make no difference;
    separators do: 2026-1-11 is not 2026-11-1.
    """
    seen = re.sub(UNSEEN, "", typed)
    folded = unicodedata.normalize("NFKC", seen).lower().replace("ß", "ss")
    words = " ".join(re.sub(DASH, "-", folded).split())
    return with_one_form(re.sub(" ?- ?", "-", words))


def with_one_form(words: str) -> str:
    """Return the text with letters of two forms in one of them: 臺北 as 台北."""
    return words.translate(ONE_FORM)


LONGEST_NUMBER = 18  # digits that a key of the database has for certain


def parse_int(text: str) -> int | None:
    """Read a key or a number of an address; nothing where it is none of ours."""
    is_one = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if is_one else None


# 1,900 and 1 900 are one number; 1.900 could be two, so it is none.
GROUPED = re.compile(r"\d{1,3}(?:[, '’]\d{3})+|\d{1,3}(?:\.\d{3}){2,}")
WHOLE = re.compile(r"(\d+)(?:[.,]0{1,2})?")


def whole_number(typed: str) -> int | None:
    """Read a whole number as people write it: 3, 3.0, "3,0", 1,900, in any width."""
    plain = " ".join(unicodedata.normalize("NFKC", clean(typed)).split())
    if GROUPED.fullmatch(plain):
        plain = re.sub(r"\D", "", plain)
    match = WHOLE.fullmatch(plain)
    return int(match[1]) if match and len(match[1]) < 12 else None
