"""The catalogue, and what a partner has proved, signed and enrolled for."""

from enrollment.models.agreements import ProgramAgreement, Signature
from enrollment.models.catalogue import (
    Competency,
    EngagementType,
    Level,
    Offering,
    Program,
    Qualification,
)
from enrollment.models.enrollments import Enrollment, EnrollmentLine
from enrollment.models.profiles import BusinessProfile
from enrollment.models.proofs import HeldCompetency

__all__ = [
    "BusinessProfile",
    "Competency",
    "EngagementType",
    "Enrollment",
    "EnrollmentLine",
    "HeldCompetency",
    "Level",
    "Offering",
    "Program",
    "ProgramAgreement",
    "Qualification",
    "Signature",
]
