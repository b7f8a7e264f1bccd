"""Organizations, people and records, as the sponsor's people read them."""

from portal.admin.audit import AuditEntryAdmin
from portal.admin.documents import DocumentAdmin
from portal.admin.domains import DomainAdmin, PublicMailDomainAdmin
from portal.admin.invitations import InvitationAdmin
from portal.admin.locations import LocationAdmin
from portal.admin.mail import EmailAdmin
from portal.admin.memberships import MembershipAdmin
from portal.admin.organizations import OrganizationAdmin
from portal.admin.people import UserAdmin
from portal.admin.recovery import AdminRecoveryAdmin
from portal.admin.second_factors import SecondFactorRecoveryAdmin

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
    "SecondFactorRecoveryAdmin",
    "UserAdmin",
]
