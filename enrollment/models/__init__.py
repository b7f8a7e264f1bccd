"""Programs, what partners hold and sign, who works for them, how they present it."""

from enrollment.models.agreements import ProgramAgreement, Signature
from enrollment.models.catalogue import Competency, EngagementType, Level, Offering
from enrollment.models.consultants import Certificate, Consultant
from enrollment.models.directory import DirectoryEntry
from enrollment.models.drafts import ProfileDraft
from enrollment.models.enquiries import Enquiry, EnquiryState
from enrollment.models.enrollments import Enrollment
from enrollment.models.lines import (
    Confirmation,
    EnrollmentLine,
    LineState,
    Pin,
    Section,
)
from enrollment.models.profiles import (
    BusinessProfile,
    Listing,
    ProfileLocation,
    ProfileState,
    ProfileTag,
)
from enrollment.models.programs import Anchor, Extender, Program
from enrollment.models.proofs import HeldCompetency
from enrollment.models.rules import (
    CompetencyExam,
    Exam,
    ProgramRequirement,
    Qualification,
    RequirementKind,
)
from enrollment.models.tags import Tag, TagKind

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
