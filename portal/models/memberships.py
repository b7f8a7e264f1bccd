from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.roles import ADMIN_OF, NEEDS_SECOND_FACTOR, Role, Side
from portal.tenancy import TenantQuerySet
from portal.text import join_words

# Locked, so that two admins who leave at the same moment wait for each other.
KEEPS_AN_ADMIN = """
IF NOT (OLD.is_active AND OLD.roles && admin)
    OR NOT EXISTS (SELECT FROM portal_user WHERE id = OLD.person_id AND is_active)
THEN
    RETURN NULL;
END IF;
PERFORM FROM portal_organization WHERE id = OLD.organization_id FOR NO KEY UPDATE;
IF NOT EXISTS (
    SELECT FROM portal_membership m JOIN portal_user p ON p.id = m.person_id
    WHERE m.organization_id = OLD.organization_id
        AND m.is_active AND p.is_active AND m.roles && admin
) THEN
    RAISE EXCEPTION 'The last admin of an organization stays.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_keeps_an_admin';
END IF;
RETURN NULL;
"""


class MembershipQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_role(self, *roles: str) -> Self:
        return self.active().filter(roles__overlap=list(roles))

    def admins(self) -> Self:
        """Keep the admins who can sign in."""
        admins = self.with_role(*ADMIN_OF.values())
        return admins.filter(person__is_active=True)


class Membership(models.Model):
    """A person's place in an organization, with its roles there."""

    person = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="memberships",
        verbose_name=_("organization"),
    )
    organization_kind = models.CharField(
        max_length=10, editable=False, verbose_name=_("organization kind")
    )
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), verbose_name=_("roles")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organization"], name="membership_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(roles__len__gt=0), name="membership_has_a_role"
            ),
            models.CheckConstraint(
                condition=Q(
                    organization_kind=Side.PARTNER.value,
                    roles__contained_by=[
                        Role.PARTNER_ADMIN.value,
                        Role.DELIVERY_LEAD.value,
                        Role.FINANCE.value,
                        Role.CONSULTANT.value,
                    ],
                )
                | Q(
                    organization_kind=Side.CUSTOMER.value,
                    roles__contained_by=[
                        Role.BENEFIT_ADMIN.value,
                        Role.PROJECT_MANAGER.value,
                    ],
                ),
                name="membership_roles_fit_the_organization",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keeps_an_admin",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Immediate,
                declare=[
                    (
                        "admin",
                        f"varchar[] := ARRAY{[str(r) for r in ADMIN_OF.values()]}",
                    ),
                ],
                func=KEEPS_AN_ADMIN,
            )
        ]

    audit_sentences = {
        "membership.joined": _("joined the organization"),
        "membership.changed": _("changed the roles"),
        "membership.ended": _("took away access"),
        "membership.left": _("left the organization"),
        "membership.handed_over": _("handed the open work over"),
    }

    def __str__(self) -> str:
        return f"{self.person} ({self.role_names})"

    @property
    def role_names(self) -> str:
        return join_words(Role(role).label for role in self.roles)

    @property
    def home_url(self) -> str:
        return reverse("organization:home", args=[self.organization.slug])

    @property
    def is_admin(self) -> bool:
        return ADMIN_OF[Side(self.organization_kind)] in self.roles

    @property
    def is_able_admin(self) -> bool:
        """Tell whether this is an admin who can sign in."""
        return self.is_admin and self.is_active and self.person.is_active

    @property
    def needs_second_factor(self) -> bool:
        return not NEEDS_SECOND_FACTOR.isdisjoint(self.roles)
