"""A customer writes to a partner from the directory.

received ─accept▸ accepted
received ─decline▸ declined
received ─close▸ closed (the partner was silent)
"""

from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from enrollment.models.catalogue import EngagementType
from enrollment.models.programs import Program
from portal import clock
from portal.models import Organization, Reason
from portal.models.organizations import country_name
from portal.reminders_sql import FirstOffset, on_offset
from portal.states import guard, move
from portal.tenancy import TenantQuerySet
from portal.zones import DayIn, days_from, local_day


class EnquiryState(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("enquiry", "Waiting for an answer")
    ACCEPTED = "accepted", pgettext_lazy("enquiry", "Accepted")
    DECLINED = "declined", pgettext_lazy("enquiry", "Declined")
    CLOSED = "closed", pgettext_lazy("enquiry", "Closed without an answer")


ENQUIRY_MOVES = [
    ("received", "accepted"),
    ("received", "declined"),
    ("received", "closed"),
]


@guard(_("The partner still has time to answer."))
def is_unanswered(enquiry: "Enquiry") -> bool:
    return enquiry.answer_by < clock.today(enquiry.partner.time_zone)


class EnquiryQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"

    def waiting(self) -> Self:
        return self.filter(state=EnquiryState.RECEIVED)

    def overdue(self, day: date) -> Self:
        return self.waiting().filter(answer_by__lt=day)

    def to_remind(self) -> Self:
        """Keep those that reached an offset of their program; without a type the first.

        None of an offset that lies before the enquiry. ``days_left`` counts from today
        at the partner.
        """
        zone, first = "partner__time_zone", Program.objects.order_by("pk")
        schedule = Coalesce(
            "engagement_type__offering__program__enquiry_reminder_days",
            first.values("enquiry_reminder_days")[:1],
        )
        last_day = F("answer_by")
        waiting = self.waiting().annotate(
            days_left=days_from(last_day, local_day(zone, clock.now())),
            days_given=days_from(last_day, DayIn(zone, F("created_at"))),
        )
        due = on_offset(waiting, FirstOffset(schedule, F("days_left")))
        return due.filter(
            days_left__gte=0, reminder_offset__lt=F("days_given")
        ).select_related("customer", "partner", "asked_by", "engagement_type__offering")


class Enquiry(models.Model):
    """A customer's request to a partner, with a last day for the answer."""

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    engagement_type = models.ForeignKey(
        EngagementType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("engagement type"),
    )
    # Where the work would be: the country of the profile from which it was written.
    country = models.CharField(_("country"), max_length=2)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    message = models.TextField(_("message"), max_length=2000)
    state = FSMField(
        _("state"),
        choices=EnquiryState,
        default=EnquiryState.RECEIVED,
        protected=True,
    )
    answer_by = models.DateField(_("answer by"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    answer = models.TextField(_("answer"), blank=True, max_length=2000)
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    # Told by ``to_remind``.
    reminder_offset: int

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EnquiryState.values),
                name="enquiry_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["customer", "partner"],
                condition=Q(state="received"),
                name="enquiry_one_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | Q(reason__isnull=False),
                name="enquiry_declined_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-created_at", "-id"], name="enquiry_by_partner"
            ),
            models.Index(
                fields=["customer", "-created_at", "-id"], name="enquiry_by_customer"
            ),
            models.Index(
                fields=["answer_by"],
                condition=Q(state="received"),
                name="enquiry_waiting",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=ENQUIRY_MOVES)
        ]

    audit_sentences = {
        "enquiry.sent": _("wrote to the partner"),
        "enquiry.accepted": _("accepted the enquiry"),
        "enquiry.declined": _("declined the enquiry"),
        "enquiry.closed": _("closed the enquiry: nobody answered"),
    }

    def __str__(self) -> str:
        return f"{self.customer} → {self.partner}"

    def address_for(self, organization: Organization) -> str:
        """Return its page among those of one of its parties."""
        return reverse("enrollment:enquiry", args=[organization.slug, self.pk])

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @property
    def parties(self) -> list[int]:
        return [self.customer_id, self.partner_id]

    @move(source=EnquiryState.RECEIVED, target=EnquiryState.ACCEPTED)
    def accept(self, *, answer: str) -> None:
        self.answer = answer
        self.closed_at = clock.now()

    @move(source=EnquiryState.RECEIVED, target=EnquiryState.DECLINED)
    def decline(self, *, reason: Reason, answer: str) -> None:
        self.reason = reason
        self.answer = answer
        self.closed_at = clock.now()

    @move(
        source=EnquiryState.RECEIVED,
        target=EnquiryState.CLOSED,
        conditions=[is_unanswered],
    )
    def close(self) -> None:
        self.closed_at = clock.now()
