"""Enrollment as the sponsor's people see it: reviews, and the catalogue."""

from enrollment.admin.agreements import ProgramAgreementAdmin, SignatureAdmin
from enrollment.admin.catalogue import CatalogueAdmin
from enrollment.admin.competencies import HeldCompetencyAdmin
from enrollment.admin.consultants import CertificateAdmin, ConsultantAdmin
from enrollment.admin.enquiries import EnquiryAdmin
from enrollment.admin.enrollments import EnrollmentAdmin, EnrollmentLineAdmin
from enrollment.admin.profiles import BusinessProfileAdmin

__all__ = [
    "BusinessProfileAdmin",
    "CatalogueAdmin",
    "CertificateAdmin",
    "ConsultantAdmin",
    "EnquiryAdmin",
    "EnrollmentAdmin",
    "EnrollmentLineAdmin",
    "HeldCompetencyAdmin",
    "ProgramAgreementAdmin",
    "SignatureAdmin",
]
