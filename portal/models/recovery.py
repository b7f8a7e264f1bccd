from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from portal import clock
from portal.models.organizations import Organization
from portal.models.people import User
from portal.states import move
from portal.tenancy import TenantQuerySet


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
