"""How a program or an offering ends: a plan of last days, and the letters it sends.

draft ─publish▸ published
draft ─discard▸ discarded
"""

from datetime import date
from hashlib import sha256

import pgtrigger
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models import Offering, Program
from enrollment.models.programs import LastDays, dates_in_order, refused_order
from portal import clock
from portal.fields import DayColumn
from portal.models import User
from portal.states import move


class PlanState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    DISCARDED = "discarded", _("Discarded")


PLAN_MOVES = [("draft", "discarded"), ("draft", "published")]
OF_OFFERING = [
    "creation_ends_on",
    "reservation_ends_on",
    "redemption_ends_on",
    "payment_window_days",
]
OF_PROGRAM = [
    "accrual_ends_on",
    "creation_ends_on",
    "pool_wipe_on",
    "reservation_ends_on",
    "redemption_ends_on",
    "payment_window_days",
]


class RetirementPlan(LastDays):
    """The last days that a program, or one offering of it, shall get.

    A draft changes nothing and only the sponsor's people see it; publishing puts its
    days into force and schedules its letters.
    """

    refusals = {
        **refused_order("retirement_in_order"),
        "retirement_one_draft": (
            NON_FIELD_ERRORS,
            _("There is a draft for this already. Change it, or discard it first."),
        ),
    }

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("program")
    )
    offering = models.ForeignKey(
        Offering,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("offering"),
    )
    accrual_ends_on = DayColumn(_("last day of accrual"), null=True, blank=True)
    pool_wipe_on = DayColumn(_("day on which free days end"), null=True, blank=True)
    payment_window_days = models.PositiveSmallIntegerField(
        _("payment window"), null=True, blank=True
    )
    reason = models.TextField(_("what the letters say"))
    # Needed where a day comes earlier than the one in force.
    earlier_because = models.CharField(
        _("why days come earlier"), max_length=200, blank=True
    )
    state = FSMField(
        _("state"), choices=PlanState, default=PlanState.DRAFT, protected=True
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("drafted by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("published by"),
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
            # Two people: who typed the days does not put them into force.
            models.CheckConstraint(
                condition=Q(published_by=None) | ~Q(published_by=F("drafted_by")),
                name="retirement_published_by_another",
            ),
            models.UniqueConstraint(
                fields=["program", "offering"],
                condition=Q(state="draft"),
                nulls_distinct=False,
                name="retirement_one_draft",
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

    def get_absolute_url(self) -> str:
        return reverse("admin:vouchers_retirementplan_change", args=[self.pk])

    @property
    def target(self) -> Program | Offering:
        """Return what ends: the offering, or the whole program."""
        return self.offering or self.program

    @property
    def fields_of_days(self) -> list[str]:
        """Name what a plan sets; pools of days belong to a program as a whole."""
        return OF_OFFERING if self.offering_id else OF_PROGRAM

    @property
    def fingerprint(self) -> str:
        """Return all that a reader agrees to, to tell whether it changed since."""
        days = [str(getattr(self, name) or "") for name in self.fields_of_days]
        text = "\n".join([*days, self.reason, self.earlier_because])
        return sha256(text.encode()).hexdigest()

    def last_day_for(self, about: "LetterAbout") -> date | None:
        """Return the last day that a kind of letter tells of."""
        return getattr(self, DAY_OF[about]) if about in DAY_OF else None

    @move(source=PlanState.DRAFT, target=PlanState.PUBLISHED)
    def publish(self, *, by: User) -> None:
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


DAY_OF = {
    LetterAbout.CREATION: "creation_ends_on",
    LetterAbout.WIPE: "pool_wipe_on",
    LetterAbout.RESERVATION: "reservation_ends_on",
    LetterAbout.REDEMPTION: "redemption_ends_on",
}
