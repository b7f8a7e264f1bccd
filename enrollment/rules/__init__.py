"""The rules of eligibility: each tells what was found, what is needed, what helps.

Pure: they read the facts they are given and rows that were loaded with them.
"""

from enrollment.rules.agreements import agreement_signed
from enrollment.rules.companies import domain_verified, training_passed
from enrollment.rules.competencies import competency_held, qualifying
from enrollment.rules.consultants import consultant_certified, proving
from enrollment.rules.enrollments import enrolled, located, offering_open

__all__ = [
    "agreement_signed",
    "competency_held",
    "consultant_certified",
    "domain_verified",
    "enrolled",
    "located",
    "offering_open",
    "proving",
    "qualifying",
    "training_passed",
]
