"""Programs, what partners hold and sign, who works for them, how they present it."""

from enrollment.models.agreements import ProgramAgreement, Signature
from enrollment.models.catalogue import Competency, EngagementType, Level, Offering
from enrollment.models.competencies import HeldCompetency
from enrollment.models.consultants import Certificate, Consultant
from enrollment.models.directory import DirectoryEntry
from enrollment.models.enquiries import Enquiry, EnquiryState
from enrollment.models.enrollments import Enrollment, EnrollmentLine
from enrollment.models.profiles import (
    BusinessProfile,
    Listing,
    ProfileDraft,
    ProfileLocation,
    ProfileState,
    ProfileTag,
    Tag,
    TagKind,
)
from enrollment.models.programs import Anchor, Extender, Program
from enrollment.models.reviews import Confirmation, Pin, Section
from enrollment.models.rules import (
    CompetencyExam,
    Exam,
    ProgramRequirement,
    Qualification,
    RequirementKind,
)
from enrollment.models.states import LineState

__all__ = [
    "Anchor",
    "BusinessProfile",
    "Certificate",
    "Competency",
    "CompetencyExam",
    "Confirmation",
    "Consultant",
    "DirectoryEntry",
    "EngagementType",
    "Enquiry",
    "EnquiryState",
    "Enrollment",
    "EnrollmentLine",
    "Exam",
    "Extender",
    "HeldCompetency",
    "Level",
    "LineState",
    "Listing",
    "Offering",
    "Pin",
    "ProfileDraft",
    "ProfileLocation",
    "ProfileState",
    "ProfileTag",
    "Program",
    "ProgramAgreement",
    "ProgramRequirement",
    "Qualification",
    "RequirementKind",
    "Section",
    "Signature",
    "Tag",
    "TagKind",
]
