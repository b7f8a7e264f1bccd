"""Who may do the actions of this app."""

from portal.roles import Duty, Role

ADMINS = (Role.PARTNER_ADMIN,)
READERS = (
    Role.PARTNER_ADMIN,
    Role.DELIVERY_LEAD,
    Role.FINANCE,
    Role.CONSULTANT,
)
# Who plans the work and may try what happens if somebody leaves.
PLANNERS = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)
# Who writes to partners from the directory, and who answers there.
ASKERS = (Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER)
ANSWERERS = PLANNERS
REVIEWERS = (Duty.ENROLLMENT_REVIEWER,)
MANAGERS = (Duty.PROGRAM_MANAGER,)
