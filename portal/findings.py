"""Findings of rules, and the refusal that a service raises with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise, cached_property, lazy
from django.utils.translation import get_language, override

Text = str | Promise


class Words(NamedTuple):
    """What a finding says: what was found and is needed, what helps, and who can."""

    found: str
    needed: str
    fix: str = ""
    who: str = ""


class LazyWords:
    """The name of a rule and its words, composed when the first of them is read.

    Most findings are only asked whether they hold. The words stay in the language of
    the moment in which it was found.
    """

    def __init__(self, rule: Text, compose: Callable[[], Words]) -> None:
        self._rule = rule
        self._compose = compose
        self._language = get_language()

    @cached_property
    def _words(self) -> dict[str, str]:
        with override(self._language):
            return {"rule": str(self._rule), **self._compose()._asdict()}

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def texts(self) -> dict[str, Any]:
        """Return each by its name, as a text that is composed where it is read."""
        return {name: _text(self, name) for name in ("rule", *Words._fields)}


_text = lazy(LazyWords.__getitem__, str)


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
