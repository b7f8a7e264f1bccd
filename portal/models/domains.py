"""Whose mail addresses are a company's, and how a company regains an admin.

asked ─approve▸ approved
asked ─decline▸ declined
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.states import move
from portal.tenancy import TenantQuerySet


class PublicMailDomain(models.Model):
    """A domain at which everybody can have an address: it proves no company."""

    name = models.CharField(_("domain"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("public mail domain")
        verbose_name_plural = _("public mail domains")
        constraints = [
            models.CheckConstraint(
                condition=Q(name=Lower("name")), name="public_domain_is_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DomainQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def verified(self) -> "DomainQuerySet":
        return self.exclude(verified_at=None)


class Domain(models.Model):
    """A mail domain of an organization; verified, it is nobody else's."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="domains"
    )
    name = models.CharField(_("domain"), max_length=120)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail domain")
        verbose_name_plural = _("mail domains")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="domain_once_an_organization"
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(verified_at__isnull=False),
                name="domain_verified_once",
            ),
            models.CheckConstraint(
                condition=Q(name=Lower("name")), name="domain_is_lower_case"
            ),
        ]

    audit_sentences = {
        "domain.added": _("added the mail domain"),
        "domain.verified": _("verified the mail domain"),
        "domain.removed": _("took the mail domain away"),
    }

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None


class RecoveryState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("recovery", "Asked")
    APPROVED = "approved", pgettext_lazy("recovery", "Approved")
    DECLINED = "declined", pgettext_lazy("recovery", "Declined")


RECOVERY_MOVES = [("asked", "approved"), ("asked", "declined")]


class AdminRecoveryQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"


class AdminRecovery(models.Model):
    """A colleague asks to become admin, because the company's admin has left."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField(_("what happened"), max_length=1000)
    state = FSMField(
        _("state"), choices=RecoveryState, default=RecoveryState.ASKED, protected=True
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AdminRecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("admin recovery")
        verbose_name_plural = _("admin recoveries")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person"],
                condition=Q(state="asked"),
                name="admin_recovery_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RecoveryState.values),
                name="admin_recovery_state_is_known",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=RECOVERY_MOVES)
        ]

    audit_sentences = {
        "recovery.asked": _("asked to become admin"),
        "recovery.approved": _("made the colleague admin"),
        "recovery.declined": _("declined to make the colleague admin"),
    }

    def __str__(self) -> str:
        return f"{self.organization}: {self.person}"

    @move(source=RecoveryState.ASKED, target=RecoveryState.APPROVED)
    def approve(self) -> None:
        self.decided_at = clock.now()

    @move(source=RecoveryState.ASKED, target=RecoveryState.DECLINED)
    def decline(self, *, reason: str) -> None:
        self.decided_at = clock.now()
        self.reason = reason
