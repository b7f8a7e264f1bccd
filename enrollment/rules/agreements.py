"""The rule of the signed agreement, in the version that holds."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import ProgramAgreement, Signature
from enrollment.rules.words import admin, sponsor, words
from portal import clock
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
            holds=False,
            found=_("The sponsor has not published the agreement yet."),
            needed=_("A signed program agreement."),
            fix=_("The sponsor publishes the agreement; then you can sign it."),
            who=sponsor(),
        )
    signature = facts.signature_on(day)
    if signature is None:
        return Finding(
            rule,
            holds=False,
            found=_("Version %(version)s is not signed.")
            % {"version": agreement.version},
            needed=_needed(agreement),
            fix=_("Read the program agreement and sign it."),
            who=admin(),
        )
    return _signed(facts, agreement, signature)


def _needed(agreement: ProgramAgreement) -> str:
    return _("A signature under version %(version)s.") % {"version": agreement.version}


def _signed(facts: Facts, agreement: ProgramAgreement, signature: Signature) -> Finding:
    is_newest = signature.agreement_id == agreement.pk
    until = facts.signature_counts_until(signature)
    fix = _("Sign version %(version)s by %(date)s.") % {
        "version": agreement.version,
        "date": words(until),
    }
    return Finding(
        _("Program agreement"),
        holds=True,
        found=_("Signed by %(name)s.") % {"name": signature.signer_name},
        needed=_needed(agreement),
        since=clock.day_of(signature.signed_at, facts.partner.time_zone),
        until=until,
        fix="" if is_newest else fix,
        who="" if is_newest else admin(),
    )
