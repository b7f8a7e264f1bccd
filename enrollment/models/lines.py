"""The offerings of an enrollment, decided one by one; what a reviewer pinned.

asked ─approve▸ approved
asked ─refuse▸ refused ─ask_again▸ asked
"""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from enrollment.models.catalogue import Offering
from enrollment.models.enrollments import Enrollment
from portal import clock
from portal.models import Organization, Reason
from portal.states import move
from portal.tenancy import TenantQuerySet


class LineState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("offering", "Asked for")
    APPROVED = "approved", pgettext_lazy("offering", "Approved")
    REFUSED = "refused", pgettext_lazy("offering", "Refused")


LINE_MOVES = [("asked", "approved"), ("asked", "refused"), ("refused", "asked")]


# A line counts under its enrollment: it is approved with it or later, never before.
APPROVED_IN_A_PERIOD = """
    IF EXISTS (
        SELECT FROM enrollment_enrollment
        WHERE id = NEW.enrollment_id
            AND state IN ('in_progress', 'submitted', 'rejected')
    ) THEN
        RAISE EXCEPTION 'enrollment_line_approved_in_a_period'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class EnrollmentLineQuerySet(TenantQuerySet):
    partner_path = "partner"

    def asked(self) -> Self:
        return self.filter(state=LineState.ASKED)


class EnrollmentLine(models.Model):
    """One offering of an enrollment, which counts once it is approved."""

    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("enrollment"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="+", verbose_name=_("offering")
    )
    state = FSMField(
        _("state"), choices=LineState, default=LineState.ASKED, protected=True
    )
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    note = models.TextField(_("note"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = EnrollmentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("offering of an enrollment")
        verbose_name_plural = _("offerings of an enrollment")
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "offering"], name="enrollment_line_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LineState.values),
                name="enrollment_line_state_is_known",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=LINE_MOVES),
            pgtrigger.Trigger(
                name="approved_in_a_period",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state="approved"),
                func=APPROVED_IN_A_PERIOD,
            ),
        ]

    def __str__(self) -> str:
        return str(self.offering)

    @move(source=LineState.ASKED, target=LineState.APPROVED)
    def approve(self) -> None:
        self.decided_at = clock.now()

    @move(source=LineState.ASKED, target=LineState.REFUSED)
    def refuse(self, *, reason: Reason, note: str = "") -> None:
        self.reason = reason
        self.note = note
        self.decided_at = clock.now()

    @move(source=LineState.REFUSED, target=LineState.ASKED)
    def ask_again(self) -> None:
        self.reason = None
        self.note = ""
        self.decided_at = None


class Section(models.TextChoices):
    """Parts of an enrollment: to confirm in a new year, or to mend when returned."""

    COMPANY = "company", _("Company and locations")
    COMPETENCIES = "competencies", _("Competencies")
    CONSULTANTS = "consultants", _("Consultants")
    AGREEMENT = "agreement", _("Program agreement")
    OFFERINGS = "offerings", _("Offerings")


class ConfirmationQuerySet(TenantQuerySet):
    partner_path = "partner"


class Confirmation(models.Model):
    """A partner has looked at what was rolled forward from the last period."""

    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.CASCADE,
        related_name="confirmations",
        verbose_name=_("enrollment"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    section = models.CharField(_("section"), max_length=20, choices=Section)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(
        default=clock.now, verbose_name=_("confirmed at")
    )

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "section"], name="confirmation_once"
            ),
            models.CheckConstraint(
                condition=Q(section__in=Section.values),
                name="confirmation_section_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_section_display()


class PinQuerySet(TenantQuerySet):
    partner_path = "partner"

    def open(self) -> "PinQuerySet":
        return self.filter(settled_at=None)


class Pin(models.Model):
    """What a reviewer pinned to one section of a returned enrollment."""

    enrollment = models.ForeignKey(
        Enrollment,
        on_delete=models.CASCADE,
        related_name="pins",
        verbose_name=_("enrollment"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    section = models.CharField(_("section"), max_length=20, choices=Section)
    reason = models.ForeignKey(
        Reason, on_delete=models.PROTECT, related_name="+", verbose_name=_("reason")
    )
    note = models.TextField(_("note"), blank=True)
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    pinned_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        constraints = [
            models.CheckConstraint(
                condition=Q(section__in=Section.values), name="pin_section_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_section_display()}: {self.reason}"
