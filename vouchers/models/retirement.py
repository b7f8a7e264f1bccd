"""How a program or an offering ends: a plan of last days, and the letters it sends.

draft ─publish▸ published
draft ─discard▸ discarded
"""

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models import Offering, Program
from enrollment.models.dates import LastDays, dates_in_order, refused_order
from portal import clock
from portal.states import move


class PlanState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    DISCARDED = "discarded", _("Discarded")


PLAN_MOVES = [("draft", "discarded"), ("draft", "published")]


class RetirementPlan(LastDays):
    """The last days that a program, or one offering of it, shall get.

    A draft changes nothing and only the sponsor's people see it; publishing puts its
    days into force and schedules its letters.
    """

    refusals = refused_order("retirement_in_order")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accrual_ends_on = models.DateField(_("last day of accrual"), null=True, blank=True)
    pool_wipe_on = models.DateField(
        _("day on which free days end"), null=True, blank=True
    )
    payment_window_days = models.PositiveSmallIntegerField(
        _("payment window"), null=True, blank=True
    )
    reason = models.TextField(_("what the letters say"))
    state = FSMField(
        _("state"), choices=PlanState, default=PlanState.DRAFT, protected=True
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("retirement plan")
        verbose_name_plural = _("retirement plans")
        constraints = [
            dates_in_order("retirement_in_order"),
            models.CheckConstraint(
                condition=Q(offering=None) | Q(accrual_ends_on=None, pool_wipe_on=None),
                name="retirement_of_offering_leaves_pools",
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False)
                | (~Q(state="published") & Q(published_at=None)),
                name="retirement_published_has_moment",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=PLAN_MOVES),
            pgtrigger.Protect(
                name="stays_as_published",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="published"),
            ),
        ]

    audit_sentences = {
        "retirement.drafted": _("drafted the plan"),
        "retirement.changed": _("changed the plan"),
        "retirement.published": _("published the plan"),
        "retirement.discarded": _("discarded the plan"),
    }

    def __str__(self) -> str:
        return str(self.offering or self.program)

    @move(source=PlanState.DRAFT, target=PlanState.PUBLISHED)
    def publish(self, *, by: Any) -> None:
        self.published_by = by
        self.published_at = clock.now()

    @move(source=PlanState.DRAFT, target=PlanState.DISCARDED)
    def discard(self) -> None:
        """Close a plan that will not come."""


class LetterAbout(models.TextChoices):
    """What a letter of a plan tells."""

    ANNOUNCEMENT = "announced", _("The plan")
    CREATION = "creation", _("The last day to create vouchers is near")
    WIPE = "wipe", _("The day on which free days end is near")
    RESERVATION = "reservation", _("The last day to reserve is near")
    REDEMPTION = "redemption", _("The last day to redeem is near")


class RetirementLetter(models.Model):
    """A letter of a published plan to those whom it still concerns on its day."""

    plan = models.ForeignKey(
        RetirementPlan, on_delete=models.PROTECT, related_name="letters"
    )
    about = models.CharField(_("about"), max_length=12, choices=LetterAbout)
    sends_on = models.DateField(_("goes out on"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    # How many people got it.
    sent = models.PositiveIntegerField(_("people told"), default=0)

    class Meta:
        verbose_name = _("letter of a retirement plan")
        verbose_name_plural = _("letters of retirement plans")
        ordering = ["sends_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "about", "sends_on"], name="retirement_letter_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_about_display()}: {self.sends_on}"
