"""What a service raises when it says no."""

from collections.abc import Sequence

from portal.findings import Finding


class Refused(Exception):
    """A deed was refused: a whole sentence why, and the findings behind it.

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
