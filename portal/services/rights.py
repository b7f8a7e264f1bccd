"""Who may do the deeds of the floor."""

from portal.roles import Role

ADMINS = (Role.PARTNER_ADMIN, Role.BENEFIT_ADMIN)
