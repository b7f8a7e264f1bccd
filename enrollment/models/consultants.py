"""Consultants of a partner, and the exams they have passed.

claimed ─verify▸ verified
claimed ─return_for_correction▸ returned
"""

from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models.competencies import PROOF_MOVES, ProofState
from enrollment.models.rules import Exam, days_between
from portal import clock
from portal.db import ExplainedConstraints
from portal.fields import DayColumn
from portal.models import Document, Organization, Reason
from portal.reminders_sql import FirstOffset, untold
from portal.states import move
from portal.tenancy import TenantQuerySet
from portal.zones import days_from, local_day


class ConsultantQuerySet(TenantQuerySet):
    partner_path = "partner"

    def working_on(self, day: date) -> "ConsultantQuerySet":
        """Keep those who work for their company on a date."""
        condition = Q(until=None) | Q(until__gte=day)
        return self.filter(condition, since__lte=day)

    def access_ending(self, day: date) -> "ConsultantQuerySet":
        """Keep those whose access ends with an employment that is over by a date."""
        return self.filter(ends_access=True, until__lt=day)

    def with_counts(self, day: date) -> "ConsultantQuerySet":
        """Fetch the people, and how many certificates count on a date or wait."""
        valid = Q(certificates__valid_until=None) | Q(
            certificates__valid_until__gte=day
        )
        counts = Q(certificates__exam__counts_until=None) | Q(
            certificates__exam__counts_until__gte=day
        )
        return self.select_related("person", "partner").annotate(
            verified=Count(
                "certificates",
                filter=valid & counts & Q(certificates__state=ProofState.VERIFIED),
            ),
            claimed=Count(
                "certificates", filter=Q(certificates__state=ProofState.CLAIMED)
            ),
        )


class Consultant(models.Model):
    """A person who has confirmed to work for a partner, from one date to another.

    A person works for one company at a time; who leaves keeps the row with its end.
    """

    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="consultants",
        verbose_name=_("partner"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="employments",
        verbose_name=_("person"),
    )
    since = DayColumn(_("since"))
    until = DayColumn(_("until"), null=True, blank=True)
    # The clock takes the access away on the day after the last one.
    ends_access = models.BooleanField(_("access ends too"), default=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), default=clock.now)

    objects = ConsultantQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultant")
        verbose_name_plural = _("consultants")
        constraints = [
            ExclusionConstraint(
                name="consultant_of_one_company_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (days_between("since", "until"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(since__lte=F("until")),
                name="consultant_begins_before_leaving",
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="consultant_of_partner"
            ),
        ]

    audit_sentences = {
        "consultant.confirmed": _("confirmed to work for the company"),
        "consultant.left": _("left the company as a consultant"),
        "consultant.handed_over": _("handed the open work over"),
    }

    def __str__(self) -> str:
        return str(self.person)

    def get_absolute_url(self) -> str:
        return reverse("enrollment:consultant", args=[self.partner.slug, self.pk])

    def works_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def has_left(self, day: date) -> bool:
        return self.until is not None and self.until < day


# Until when a certificate counts; nothing where it has no end.
ENDS_ON = Least("valid_until", "exam__counts_until", output_field=models.DateField())


class CertificateQuerySet(TenantQuerySet):
    """Certificates, with what follows them."""

    partner_path = "partner"

    def to_add_again(self, soon: date) -> Self:
        """Keep what was passed last of each exam, and came back or ends by a date."""
        later = self.filter(
            Q(passed_on__gt=OuterRef("passed_on"))
            | Q(passed_on=OuterRef("passed_on"), pk__gt=OuterRef("pk")),
            consultant=OuterRef("consultant"),
            exam=OuterRef("exam"),
        )
        ending = Q(state=ProofState.VERIFIED, last_day__lte=soon)
        due = Q(state=ProofState.RETURNED) | ending
        last = self.alias(last_day=ENDS_ON).filter(due, ~Exists(later))
        return last.order_by(Case(When(ending, then=F("last_day"))), "pk")

    def to_remind(self) -> Self:
        """Keep those that end soon and reached another ``offset`` of their exam.

        ``left`` counts the days to their end, in the partner's time zone.
        """
        day = local_day("partner__time_zone", clock.now())
        longer = Certificate.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=OuterRef("valid_until")),
            consultant__person=OuterRef("consultant__person"),
            exam=OuterRef("exam"),
            passed_on__gt=OuterRef("passed_on"),
        ).exclude(state=ProofState.RETURNED)
        due = (
            self.filter(~Exists(longer), state=ProofState.VERIFIED)
            .annotate(day=day, left=days_from(ENDS_ON, day))
            .filter(
                Q(consultant__until=None) | Q(consultant__until__gte=F("day")),
                left__gte=0,
            )
            .select_related("partner", "exam", "consultant__person")
        )
        return untold(due, FirstOffset(F("exam__reminder_days"), F("left")))


class Certificate(ExplainedConstraints):
    """An exam that a consultant has passed, with its proof; some end on a date."""

    refusals = {
        "certificate_begins_before_it_ends": (
            "valid_until",
            _("The last day is before the day of the exam. Check both dates."),
        )
    }

    consultant = models.ForeignKey(
        Consultant,
        on_delete=models.PROTECT,
        related_name="certificates",
        verbose_name=_("consultant"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    exam = models.ForeignKey(
        Exam, on_delete=models.PROTECT, related_name="+", verbose_name=_("exam")
    )
    passed_on = DayColumn(_("passed on"))
    valid_until = DayColumn(_("valid until"), null=True, blank=True)
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
    # The last reminder that was sent, in days before the end.
    reminded = models.SmallIntegerField(_("last reminder"), null=True, editable=False)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    # Told by ``to_remind``.
    reminder_offset: int

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(passed_on__lte=F("valid_until")),
                name="certificate_begins_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProofState.values),
                name="certificate_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["consultant", "exam", "passed_on"],
                condition=~Q(state="returned"),
                name="certificate_once",
            ),
        ]
        triggers = [pgtrigger.FSM(name="moves", field="state", transitions=PROOF_MOVES)]

    audit_sentences = {
        "certificate.claimed": _("added a certificate with its proof"),
        "certificate.verified": _("verified the certificate"),
        "certificate.returned": _("returned the certificate"),
        "certificate.carried": _("brought the certificate along"),
    }

    def __str__(self) -> str:
        return _("%(exam)s of %(name)s") % {
            "exam": self.exam.code,
            "name": self.consultant,
        }

    @property
    def ends_on(self) -> date | None:
        """Return the last day on which it counts; nothing when it has no end."""
        ends = [day for day in (self.valid_until, self.exam.counts_until) if day]
        return min(ends, default=None)

    def is_valid(self, day: date) -> bool:
        ends_on = self.ends_on
        return self.passed_on <= day and (ends_on is None or day <= ends_on)

    def counts_on(self, day: date) -> bool:
        """Tell whether it is valid and its consultant at work, whatever its state."""
        return self.is_valid(day) and self.consultant.works_on(day)

    @move(source=ProofState.CLAIMED, target=ProofState.VERIFIED)
    def verify(self) -> None:
        """Note that the sponsor has checked the proof."""

    @move(source=ProofState.CLAIMED, target=ProofState.RETURNED)
    def return_for_correction(self, *, note: str = "") -> None:
        self.return_reason = note
