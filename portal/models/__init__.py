"""Organizations, people, and the records that every app writes."""

from portal.models.documents import Document
from portal.models.domains import AdminRecovery, Domain, PublicMailDomain
from portal.models.organizations import Acquaintance, Location, Organization
from portal.models.people import Invitation, Membership, User
from portal.models.places import Place
from portal.models.reasons import Reason, Topic
from portal.models.records import AuditEntry, CacheEntry, Email, SealedBody
from portal.models.saved import SavedAddress

__all__ = [
    "Acquaintance",
    "AdminRecovery",
    "AuditEntry",
    "CacheEntry",
    "Document",
    "Domain",
    "Email",
    "Invitation",
    "Location",
    "Membership",
    "Organization",
    "Place",
    "PublicMailDomain",
    "Reason",
    "SavedAddress",
    "SealedBody",
    "Topic",
    "User",
]
