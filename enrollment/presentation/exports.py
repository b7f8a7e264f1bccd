"""What the page of one version of the agreement shows a partner."""

from datetime import date

from enrollment.models import ProgramAgreement, Signature
from enrollment.models.agreements import signable_on
from enrollment.presentation.enrollments import Overview
from enrollment.services import roles
from portal.actors import may_be_done_by


class Sheet:
    """A version of the agreement before a partner's eyes, as of today."""

    def __init__(self, overview: Overview, version: ProgramAgreement) -> None:
        self.program = overview.program
        self.version = version
        self.today = overview.today
        self.facts = overview.facts
        self.signable = signable_on(self.facts.agreements, self.today)

    @property
    def signature(self) -> Signature | None:
        """Return the partner's signature under this version."""
        return self.facts.signatures.get(self.version.pk)

    @property
    def is_signable(self) -> bool:
        return self.version in self.signable and self.signature is None

    @property
    def is_coming(self) -> bool:
        return self.version.effective_on > self.today

    @property
    def in_force(self) -> ProgramAgreement | None:
        return self.facts.agreement_on(self.today)

    @property
    def next_version(self) -> ProgramAgreement | None:
        """Return the version after the one in force, if this is the one in force."""
        coming = [
            agreement
            for agreement in self.signable
            if agreement.effective_on > self.today
        ]
        return next(iter(coming), None) if self.version == self.in_force else None

    @property
    def counting_signature(self) -> Signature | None:
        """Return an earlier signature that counts while this version is not signed."""
        signature = self.facts.signature_on(self.today)
        if signature is None or self.signature or not self.is_signable:
            return None
        signature.agreement = next(
            agreement
            for agreement in self.facts.agreements
            if agreement.pk == signature.agreement_id
        )
        return signature

    @property
    def counts_until(self) -> date | None:
        return (
            self.facts.signature_counts_until(self.counting_signature)
            if self.counting_signature
            else None
        )

    @property
    def has_signed_before(self) -> bool:
        return bool(self.facts.signatures)

    @property
    def who_may_sign(self) -> str:
        return may_be_done_by(*roles.ADMINS)
