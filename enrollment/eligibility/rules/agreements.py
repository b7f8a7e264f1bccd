"""The rule of the signed agreement, in the version that holds."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import (
    CompanyDemand,
    CompanyRule,
    Step,
    StepPage,
    step_of_sponsor,
)
from enrollment.models import ProgramAgreement, Signature
from portal.findings import Words

IN_FORCE = "agreement in force"


class AgreementSigned(CompanyRule):
    """Whether a signature counts on a date, or what is to be signed.

    A signature under an earlier version counts until the day by which the new version
    is to be signed; with no such day, until the new version is in force.
    """

    code = "agreement"
    title = gettext_lazy("Program agreement")

    def days(self, facts: Facts, demand: CompanyDemand) -> Days:
        return days.any_of(facts.days_by_agreement.values())

    def words(self, facts: Facts, demand: CompanyDemand, day: date) -> Words:
        agreement, signature = facts.agreement_on(day), facts.signature_on(day)
        if agreement is None:
            return Words(
                found=_("The sponsor has not published the agreement yet."),
                needed=_("A signed program agreement."),
                fix=_("The sponsor publishes the agreement; then you can sign it."),
                who=sentences.sponsor(),
            )
        if signature is None:
            found, fix = (
                _("Version %(version)s is not signed."),
                _("Read the program agreement and sign it."),
            )
            found, who = found % {"version": agreement.version}, sentences.admin()
        else:
            found = _("Signed by %(name)s.") % {"name": signature.signer_name}
            fix, who = _next_version(facts, signature)
        return Words(found, _needed_text(agreement), fix, who)

    def steps(self, facts: Facts, demand: CompanyDemand, day: date) -> Iterator[Step]:
        if day in self.days(facts, demand):
            return
        text = facts.agreement_on(day)
        later = [a.effective_on for a in facts.agreements if a.effective_on > day]
        if text:
            what = _("Read and sign the program agreement, version %(version)s.")
            version = {"version": text.version}
            yield Step(self.code, what % version, sentences.admin(), StepPage.AGREEMENT)
        elif later:
            begins = min(later)
            what = _("The program agreement comes into force on %(date)s.")
            yield Step(IN_FORCE, what % {"date": sentences.words(begins)}, on=begins)
        else:
            what = _("The sponsor publishes the program agreement.")
            yield step_of_sponsor(self.code, what)


def _needed_text(agreement: ProgramAgreement) -> str:
    return _("A signature under version %(version)s.") % {"version": agreement.version}


def _next_version(facts: Facts, signature: Signature) -> tuple[str, str]:
    """Say what is to be signed next: a version still to come can be signed ahead."""
    newest = facts.agreements[0]
    if signature.agreement_id == newest.pk:
        return "", ""
    until = facts.signature_counts_until(signature)
    fix = _("Sign version %(version)s by %(date)s.")
    return fix % {
        "version": newest.version,
        "date": sentences.words(until),
    }, sentences.admin()
