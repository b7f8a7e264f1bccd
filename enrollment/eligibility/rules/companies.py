"""What a program asks of the company itself: a mail domain, compliance training."""

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.models import RequirementKind
from enrollment.models.competencies import ProofState
from portal.findings import Finding
from portal.text import listed


def asked_days(facts: Facts, kind: str) -> Days:
    """Return the days on which the program asks for something."""
    return days.any_of(
        Days.between(each.valid_from, each.valid_until)
        for each in facts.requirements
        if each.kind == kind
    )


def not_asked(rule: str, facts: Facts, kind: str, days: Days, day: date) -> Finding:
    """Tell that a switch is off on a date, and from when on it is on."""
    begins = asked_days(facts, kind).first_from(day)
    return Finding(
        rule,
        **sentences.dated(days, day),
        found=_("The program does not ask for it."),
        needed=_("The program asks for it from %(date)s on.")
        % {"date": sentences.words(begins)}
        if begins
        else "",
        code=kind,
    )


def domain_verified(facts: Facts, day: date) -> Finding:
    """Tell whether the company has proved that a mail domain is its own."""
    rule, days = _("Mail domain"), domain_days(facts)
    if day not in asked_days(facts, RequirementKind.DOMAIN):
        return not_asked(rule, facts, RequirementKind.DOMAIN, days, day)
    names = [each.name for each in facts.domains]
    return Finding(
        rule,
        **sentences.dated(days, day),
        found=_("Verified: %(names)s.") % {"names": listed(names)}
        if names
        else _("Your company has no verified mail domain."),
        needed=_("A mail domain that is your company's own."),
        fix="" if names else _("Verify the domain of your work e-mail address."),
        who="" if names else sentences.admin(),
        code=RequirementKind.DOMAIN,
    )


def domain_days(facts: Facts) -> Days:
    """Return the days on which a domain is verified, or none is asked for."""
    verified = days.ALWAYS if facts.domains else days.NEVER
    return verified | ~asked_days(facts, RequirementKind.DOMAIN)


def work_address(facts: Facts, proved: Collection[str]) -> Finding:
    """Tell whether somebody has a verified e-mail address at the company.

    ``proved`` are the mail domains of this person's verified addresses.
    """
    ours = [each.name for each in facts.domains]
    mine = [name for name in proved if name in ours]
    return Finding(
        _("Work e-mail address"),
        holds=bool(mine),
        found=_("You have a verified address at %(names)s.") % {"names": listed(mine)}
        if mine
        else _("You have no verified address at a mail domain of your company."),
        needed=_("A verified address at %(names)s.") % {"names": listed(ours)},
        fix=""
        if mine
        else _(
            "Add your work address to your e-mail addresses and verify it,"
            " or let an admin who has one send the enrollment."
        ),
        who="" if mine else sentences.admin(),
    )


def training_passed(facts: Facts, day: date) -> Finding:
    """Tell whether one person of the company has passed the compliance training."""
    rule, days = _("Compliance training"), trained_days(facts)
    requirement = facts.requirement(RequirementKind.TRAINING, day)
    if requirement is None:
        return not_asked(rule, facts, RequirementKind.TRAINING, days, day)
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
        rule,
        **sentences.dated(days, day),
        found=_("%(name)s passed %(exam)s.")
        % {"name": best.consultant, "exam": best.exam.code}
        if best
        else _("Nobody of your company has passed it."),
        needed=_("One person who passed %(exam)s.") % {"exam": requirement.exam},
        fix="" if best else _("Let one person pass the training and add its proof."),
        who="" if best else sentences.consultant(),
        code=RequirementKind.TRAINING,
    )


def trained_days(facts: Facts) -> Days:
    """Return the days on which the training is passed, or none is asked for."""
    passed = days.any_of(
        Days.between(each.valid_from, each.valid_until)
        & facts.days_passed(each.exam_id)
        for each in facts.requirements
        if each.kind == RequirementKind.TRAINING and each.exam_id
    )
    return passed | ~asked_days(facts, RequirementKind.TRAINING)
