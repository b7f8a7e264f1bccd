"""Steps of the company itself: mail domain, location, program agreement."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from enrollment import rules
from enrollment.facts import Facts
from enrollment.rules.words import admin, words
from enrollment.steps.step import Page, Step, checked_by_sponsor
from portal.models.organizations import country_name

DOMAIN, LOCATION, AGREEMENT = "domain", "location", "agreement"
IN_FORCE = "agreement in force"


def domain(facts: Facts, day: date) -> Iterator[Step]:
    if day not in rules.domain_days(facts):
        what = _("Verify the domain of your work e-mail address.")
        yield Step(DOMAIN, what, admin(), Page.COMPANY)


def location(facts: Facts, country: str) -> Iterator[Step]:
    if country and country not in facts.countries:
        what = _("Add a location in %(country)s.") % {"country": country_name(country)}
        yield Step(LOCATION, what, admin(), Page.LOCATION)


def agreement(facts: Facts, day: date) -> Iterator[Step]:
    if day in rules.signed_days(facts):
        return
    text = facts.agreement_on(day)
    later = [each.effective_on for each in facts.agreements if each.effective_on > day]
    if text:
        what = _("Read and sign the program agreement, version %(version)s.")
        version = {"version": text.version}
        yield Step(AGREEMENT, what % version, admin(), Page.AGREEMENT)
    elif later:
        begins = min(later)
        what = _("The program agreement comes into force on %(date)s.")
        yield Step(IN_FORCE, what % {"date": words(begins)}, on=begins)
    else:
        what = _("The sponsor publishes the program agreement.")
        yield checked_by_sponsor(AGREEMENT, what)
