"""The rules of eligibility: each tells what was found, what is needed, what helps.

Pure: they read the facts they are given and rows that were loaded with them.
"""

from enrollment.rules.agreements import agreement_signed, signed_days
from enrollment.rules.companies import (
    domain_days,
    domain_verified,
    trained_days,
    training_passed,
    work_address,
)
from enrollment.rules.competencies import competency_held, competent_days, qualifying
from enrollment.rules.consultants import consultant_certified, proving, staffed_days
from enrollment.rules.enrollments import (
    enrolled,
    enrolled_days,
    located,
    not_suspended,
    offering_open,
    open_days,
)
from enrollment.rules.lastdays import (
    accruing,
    assignable,
    creatable,
    redeemable,
    reservable,
    reservable_days,
    usable,
)

__all__ = [
    "accruing",
    "agreement_signed",
    "assignable",
    "competency_held",
    "competent_days",
    "consultant_certified",
    "creatable",
    "domain_days",
    "domain_verified",
    "enrolled",
    "enrolled_days",
    "located",
    "not_suspended",
    "offering_open",
    "open_days",
    "proving",
    "qualifying",
    "redeemable",
    "reservable",
    "reservable_days",
    "signed_days",
    "staffed_days",
    "trained_days",
    "training_passed",
    "usable",
    "work_address",
]
