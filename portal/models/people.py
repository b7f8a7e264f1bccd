"""People, their places in organizations, and how they are invited."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.names import LINK, refuse_links
from portal.roles import ADMIN_OF, NEEDS_SECOND_FACTOR, Kind, Role
from portal.tenancy import TenantQuerySet
from portal.words import listed


class UserManager(BaseUserManager["User"]):
    """Makes people, who sign in by e-mail."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person, who may belong to several organizations or work at the sponsor."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("full name"), max_length=120, validators=[refuse_links])
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="en"
    )
    is_staff = models.BooleanField(_("works at the sponsor"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("date joined")
    )

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=~Q(name__iregex=LINK), name="user_name_is_no_link"
            ),
        ]

    audit_sentences = {
        "person.closed": _("closed the account"),
        "person.reopened": _("opened the account again"),
    }

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


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
                    organization_kind=Kind.PARTNER.value,
                    roles__contained_by=[
                        Role.PARTNER_ADMIN.value,
                        Role.DELIVERY_LEAD.value,
                        Role.FINANCE.value,
                        Role.CONSULTANT.value,
                    ],
                )
                | Q(
                    organization_kind=Kind.CUSTOMER.value,
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
        return listed(Role(role).label for role in self.roles)

    @property
    def home_url(self) -> str:
        return reverse("organization:home", args=[self.organization.slug])

    @property
    def is_admin(self) -> bool:
        return ADMIN_OF[Kind(self.organization_kind)] in self.roles

    @property
    def is_able_admin(self) -> bool:
        """Tell whether this is an admin who can sign in."""
        return self.is_admin and self.is_active and self.person.is_active

    @property
    def needs_second_factor(self) -> bool:
        return not NEEDS_SECOND_FACTOR.isdisjoint(self.roles)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Give the form in which a token is kept: who reads the table cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_end() -> datetime:
    return clock.now() + timedelta(days=settings.INVITATION_LIFE_DAYS)


class InvitationQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def open(self) -> Self:
        return self.filter(accepted_at=None, expires_at__gt=clock.now())


class Invitation(models.Model):
    """An offer to join an organization, sent by mail as a link that expires."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="invitations",
        verbose_name=_("organization"),
    )
    email = models.EmailField(_("e-mail address"))
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), verbose_name=_("roles")
    )
    token_hash = models.CharField(
        max_length=64, unique=True, verbose_name=_("token hash")
    )
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    expires_at = models.DateTimeField(
        default=invitation_end, verbose_name=_("expires at")
    )
    accepted_at = models.DateTimeField(
        null=True, blank=True, verbose_name=_("accepted at")
    )
    # When the mail server refused the mail with the link for good.
    undelivered_at = models.DateTimeField(_("undelivered at"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__len__gt=0), name="invitation_has_a_role"
            ),
        ]

    audit_sentences = {
        "invitation.sent": _("sent an invitation"),
        "invitation.accepted": _("accepted the invitation"),
        "invitation.withdrawn": _("withdrew the invitation"),
    }

    def __str__(self) -> str:
        return f"{self.email} → {self.organization}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and clock.now() < self.expires_at

    @property
    def role_names(self) -> str:
        return listed(Role(role).label for role in self.roles)
