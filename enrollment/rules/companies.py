"""What a program asks of the company itself: a mail domain, compliance training."""

from datetime import date

from django.utils.translation import gettext as _

from enrollment.facts import Facts
from enrollment.models import ProgramRequirement
from enrollment.models.proofs import ProofState
from enrollment.rules.words import admin, consultant
from portal.findings import Finding
from portal.words import listed


def domain_verified(facts: Facts) -> Finding:
    """Tell whether the company has proved that a mail domain is its own."""
    names = [each.name for each in facts.domains]
    return Finding(
        _("Mail domain"),
        holds=bool(names),
        found=_("Verified: %(names)s.") % {"names": listed(names)}
        if names
        else _("Your company has no verified mail domain."),
        needed=_("A mail domain that is your company's own."),
        fix="" if names else _("Verify the domain of your work e-mail address."),
        who="" if names else admin(),
    )


def training_passed(
    facts: Facts, requirement: ProgramRequirement, day: date
) -> Finding:
    """Tell whether one person of the company has passed the compliance training."""
    passed = [
        each
        for each in facts.certificates
        if each.exam_id == requirement.exam_id
        and each.state == ProofState.VERIFIED
        and each.is_valid(day)
        and each.consultant.works_on(day)
    ]
    best = max(passed, key=lambda each: each.ends_on or date.max, default=None)
    return Finding(
        _("Compliance training"),
        holds=best is not None,
        found=_("%(name)s passed %(exam)s.")
        % {"name": best.consultant, "exam": best.exam.code}
        if best
        else _("Nobody of your company has passed it."),
        needed=_("One person who passed %(exam)s.") % {"exam": requirement.exam},
        since=best.passed_on if best else None,
        until=best.ends_on if best else None,
        fix="" if best else _("Let one person pass the training and add its proof."),
        who="" if best else consultant(),
    )
