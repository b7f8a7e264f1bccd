"""Organizations, people and records, as the sponsor's people read them."""

from portal.admin.organizations import LocationAdmin, OrganizationAdmin
from portal.admin.people import InvitationAdmin, MembershipAdmin, UserAdmin
from portal.admin.records import AuditEntryAdmin, DocumentAdmin, EmailAdmin

__all__ = [
    "AuditEntryAdmin",
    "DocumentAdmin",
    "EmailAdmin",
    "InvitationAdmin",
    "LocationAdmin",
    "MembershipAdmin",
    "OrganizationAdmin",
    "UserAdmin",
]
