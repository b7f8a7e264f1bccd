"""Organizations, people, and the records that every app writes."""

from portal.models.documents import Document
from portal.models.organizations import Acquaintance, Location, Organization
from portal.models.people import Invitation, Membership, User
from portal.models.records import AuditEntry, Email

__all__ = [
    "Acquaintance",
    "AuditEntry",
    "Document",
    "Email",
    "Invitation",
    "Location",
    "Membership",
    "Organization",
    "User",
]
