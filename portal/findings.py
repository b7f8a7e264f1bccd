"""Findings of rules, and the refusal that a service raises with them."""

from collections.abc import Iterable, Sequence
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


class Refused(Exception):
    """An action was refused: a whole sentence why, and the findings behind it.

    ``field`` names the typed value that caused it, so that a form can say so there.
    ``see`` is the address and the name of the record that stands in the way.
    """

    def __init__(
        self,
        reason: object,
        findings: Sequence[Finding] = (),
        *,
        field: str = "",
        see: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(str(reason))
        self.see = see
        self.findings = list(findings)
        self.field = field


def refuse_unless(finding: Finding, *, field: str = "") -> None:
    """Raise ``Refused`` with a finding that does not hold, in its own words."""
    if not finding.holds:
        raise Refused(finding.found, [finding], field=field)


def all_hold(findings: Iterable[Finding]) -> bool:
    return all(finding.holds for finding in findings)


def unmet_findings(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.holds]
