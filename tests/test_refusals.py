"""What a form can break in the database is said in words, not by a name."""

from importlib import import_module
from pkgutil import walk_packages

from django import forms
from django.apps import apps
from django.db.models import CheckConstraint, Q

from tests.test_nouns import APPS

# Said by the form's own fields, before the constraint is asked.
SAID_BY_FIELDS = {
    "public_domain_is_lower_case",  # typed names are folded
    "location_name_is_no_link",
    "organization_name_is_no_link",
    "policy_exception_has_reason",
    "report_declares_both",
    # By the form's dates, with those that overlap.
    "agreement_in_force_before_it_must_be_signed",
    "conversion_rule_begins_before_it_ends",
    # The plan of an offering does not ask for what pools lose.
    "retirement_of_offering_leaves_pools",
}


def model_forms():
    """Yield each of our forms that makes rows, with its model."""
    for app in APPS:
        for module in walk_packages(import_module(app).__path__, f"{app}."):
            if ".forms" in module.name or ".admin" in module.name:
                import_module(module.name)
    waiting = forms.ModelForm.__subclasses__()
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        model = form._meta.model
        if model and apps.get_app_config(model._meta.app_label).name in APPS:
            yield form, model


def within_reach(form, constraint):
    """Tell whether a form asks for all that a constraint looks at."""
    condition = getattr(constraint, "condition", None)
    if not isinstance(constraint, CheckConstraint) or not isinstance(condition, Q):
        return False
    return condition.referenced_base_fields <= set(form._meta.fields or ())


def test_every_constraint_within_a_forms_reach_has_a_sentence():
    wordless = [
        (form.__name__, constraint.name)
        for form, model in model_forms()
        for constraint in model._meta.constraints
        if within_reach(form, constraint)
        if constraint.name not in {*getattr(model, "refusals", ()), *SAID_BY_FIELDS}
    ]

    assert wordless == []
