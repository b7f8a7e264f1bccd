"""Who may do the actions of the floor."""

from portal.roles import ADMIN_OF, Duty, Role

ADMINS = tuple(ADMIN_OF.values())
COLLEAGUES = tuple(role for role in Role if role not in ADMINS)
# Who decides at the sponsor about the safety of companies and accounts.
SAFETY = (Duty.ENROLLMENT_REVIEWER, Duty.PROGRAM_MANAGER)
