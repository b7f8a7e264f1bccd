"""Findings: what every judgement returns instead of a bare yes or no."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Finding:
    """One rule held against the facts: what was found, needed, and what helps.

    ``since`` and ``until`` are the first and last date on which the answer holds.
    ``who`` names the roles in the company that can mend it. ``code`` is the rule's own
    word, which stays when its sentences are put otherwise or are translated.
    """

    rule: Text
    holds: bool
    found: Text
    needed: Text
    since: date | None = None
    until: date | None = None
    fix: Text = ""
    who: Text = ""
    code: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.found} {self.fix}".strip()


def all_hold(findings: Iterable[Finding]) -> bool:
    return all(finding.holds for finding in findings)


def unmet(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.holds]
