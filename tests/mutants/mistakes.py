"""A mistake that can be planted, and how some of all are drawn."""

import difflib
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from itertools import zip_longest

OPERATORS = (
    "boundary",
    "dropped check",
    "negated condition",
    "wrong recipient",
    "missing key",
    "skipped lock",
    "constraint",
    "policy",
    "trigger",
)


@dataclass(frozen=True)
class Mistake:
    """One small change: a piece of a file, or a statement for the test database."""

    operator: str
    path: str
    line: int
    # The function, or the table.
    scope: str
    before: str
    after: str
    # Of several alike in one scope.
    nth: int = 0
    # Where the piece stands in its file, in bytes; nothing when it is SQL.
    start: int = 0
    end: int = 0
    is_sql: bool = False
    # What tests call this by.
    words: tuple[str, ...] = ()

    @property
    def key(self):
        """Name the mistake by what it is, so that lines above it may come and go."""
        parts = (self.operator, self.path, self.scope, self.before, self.after)
        return hashlib.sha256(repr((*parts, self.nth)).encode()).hexdigest()[:12]

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    def planted_in(self, source):
        """Return a file's bytes with the mistake in them."""
        return source[: self.start] + self.after.encode() + source[self.end :]

    def diff(self, source):
        """Show what changes: of the file, or from the guard to the statement."""
        before, after = self.before, self.after
        if not self.is_sql:
            before, after = source.decode(), self.planted_in(source).decode()
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), lineterm="", n=1
        )
        return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def draw(mistakes, seed, count):
    """Draw as many of each operator as there are, the same ones for the same seed.

    A change of the code moves no others in or out: each has its own number by lot.
    """

    def lot(mistake):
        return hashlib.sha256(f"{seed}:{mistake.key}".encode()).hexdigest()

    by_operator = defaultdict(list)
    for mistake in sorted(mistakes, key=lot):
        by_operator[mistake.operator].append(mistake)
    rounds = zip_longest(*(by_operator[name] for name in OPERATORS))
    return [mistake for turn in rounds for mistake in turn if mistake][:count]
