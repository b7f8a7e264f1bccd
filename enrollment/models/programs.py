"""A program of the sponsor: its lengths, windows, dates and rules.

Data of the program, kept by its managers; the numbers are days unless named otherwise.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.db import ExplainedConstraints, Refusal
from portal.fields import DayColumn


def expiry_reminders() -> list[int]:
    return [60, 30, 14, 3]


def renewal_reminders() -> list[int]:
    return [90, 60, 30, 7, 0]


def grace_reminders() -> list[int]:
    return [7, 23]


def enquiry_reminders() -> list[int]:
    return [7, 2]


def payment_reminders() -> list[int]:
    return [30, 14, 3]


def agreement_reminders() -> list[int]:
    return [14, 3]


CATALOGUE_SENTENCES = {
    "catalogue.added": _("added this to the catalogue"),
    "catalogue.changed": _("changed the catalogue"),
    "catalogue.removed": _("took this out of the catalogue"),
}


def day_list(default: Callable[[], list[int]], name: Any) -> ArrayField:
    return ArrayField(
        models.PositiveSmallIntegerField(), default=default, verbose_name=name
    )


class Anchor(models.TextChoices):
    """From which day the life of a voucher is counted; sources disagree [7.3]."""

    CREATED = "created", _("The day it was created")
    ASSIGNED = "assigned", _("The day it was first assigned")


class Extender(models.TextChoices):
    """Who moves the last day of a voucher by the program's rule."""

    SPONSOR = "sponsor", _("Only the sponsor")
    OWNER = "owner", _("The customer's benefit admins")
    MANAGER = "manager", _("Benefit admins and the project manager")


def dates_in_order(name: str) -> models.CheckConstraint:
    """Refuse last days in another order than a voucher's life."""
    ways = [
        ("creation_ends_on", "reservation_ends_on"),
        ("reservation_ends_on", "redemption_ends_on"),
        ("creation_ends_on", "redemption_ends_on"),
    ]
    condition = Q()
    for earlier, later in ways:
        condition &= (
            Q(**{earlier: None})
            | Q(**{later: None})
            | Q(**{f"{earlier}__lte": F(later)})
        )
    return models.CheckConstraint(condition=condition, name=name)


IN_ORDER = _(
    "Vouchers are created first, reserved after that and redeemed last: put the last"
    " days in this order."
)


def refused_order(name: str) -> dict[str, Refusal]:
    return {name: ("redemption_ends_on", IN_ORDER)}


class LastDays(ExplainedConstraints):
    """Something that ends in steps; a day that is not set is open."""

    creation_ends_on = DayColumn(
        _("last day to create or assign"), null=True, blank=True
    )
    reservation_ends_on = DayColumn(_("last day to reserve"), null=True, blank=True)
    redemption_ends_on = DayColumn(_("last day to redeem"), null=True, blank=True)

    class Meta:
        abstract = True


class Program(LastDays):
    """One program of the sponsor, with its lengths, windows and dates."""

    refusals = {
        **refused_order("program_ends_in_order"),
        "program_lengths_are_positive": (
            NON_FIELD_ERRORS,
            _("A voucher lives at least one day, an enrollment at least one month."),
        ),
    }

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)

    # A voucher lives 180 days from its creation. [PS-PROC, DPS21]
    voucher_life_days = models.PositiveSmallIntegerField(
        _("life of a voucher"), default=180
    )
    expiry_anchor = models.CharField(
        _("life is counted from"),
        max_length=10,
        choices=Anchor,
        default=Anchor.CREATED,
    )
    # The sponsor's own extensions are exceptions and obey none of these. [KURT20]
    extended_by = models.CharField(
        _("who extends vouchers"),
        max_length=10,
        choices=Extender,
        default=Extender.SPONSOR,
    )
    extension_days = models.PositiveSmallIntegerField(
        _("days of an extension"), default=0
    )
    extensions_most = models.PositiveSmallIntegerField(
        _("most extensions of a voucher"), default=0
    )
    extended_life_days = models.PositiveSmallIntegerField(
        _("longest life of an extended voucher"), default=365
    )
    # A source for either was not found: vouchers are all or nothing as shipped.
    allows_fewer_days = models.BooleanField(
        _("fewer days than the voucher's may be delivered"), default=False
    )
    reissue_days = models.PositiveSmallIntegerField(
        _("days in which an expired voucher can be reissued"), default=0
    )
    # What a benefit admin accepts when activating the benefit; never published.
    benefit_terms = models.TextField(_("terms of the benefit"), blank=True)
    # A payment request is completed within 60 days of redemption. [DPS21]
    payment_window_days = models.PositiveSmallIntegerField(
        _("payment window"), default=60
    )
    # Payment follows within 30 days of approval. [SAVBTR]
    payment_due_days = models.PositiveSmallIntegerField(_("days to pay"), default=30)
    # Up to three days of an engagement may be off-site. [PSPOL]
    max_offsite_days = models.PositiveSmallIntegerField(
        _("most days off-site"), default=3
    )
    enrollment_months = models.PositiveSmallIntegerField(
        _("months of an enrollment"), default=12
    )
    renewal_window_days = models.PositiveSmallIntegerField(
        _("renewal window before the end"), default=90
    )
    # What the sponsor promises to those who sent an enrollment; never published.
    enrollment_review_days = models.PositiveSmallIntegerField(
        _("days in which an enrollment is decided"), default=10
    )
    # An anniversary and 30 days: benefits continue meanwhile. [RENEW]
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace after the end"), default=30
    )
    # A request from the directory that nobody answers ends after 14 days. [LEADS]
    enquiry_answer_days = models.PositiveSmallIntegerField(
        _("days to answer an enquiry"), default=14
    )
    enquiry_reminder_days = day_list(
        enquiry_reminders, _("reminders before the last day for an answer")
    )
    expiry_reminder_days = day_list(expiry_reminders, _("reminders before expiry"))
    renewal_reminder_days = day_list(renewal_reminders, _("reminders before the end"))
    grace_reminder_days = day_list(grace_reminders, _("reminders after the end"))
    payment_reminder_days = day_list(
        payment_reminders, _("reminders before the payment window closes")
    )
    agreement_reminder_days = day_list(
        agreement_reminders, _("reminders before an agreement must be signed")
    )

    accrual_ends_on = DayColumn(_("last day of accrual"), null=True, blank=True)
    # On this day all days that no voucher holds are taken off the pools. [DPS21]
    pool_wipe_on = DayColumn(_("day on which free days end"), null=True, blank=True)

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        constraints = [
            dates_in_order("program_ends_in_order"),
            models.CheckConstraint(
                condition=Q(voucher_life_days__gt=0, enrollment_months__gt=0),
                name="program_lengths_are_positive",
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        return self.name

    @property
    def last_day_to_use(self) -> date | None:
        """Return the last day on which vouchers can be made of free days."""
        wiped = self.pool_wipe_on - timedelta(days=1) if self.pool_wipe_on else None
        return earliest([self.creation_ends_on, wiped])

    @property
    def renewal_offsets(self) -> list[int]:
        """List the days before the end on which to remind; negative after it."""
        after = [-days for days in self.grace_reminder_days]
        return [*self.renewal_reminder_days, *after]


def earliest(days: Iterable[date | None]) -> date | None:
    """Return the first of some days, of which any may be open."""
    return min((day for day in days if day is not None), default=None)
