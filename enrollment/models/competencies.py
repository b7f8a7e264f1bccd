"""Competencies that a partner says it holds, and the sponsor's check of the proof.

claimed ─verify▸ verified
claimed ─return_for_correction▸ returned
"""

from datetime import date, timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from enrollment.models.catalogue import Competency, Level
from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Document, Organization, Reason
from portal.reminders_sql import LastOffset, untold
from portal.states import move
from portal.tenancy import TenantQuerySet
from portal.zones import days_from, local_day


class ProofState(models.TextChoices):
    CLAIMED = "claimed", _("Waiting for review")
    # An e-mail address is "Verified" too: not the same word in every language.
    VERIFIED = "verified", pgettext_lazy("competency", "Verified")
    RETURNED = "returned", _("Returned")


ONE_DAY = timedelta(days=1)
PROOF_MOVES = [
    (ProofState.CLAIMED.value, ProofState.RETURNED.value),
    (ProofState.CLAIMED.value, ProofState.VERIFIED.value),
]


class CompetencyStage(models.TextChoices):
    """How far a competency is, in the words of the sponsor's reports [COMP]."""

    STARTED = "started", pgettext_lazy("competency", "Started")
    QUALIFIED = "qualified", pgettext_lazy("competency", "Qualified")
    ACTIVE = "active", pgettext_lazy("competency", "Active")
    AT_RISK = "at_risk", pgettext_lazy("competency", "At risk")
    ENDED = "ended", pgettext_lazy("competency", "Ended")
    RETURNED = "returned", pgettext_lazy("competency", "Returned")


class HeldCompetencyQuerySet(TenantQuerySet):
    """Held competencies, with what follows them."""

    partner_path = "partner"

    def with_renewal(self) -> Self:
        """Tell of each whether one that lasts longer was added: ``is_renewed``."""
        longer = HeldCompetency.objects.filter(
            partner=OuterRef("partner"),
            competency=OuterRef("competency"),
            level__gte=OuterRef("level"),
            valid_until__gt=OuterRef("valid_until"),
        ).exclude(state=ProofState.RETURNED)
        return self.annotate(is_renewed=Exists(longer))

    def for_list(self) -> Self:
        """Fetch what a row of the list shows, the latest added first."""
        related = self.select_related("partner", "competency", "proof", "reason")
        return related.with_renewal().order_by("-pk")

    def to_remind(self) -> Self:
        """Keep those whose renewal is due and reached another ``offset`` [RENEW].

        ``offset`` counts the days from the anniversary, in the partner's time zone.
        """
        day = local_day("partner__time_zone", clock.now())
        reminder_offset = LastOffset(F("competency__reminder_days"), F("offset"))
        due = (
            self.filter(state=ProofState.VERIFIED)
            .with_renewal()
            .filter(is_renewed=False)
            .annotate(offset=days_from(day, F("valid_until")))
            .filter(offset__lte=F("competency__grace_days"))
            .select_related("partner", "competency")
        )
        return untold(due, reminder_offset, is_counted_up=True)


class HeldCompetency(ExplainedConstraints):
    """A competency of a partner at a level, for a time, with its proof."""

    refusals = {
        "held_competency_begins_before_it_ends": (
            "valid_until",
            _("The last day is before the first. Check both dates."),
        )
    }

    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="competencies",
        verbose_name=_("partner"),
    )
    competency = models.ForeignKey(
        Competency,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("competency"),
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    valid_from = DayColumn(_("valid from"))
    valid_until = DayColumn(_("valid until"))
    proof = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("proof"),
    )
    state = FSMField(
        _("state"), choices=ProofState, default=ProofState.CLAIMED, protected=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    return_reason = models.TextField(_("note"), blank=True)
    # The last reminder that was sent, in days from the anniversary.
    reminded = models.SmallIntegerField(_("last reminder"), null=True, editable=False)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    # Told by ``with_renewal`` and ``to_remind``.
    is_renewed = False
    reminder_offset: int

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
        """Return the last day to renew it: until then it counts [RENEW]."""
        return self.valid_until + timedelta(days=self.competency.grace_days)

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_until

    def counts_on(self, day: date) -> bool:
        """Tell whether it qualifies on a date: while valid, and while it is renewed."""
        return self.valid_from <= day <= self.counts_until

    def stage(self, day: date) -> CompetencyStage:
        """Tell how far it is on a date [COMP].

        Started: waits for review. Qualified: verified, its first day is to come.
        Active: it counts. At risk: it counts, its anniversary is near or past, and no
        renewal was added, as far as ``with_renewal`` told.
        """
        if self.state != ProofState.VERIFIED:
            claimed = self.state == ProofState.CLAIMED
            return CompetencyStage.STARTED if claimed else CompetencyStage.RETURNED
        if day < self.valid_from:
            return CompetencyStage.QUALIFIED
        if day > self.counts_until:
            return CompetencyStage.ENDED
        is_near = day >= self.at_risk_from and not self.is_renewed
        return CompetencyStage.AT_RISK if is_near else CompetencyStage.ACTIVE

    @property
    def stage_today(self) -> CompetencyStage:
        return self.stage(clock.today(self.partner.time_zone))

    @property
    def can_be_renewed(self) -> bool:
        """Tell whether its renewal is due: it is at risk or has ended."""
        is_due = self.stage_today in (CompetencyStage.AT_RISK, CompetencyStage.ENDED)
        return is_due and not self.is_renewed

    @property
    def at_risk_from(self) -> date:
        return self.valid_until - timedelta(days=self.competency.at_risk_days)

    def renewal_dates(self, day: date) -> tuple[date, date]:
        """Return the first and the last day of its renewal [RENEW].

        In time, the anniversary moves by 365 days; afterwards a year begins anew.
        """
        last = self.valid_until if day <= self.counts_until else day - ONE_DAY
        return last + ONE_DAY, last + timedelta(days=365)

    @move(source=ProofState.CLAIMED, target=ProofState.VERIFIED)
    def verify(self) -> None:
        """Note that the sponsor has checked the proof."""

    @move(source=ProofState.CLAIMED, target=ProofState.RETURNED)
    def return_for_correction(self, *, reason: Reason, note: str = "") -> None:
        self.reason = reason
        self.return_reason = note
