"""Organizations, people, and the records that every app writes."""

from portal.models.audit import AuditEntry, CacheEntry, SealedBody
from portal.models.documents import Document
from portal.models.domains import Domain, PublicMailDomain
from portal.models.invitations import Invitation
from portal.models.locations import Location, Place
from portal.models.mail import Email, MailProblem
from portal.models.memberships import Membership
from portal.models.organizations import Acquaintance, Organization
from portal.models.people import User
from portal.models.reasons import Reason, Topic
from portal.models.recovery import AdminRecovery
from portal.models.saved_lists import SavedAddress
from portal.models.second_factors import SecondFactorRecovery
from portal.models.table_exports import TableExport
from portal.models.table_imports import TableImport
from portal.models.temporary_files import FilePurpose, TemporaryFile

__all__ = [
    "Acquaintance",
    "AdminRecovery",
    "AuditEntry",
    "CacheEntry",
    "Document",
    "Domain",
    "Email",
    "FilePurpose",
    "Invitation",
    "Location",
    "MailProblem",
    "Membership",
    "Organization",
    "Place",
    "PublicMailDomain",
    "Reason",
    "SavedAddress",
    "SealedBody",
    "SecondFactorRecovery",
    "TableExport",
    "TableImport",
    "TemporaryFile",
    "Topic",
    "User",
]
