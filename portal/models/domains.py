"""Whose mail addresses are a company's, and how a company regains an admin.

asked ─approve▸ approved
asked ─decline▸ declined
"""

from typing import Self

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

    audit_sentences = {
        "public_domain.saved": _("kept the public mail domain"),
        "public_domain.removed": _("took the public mail domain off the list"),
    }

    def __str__(self) -> str:
        return self.name


class DomainQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def verified(self) -> Self:
        return self.exclude(verified_at=None)

    def waiting(self) -> Self:
        """Keep those for which a link lies in somebody's mail."""
        return self.exclude(token_hash="").filter(expires_at__gt=clock.now())

    def shown(self) -> Self:
        """Leave out what was taken away, which only the records still know."""
        return self.exclude(verified_at=None, token_hash="")


class Domain(models.Model):
    """A mail domain of an organization; verified, it is nobody else's.

    Until then it waits for the link that was mailed to an address at it. Without a
    link and not verified, it was taken away.
    """

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="domains",
        verbose_name=_("organization"),
    )
    name = models.CharField(_("domain"), max_length=120)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("verified by"),
    )
    proof_address = models.EmailField(_("address of the proof"), blank=True)
    token_hash = models.CharField(
        max_length=64, blank=True, editable=False, verbose_name=_("token hash")
    )
    expires_at = models.DateTimeField(
        null=True, blank=True, verbose_name=_("expires at")
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

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
            # A link is used once, and not for ever.
            models.CheckConstraint(
                condition=Q(token_hash="")
                | Q(verified_at__isnull=True, expires_at__isnull=False),
                name="domain_link_ends",
            ),
        ]

    audit_sentences = {
        "domain.asked": _("had a link mailed to prove the mail domain"),
        "domain.verified": _("verified the mail domain"),
        "domain.removed": _("took the mail domain away"),
    }

    def __str__(self) -> str:
        return self.name

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def is_waiting(self) -> bool:
        return (
            bool(self.token_hash)
            and self.expires_at is not None
            and clock.now() < self.expires_at
        )


class RecoveryState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("recovery", "Asked")
    APPROVED = "approved", pgettext_lazy("recovery", "Approved")
    DECLINED = "declined", pgettext_lazy("recovery", "Declined")


RECOVERY_MOVES = [("asked", "approved"), ("asked", "declined")]


class AdminRecoveryQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"

    def open(self) -> Self:
        return self.filter(state=RecoveryState.ASKED)


class AdminRecovery(models.Model):
    """A colleague asks to become admin, because the company's admin has left."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organization"),
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    explanation = models.TextField(_("what happened"), max_length=1000)
    state = FSMField(
        _("state"), choices=RecoveryState, default=RecoveryState.ASKED, protected=True
    )
    decided_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.TextField(_("reason"), blank=True)
    # What an admin who is still there says against it.
    objection = models.TextField(_("objection"), blank=True)
    objected_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("objection by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

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
        "recovery.objected": _("objected to another admin"),
        "recovery.approved": _("made the colleague admin"),
        "recovery.declined": _("declined to make the colleague admin"),
    }

    def __str__(self) -> str:
        return f"{self.organization}: {self.person}"

    @property
    def is_open(self) -> bool:
        return bool(self.state == RecoveryState.ASKED)

    @move(source=RecoveryState.ASKED, target=RecoveryState.APPROVED)
    def approve(self) -> None:
        self.decided_at = clock.now()

    @move(source=RecoveryState.ASKED, target=RecoveryState.DECLINED)
    def decline(self, *, reason: str) -> None:
        self.decided_at = clock.now()
        self.reason = reason
