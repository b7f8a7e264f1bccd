"""Sides, roles in an organization, and duties at the sponsor."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy


class Side(StrEnum):
    """On whose side somebody works."""

    PARTNER = "partner"
    CUSTOMER = "customer"
    SPONSOR = "sponsor"
    CLOCK = "clock"
    PERSON = "person"  # for the own account, wherever one works


class Role(models.TextChoices):
    """What a person may do in an organization."""

    PARTNER_ADMIN = "partner_admin", gettext_lazy("Partner admin")
    DELIVERY_LEAD = "delivery_lead", gettext_lazy("Delivery lead")
    FINANCE = "finance", gettext_lazy("Finance")
    CONSULTANT = "consultant", gettext_lazy("Consultant")
    BENEFIT_ADMIN = "benefit_admin", gettext_lazy("Benefit admin")
    PROJECT_MANAGER = "project_manager", gettext_lazy("Project manager")


class Duty(models.TextChoices):
    """What a person may do at the sponsor: the names of Django's groups."""

    ENROLLMENT_REVIEWER = "enrollment reviewer", gettext_lazy("Enrollment reviewer")
    DELIVERY_REVIEWER = "delivery reviewer", gettext_lazy("Delivery reviewer")
    PAYMENT_APPROVER = "payment approver", gettext_lazy("Payment approver")
    PAYMENT_RELEASER = "payment releaser", gettext_lazy("Payment releaser")
    PROGRAM_MANAGER = "program manager", gettext_lazy("Program manager")
    SUPPORT = "support", gettext_lazy("Support")
    AUDITOR = "auditor", gettext_lazy("Auditor")


ROLES_OF = {
    Side.PARTNER: [
        Role.PARTNER_ADMIN,
        Role.DELIVERY_LEAD,
        Role.FINANCE,
        Role.CONSULTANT,
    ],
    Side.CUSTOMER: [Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER],
}
ADMIN_OF = {Side.PARTNER: Role.PARTNER_ADMIN, Side.CUSTOMER: Role.BENEFIT_ADMIN}
NEEDS_SECOND_FACTOR = {Role.FINANCE}
