import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.roles import Role
from portal.tenancy import TenantQuerySet
from portal.text import join_words


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return the form in which a token is kept: who reads the table cannot use it."""
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
        return join_words(Role(role).label for role in self.roles)
