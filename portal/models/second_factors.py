"""Second factors that are lost, and how two people of the sponsor have them removed.

asked ─open▸ opened ─confirm▸ confirmed ─complete▸ completed
asked, opened, confirmed ─object▸ objected
asked, opened, confirmed ─decline▸ declined
"""

from datetime import timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from portal import clock
from portal.models.people import User
from portal.states import move

SALT = "portal.second_factors"


class RemovalState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("second factor", "Asked")
    OPENED = "opened", pgettext_lazy("second factor", "Opened")
    CONFIRMED = "confirmed", pgettext_lazy("second factor", "Confirmed")
    COMPLETED = "completed", pgettext_lazy("second factor", "Removed")
    OBJECTED = "objected", pgettext_lazy("second factor", "Stopped")
    DECLINED = "declined", pgettext_lazy("second factor", "Declined")


RUNNING = [RemovalState.ASKED, RemovalState.OPENED, RemovalState.CONFIRMED]
MOVES = [
    ("asked", "opened"),
    ("opened", "confirmed"),
    ("confirmed", "completed"),
    *((state.value, end) for state in RUNNING for end in ("objected", "declined")),
]


class SecondFactorRecoveryQuerySet(models.QuerySet):
    def running(self) -> Self:
        return self.filter(state__in=RUNNING)


class SecondFactorRecovery(models.Model):
    """A person has lost every second factor; two of the sponsor's people agree.

    The person is told each time, and can stop it until the waiting time is over. Then
    the clock removes the second factors; nobody at the sponsor ever has one.
    """

    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    explanation = models.TextField(_("what happened"), max_length=1000, blank=True)
    state = FSMField(
        _("state"), choices=RemovalState, default=RemovalState.ASKED, protected=True
    )
    opened_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    reason = models.TextField(_("reason"), blank=True)
    confirmed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    removes_at = models.DateTimeField(_("removed from"), null=True, blank=True)
    refusal = models.TextField(_("reason against it"), blank=True)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = SecondFactorRecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("second-factor recovery")
        verbose_name_plural = _("second-factor recoveries")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["asked", "opened", "confirmed"]),
                name="second_factor_recovery_one_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RemovalState.values),
                name="second_factor_recovery_state_is_known",
            ),
            # Two people, and neither of them for oneself.
            models.CheckConstraint(
                condition=Q(opened_by=None) | ~Q(opened_by=F("person")),
                name="second_factor_recovery_not_for_oneself",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | Q(opened_by__isnull=False)
                & ~Q(confirmed_by=F("opened_by"))
                & ~Q(confirmed_by=F("person")),
                name="second_factor_recovery_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "completed"])
                | Q(
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    removes_at__gte=F("confirmed_at") + timedelta(days=1),
                ),
                name="second_factor_recovery_waits_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="completed")
                | Q(ended_at__isnull=False, ended_at__gte=F("removes_at")),
                name="second_factor_recovery_has_waited",
            ),
        ]
        triggers = [pgtrigger.FSM(name="moves", field="state", transitions=MOVES)]

    audit_sentences = {
        "second_factor.asked": _("asked to have the second factor removed"),
        "second_factor.opened": _("opened the removal of the second factor"),
        "second_factor.confirmed": _("confirmed the removal of the second factor"),
        "second_factor.removed": _("removed the second factor"),
        "second_factor.objected": _("stopped the removal of the second factor"),
        "second_factor.declined": _("declined to remove the second factor"),
    }

    def __str__(self) -> str:
        return str(self.person)

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def is_due(self) -> bool:
        """Tell whether the second factors are to be removed now."""
        return (
            self.state == RemovalState.CONFIRMED
            and self.removes_at is not None
            and self.removes_at <= clock.now()
        )

    @property
    def stop_url(self) -> str:
        """Return the address at which whoever reads the person's mails stops it."""
        token = signing.dumps([self.pk, self.person_id], salt=SALT)
        return reverse("stop_recovery", args=[token])

    @move(source=RemovalState.ASKED, target=RemovalState.OPENED)
    def open(self, *, reason: str, by: User) -> None:
        self.reason = reason
        self.opened_by = by

    @move(source=RemovalState.OPENED, target=RemovalState.CONFIRMED)
    def confirm(self, *, by: User) -> None:
        self.confirmed_by = by
        self.confirmed_at = clock.now()
        wait = timedelta(days=settings.SECOND_FACTOR_WAIT_DAYS)
        self.removes_at = self.confirmed_at + wait

    @move(source=RemovalState.CONFIRMED, target=RemovalState.COMPLETED)
    def complete(self) -> None:
        self.ended_at = clock.now()

    @move(source=RUNNING, target=RemovalState.OBJECTED)
    def object(self) -> None:
        self.ended_at = clock.now()

    @move(source=RUNNING, target=RemovalState.DECLINED)
    def decline(self, *, reason: str) -> None:
        self.ended_at = clock.now()
        self.refusal = reason


def read_stop_token(token: str) -> tuple[int, int] | None:
    """Read the keys of a recovery and its person; nothing where it is none of ours."""
    try:
        recovery, person = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return recovery, person
