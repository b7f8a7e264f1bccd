"""What a program asks of the company itself: mail domain, training, a place."""

from collections.abc import Collection, Iterator
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.eligibility import days, sentences
from enrollment.eligibility.days import Days
from enrollment.eligibility.facts import Facts
from enrollment.eligibility.rule import CompanyDemand, CompanyRule, Step, StepPage
from enrollment.eligibility.rules.consultants import steps_to_exam
from enrollment.models import RequirementKind
from enrollment.models.competencies import ProofState
from portal.findings import Finding, Words
from portal.models.organizations import country_name
from portal.text import join_words


class DomainVerified(CompanyRule):
    """Whether the company has proved that a mail domain is its own."""

    code = switch = RequirementKind.DOMAIN
    title = gettext_lazy("Mail domain")

    def days(self, facts: Facts, demand: CompanyDemand) -> Days:
        return (days.ALWAYS if facts.domains else days.NEVER) | ~self.days_on(facts)

    def words(self, facts: Facts, demand: CompanyDemand, day: date) -> Words:
        if day not in self.days_on(facts):
            return self.words_while_off(facts, day)
        names = [domain.name for domain in facts.domains]
        return Words(
            found=_("Verified: %(names)s.") % {"names": join_words(names)}
            if names
            else _("Your company has no verified mail domain."),
            needed=_("A mail domain that is your company's own."),
            fix="" if names else _("Verify the domain of your work e-mail address."),
            who="" if names else sentences.admin(),
        )

    def steps(self, facts: Facts, demand: CompanyDemand, day: date) -> Iterator[Step]:
        if day not in self.days(facts, demand):
            what = _("Verify the domain of your work e-mail address.")
            yield Step(self.code, what, sentences.admin(), StepPage.COMPANY)


class TrainingPassed(CompanyRule):
    """Whether one person of the company has passed the compliance training."""

    code = switch = RequirementKind.TRAINING
    title = gettext_lazy("Compliance training")

    def days(self, facts: Facts, demand: CompanyDemand) -> Days:
        passed = days.any_of(
            Days.between(requirement.valid_from, requirement.valid_until)
            & facts.days_passed(requirement.exam_id)
            for requirement in facts.requirements
            if requirement.kind == self.switch and requirement.exam_id
        )
        return passed | ~self.days_on(facts)

    def words(self, facts: Facts, demand: CompanyDemand, day: date) -> Words:
        requirement = facts.requirement(self.switch, day)
        if requirement is None:
            return self.words_while_off(facts, day)
        best = max(
            facts.certificates_of([requirement.exam_id], ProofState.VERIFIED, day),
            key=lambda certificate: certificate.ends_on or date.max,
            default=None,
        )
        return Words(
            found=_("%(name)s passed %(exam)s.")
            % {"name": best.consultant, "exam": best.exam.code}
            if best
            else _("Nobody of your company has passed it."),
            needed=_("One person who passed %(exam)s.") % {"exam": requirement.exam},
            fix=""
            if best
            else _("Let one person pass the training and add its proof."),
            who="" if best else sentences.consultant(),
        )

    def steps(self, facts: Facts, demand: CompanyDemand, day: date) -> Iterator[Step]:
        requirement = facts.requirement(self.switch, day)
        if requirement and requirement.exam and day not in self.days(facts, demand):
            yield from steps_to_exam(self.code, facts, [requirement.exam], day)


class PartnerLocated(CompanyRule):
    """Whether the partner has a location in the country of delivery."""

    code = "location"
    title = gettext_lazy("Location")
    comes_before_enrollment = False

    def applies(self, facts: Facts, demand: CompanyDemand) -> bool:
        return bool(demand.country)

    def days(self, facts: Facts, demand: CompanyDemand) -> Days:
        holds = not demand.country or demand.country in facts.countries
        return days.ALWAYS if holds else days.NEVER

    def words(self, facts: Facts, demand: CompanyDemand, day: date) -> Words:
        name = {"country": country_name(demand.country)}
        holds = demand.country in facts.countries
        found = _("A location in %(country)s.")
        if not holds:
            found = _("No location in %(country)s.")
        return Words(
            found=found % name,
            needed=_("A location in the country of delivery: %(country)s.") % name,
            fix="" if holds else _("Add the location on the company page."),
            who="" if holds else sentences.admin(),
        )

    def steps(self, facts: Facts, demand: CompanyDemand, day: date) -> Iterator[Step]:
        if day not in self.days(facts, demand):
            name = {"country": country_name(demand.country)}
            what = _("Add a location in %(country)s.") % name
            yield Step(self.code, what, sentences.admin(), StepPage.LOCATION)


def work_address(facts: Facts, proved: Collection[str]) -> Finding:
    """Tell whether somebody has a verified e-mail address at the company.

    ``proved`` are the mail domains of this person's verified addresses.
    """
    company_domains = [domain.name for domain in facts.domains]
    company_addresses = [name for name in proved if name in company_domains]
    return Finding(
        _("Work e-mail address"),
        holds=bool(company_addresses),
        found=_("You have a verified address at %(names)s.")
        % {"names": join_words(company_addresses)}
        if company_addresses
        else _("You have no verified address at a mail domain of your company."),
        needed=_("A verified address at %(names)s.")
        % {"names": join_words(company_domains)},
        fix=""
        if company_addresses
        else _(
            "Add your work address to your e-mail addresses and verify it,"
            " or let an admin who has one send the enrollment."
        ),
        who="" if company_addresses else sentences.admin(),
    )
