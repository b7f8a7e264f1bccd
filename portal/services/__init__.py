"""Organizations and people: registering, inviting, joining, leaving."""

from portal.services.invitations import (
    accept,
    belongs_to,
    invitation_by,
    invite,
    withdraw_invitation,
)
from portal.services.memberships import change_roles, end_membership
from portal.services.organizations import (
    add_location,
    free_slug,
    open_customer,
    register_partner,
)
from portal.services.people import people_with, places_of, speak, staff_with
from portal.services.rights import ADMINS

__all__ = [
    "ADMINS",
    "accept",
    "add_location",
    "belongs_to",
    "change_roles",
    "end_membership",
    "free_slug",
    "invitation_by",
    "invite",
    "open_customer",
    "people_with",
    "places_of",
    "register_partner",
    "speak",
    "staff_with",
    "withdraw_invitation",
]
