"""The rule of the signed agreement, in the version that holds."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.models import ProgramAgreement, Signature
from portal.findings import Finding


def agreement_signed(facts: Facts, day: date) -> Finding:
    """Tell whether a signature counts on a date, or what is to be signed.

    A signature under an earlier version counts until the day by which the new version
    is to be signed; with no such day, until the new version is in force.
    """
    rule, agreement = _("Program agreement"), facts.agreement_on(day)
    if agreement is None:
        return Finding(
            rule,
            **sentences.dated(signed_days(facts), day),
            found=_("The sponsor has not published the agreement yet."),
            needed=_("A signed program agreement."),
            fix=_("The sponsor publishes the agreement; then you can sign it."),
            who=sentences.sponsor(),
            code="agreement",
        )
    signature = facts.signature_on(day)
    if signature is None:
        return Finding(
            rule,
            **sentences.dated(signed_days(facts), day),
            found=_("Version %(version)s is not signed.")
            % {"version": agreement.version},
            needed=_needed(agreement),
            fix=_("Read the program agreement and sign it."),
            who=sentences.admin(),
            code="agreement",
        )
    return _signed(facts, agreement, signature, day)


def signed_days(facts: Facts) -> Days:
    """Return the days on which a signature counts."""
    return days.any_of(facts.days_signed(each) for each in facts.signatures.values())


def _needed(agreement: ProgramAgreement) -> str:
    return _("A signature under version %(version)s.") % {"version": agreement.version}


def _signed(
    facts: Facts, agreement: ProgramAgreement, signature: Signature, day: date
) -> Finding:
    # A version that is still to come can be signed ahead.
    newest = facts.agreements[0]
    is_newest = signature.agreement_id == newest.pk
    until = facts.signature_counts_until(signature)
    fix = _("Sign version %(version)s by %(date)s.") % {
        "version": newest.version,
        "date": sentences.words(until),
    }
    return Finding(
        _("Program agreement"),
        **sentences.dated(signed_days(facts), day),
        found=_("Signed by %(name)s.") % {"name": signature.signer_name},
        needed=_needed(agreement),
        fix="" if is_newest else fix,
        who="" if is_newest else sentences.admin(),
        code="agreement",
    )
