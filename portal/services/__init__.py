"""Organizations and people: registering, inviting, joining, leaving, recovering."""

from portal.services.accounts import close_account, reopen_account
from portal.services.addresses import (
    companies_of,
    domains_of,
    is_public,
    mail_domain,
    work_domain,
    works_at,
)
from portal.services.domains import (
    ask_for_proof,
    confirm_domain,
    offers,
    prove_domain,
    remove_domain,
    take_domain_away,
    verify_domain,
)
from portal.services.grounds import judge_recovery
from portal.services.invitations import (
    accept,
    belongs_to,
    invitation_by,
    invite,
    withdraw_invitation,
)
from portal.services.memberships import (
    change_roles,
    end_membership,
    is_last_admin,
    leave,
)
from portal.services.organizations import (
    add_location,
    free_slug,
    open_customer,
    register_partner,
    registered_domain,
)
from portal.services.people import people_with, places_of, speak, staff_with
from portal.services.public_domains import remove_public_domain, save_public_domain
from portal.services.recovery import (
    approve_recovery,
    ask_for_admin,
    ask_for_admin_at,
    ask_for_invitation,
    decline_recovery,
    object_to,
)
from portal.services.rights import ADMINS, COLLEAGUES, SAFETY
from portal.services.saved import remove_address, save_address
from portal.services.zones import change_time_zone, check_zones, mend_zones

__all__ = [
    "ADMINS",
    "COLLEAGUES",
    "SAFETY",
    "accept",
    "add_location",
    "approve_recovery",
    "ask_for_admin",
    "ask_for_admin_at",
    "ask_for_invitation",
    "ask_for_proof",
    "belongs_to",
    "change_roles",
    "change_time_zone",
    "check_zones",
    "close_account",
    "companies_of",
    "confirm_domain",
    "decline_recovery",
    "domains_of",
    "end_membership",
    "free_slug",
    "invitation_by",
    "invite",
    "is_last_admin",
    "is_public",
    "judge_recovery",
    "leave",
    "mail_domain",
    "mend_zones",
    "object_to",
    "offers",
    "open_customer",
    "people_with",
    "places_of",
    "prove_domain",
    "register_partner",
    "registered_domain",
    "remove_address",
    "remove_domain",
    "remove_public_domain",
    "reopen_account",
    "save_address",
    "save_public_domain",
    "speak",
    "staff_with",
    "take_domain_away",
    "verify_domain",
    "withdraw_invitation",
    "work_domain",
    "works_at",
]
