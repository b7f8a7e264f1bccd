from portal.roles import Role

# Who at the customer creates vouchers and gives them out.
OWNERS = (Role.BENEFIT_ADMIN,)
# Who at the customer can be given a voucher.
MANAGERS = (Role.PROJECT_MANAGER, Role.BENEFIT_ADMIN)
# Who at the partner is told of vouchers, validates, reserves and releases them.
HOLDERS = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)
