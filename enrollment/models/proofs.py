"""Competencies that a partner says it holds, and the sponsor's check of the proof.

claimed ─verify▸ verified
claimed ─give_back▸ returned
"""

from datetime import date, timedelta

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from enrollment.models.catalogue import Competency, Level
from portal import clock
from portal.models import Document, Organization, Reason
from portal.states import move
from portal.tenancy import TenantQuerySet


class ProofState(models.TextChoices):
    CLAIMED = "claimed", _("Waiting for review")
    # An e-mail address is "Verified" too: not the same word in every language.
    VERIFIED = "verified", pgettext_lazy("competency", "Verified")
    RETURNED = "returned", _("Returned")


PROOF_MOVES = [
    (ProofState.CLAIMED.value, ProofState.RETURNED.value),
    (ProofState.CLAIMED.value, ProofState.VERIFIED.value),
]


class HeldCompetencyQuerySet(TenantQuerySet):
    partner_path = "partner"


class HeldCompetency(models.Model):
    """A competency of a partner at a level, for a time, with its proof."""

    partner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="competencies"
    )
    competency = models.ForeignKey(
        Competency, on_delete=models.PROTECT, related_name="+"
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"))
    proof = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, related_name="+"
    )
    state = FSMField(
        _("state"), choices=ProofState, default=ProofState.CLAIMED, protected=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.ForeignKey(
        Reason, on_delete=models.PROTECT, null=True, related_name="+"
    )
    return_reason = models.TextField(_("note"), blank=True)
    # The last reminder that was sent, in days from the anniversary.
    reminded = models.SmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = HeldCompetencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("held competency")
        verbose_name_plural = _("held competencies")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__lte=F("valid_until")),
                name="held_competency_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProofState.values),
                name="held_competency_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["partner", "competency", "level", "valid_from"],
                condition=~Q(state="returned"),
                name="held_competency_once",
            ),
        ]
        triggers = [pgtrigger.FSM(name="moves", field="state", transitions=PROOF_MOVES)]

    audit_sentences = {
        "competency.claimed": _("added a competency with its proof"),
        "competency.verified": _("verified the competency"),
        "competency.returned": _("returned the competency"),
    }

    def __str__(self) -> str:
        return _("%(competency)s (%(level)s)") % {
            "competency": self.competency,
            "level": self.get_level_display(),
        }

    @property
    def counts_until(self) -> date:
        """Give the last day to renew it: until then it counts [RENEW]."""
        return self.valid_until + timedelta(days=self.competency.grace_days)

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def counts_on(self, day: date) -> bool:
        """Tell whether it qualifies on a date: while valid, and while it is renewed."""
        return self.valid_from <= day <= self.counts_until

    @move(source=ProofState.CLAIMED, target=ProofState.VERIFIED)
    def verify(self) -> None:
        """Note that the sponsor has checked the proof."""

    @move(source=ProofState.CLAIMED, target=ProofState.RETURNED)
    def give_back(self, *, reason: str) -> None:
        self.return_reason = reason
