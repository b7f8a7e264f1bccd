"""Organizations, people and records, as the sponsor's people read them."""

from portal.admin.organizations import LocationAdmin, OrganizationAdmin
from portal.admin.people import InvitationAdmin, MembershipAdmin, UserAdmin
from portal.admin.records import AuditEntryAdmin, DocumentAdmin, EmailAdmin
from portal.admin.safety import (
    AdminRecoveryAdmin,
    DomainAdmin,
    PublicMailDomainAdmin,
)

__all__ = [
    "AdminRecoveryAdmin",
    "AuditEntryAdmin",
    "DocumentAdmin",
    "DomainAdmin",
    "EmailAdmin",
    "InvitationAdmin",
    "LocationAdmin",
    "MembershipAdmin",
    "OrganizationAdmin",
    "PublicMailDomainAdmin",
    "UserAdmin",
]
