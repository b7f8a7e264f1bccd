"""The voucher and its life, from creation to payment.

    created ─assign▸ assigned ─reserve▸ reserved ─redeem▸ redeemed ─pay▸ paid
    assigned ─recall▸ created        assigned ─assign▸ assigned
    reserved ─release▸ assigned      redeemed ─reverse▸ reserved
    created, assigned ─cancel▸ cancelled
    created, assigned, reserved ─expire▸ expired

Moves only check and set fields on the row in hand. Saving, locking, the ledger,
recording and telling people are the work of ``vouchers.services``.
"""

from itertools import chain
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models import EngagementType, Program
from portal import clock
from portal.models import Organization
from portal.models.organizations import country_name
from portal.states import move
from portal.tenancy import TenantQuerySet
from vouchers.models.entitlement import CustomerAgreement
from vouchers.models.states import (
    MOVES,
    NEXT_STEPS,
    UNUSED,
    USED,
    WITH_MANAGER,
    WITH_PARTNER,
    State,
    in_time,
    overdue,
    values,
)
from vouchers.numbers import new_number, plain_signs


class VoucherQuerySet(TenantQuerySet):
    partner_path = "partner"
    customer_path = "customer"
    manager_path = "project_manager"

    def unused(self) -> Self:
        return self.filter(state__in=UNUSED)

    def perhaps_overdue(self) -> Self:
        """Keep what is past its date somewhere on earth; the guard decides."""
        return self.unused().filter(expires_on__lt=clock.in_days(1))

    def expiring_soon(self) -> Self:
        """Keep what a reminder may be due for, by the longest ladder of any program."""
        ladders = Program.objects.values_list("expiry_reminder_days", flat=True)
        longest = max(chain.from_iterable(ladders), default=0)
        return self.unused().filter(
            expires_on__gte=clock.in_days(-1),
            expires_on__lte=clock.in_days(longest + 1),
        )

    def matching(self, typed: str) -> Self:
        """Keep the vouchers whose number or label holds what somebody typed."""
        signs = plain_signs(typed)
        groups = "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))
        found = Q(label__icontains=typed.strip())
        return self.filter(found | Q(number__contains=groups) if groups else found)

    def for_list(self) -> Self:
        """Everything that one row of the voucher list shows, in one query."""
        return self.select_related(
            "customer", "partner", "engagement_type__offering", "project_manager"
        )

    def whole(self) -> Self:
        """Everything that deeds and pages of one voucher need, in one query."""
        return self.for_list().select_related(
            "engagement_type__offering__program", "admin"
        )


class Voucher(models.Model):
    """A customer's claim to a number of planning days with a partner."""

    number = models.CharField(
        _("number"), max_length=14, unique=True, default=new_number, editable=False
    )
    agreement = models.ForeignKey(
        CustomerAgreement,
        on_delete=models.PROTECT,
        related_name="vouchers",
        verbose_name=_("agreement"),
    )
    engagement_type = models.ForeignKey(
        EngagementType,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("engagement type"),
    )
    days = models.PositiveSmallIntegerField(_("days"))
    # Reserved, redeemed and paid under a location in this country. [PS-PROC]
    country = models.CharField(_("country of delivery"), max_length=2)
    label = models.CharField(_("label"), max_length=80, blank=True)
    state = FSMField(_("state"), choices=State, default=State.CREATED, protected=True)
    expires_on = models.DateField(_("expires on"))

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    # The voucher admin: whose e-mail address proves a number. [VVT]
    admin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("voucher admin"),
    )
    project_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("project manager"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("partner"),
    )

    created_at = models.DateTimeField(
        _("created at"), default=clock.now, editable=False
    )
    reserved_at = models.DateTimeField(_("reserved at"), null=True, blank=True)
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__in=[1, 3, 5, 10, 15]),
                name="voucher_days_are_a_service_level",
            ),
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="voucher_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=values(WITH_MANAGER))
                | Q(project_manager__isnull=False),
                name="voucher_assigned_has_manager",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=values(WITH_PARTNER))
                | Q(partner__isnull=False, reserved_at__isnull=False),
                name="voucher_reserved_has_partner",
            ),
            models.CheckConstraint(
                condition=Q(state__in=values(USED), redeemed_at__isnull=False)
                | (~Q(state__in=values(USED)) & Q(redeemed_at=None)),
                name="voucher_redeemed_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["id", "customer"], name="voucher_of_customer"
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="voucher_of_partner"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-created_at", "-id"], name="voucher_by_customer"
            ),
            models.Index(
                fields=["partner", "-created_at", "-id"], name="voucher_by_partner"
            ),
            models.Index(
                fields=["expires_on"],
                condition=Q(state__in=values(UNUSED)),
                name="voucher_unused_expiry",
            ),
        ]
        triggers = [pgtrigger.FSM(name="moves", field="state", transitions=MOVES)]

    audit_sentences = {
        "voucher.created": _("created the voucher"),
        "voucher.assigned": _("assigned the voucher"),
        "voucher.recalled": _("took the assignment back"),
        "voucher.cancelled": _("cancelled the voucher; its days returned"),
        "voucher.reserved": _("reserved the voucher"),
        "voucher.released": _("released the reservation"),
        "voucher.redeemed": _("redeemed the voucher"),
        "voucher.reversed": _("reversed the redemption"),
        "voucher.paid": _("paid for the voucher"),
        "voucher.expired": _("let the voucher expire: its last day has passed"),
    }

    def __str__(self) -> str:
        return self.number

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @property
    def program(self) -> Program:
        """Give the program, by the catalogue: a partner cannot read the agreement."""
        return self.engagement_type.offering.program

    @property
    def next_step(self) -> str:
        """Say who is expected to do what with the voucher."""
        if self.state == State.ASSIGNED and self.partner is not None:
            return str(_("%(partner)s reserves it.") % {"partner": self.partner})
        return str(NEXT_STEPS[State(self.state)])

    @property
    def is_unused(self) -> bool:
        return self.state in UNUSED

    @property
    def parties(self) -> list[int | None]:
        return [self.customer_id, self.partner_id]

    def is_held_by(self, partner: Organization) -> bool:
        return self.partner_id == partner.pk and self.state in WITH_PARTNER

    def url_for(self, organization: Organization) -> str:
        """Give the voucher's page as one of its parties sees it."""
        return reverse("vouchers:detail", args=[organization.slug, self.number])

    @move(
        source=[State.CREATED, State.ASSIGNED],
        target=State.ASSIGNED,
        conditions=[in_time],
    )
    def assign(self, *, project_manager: Any, partner: Organization | None) -> None:
        self.project_manager = project_manager
        self.partner = partner

    @move(source=State.ASSIGNED, target=State.CREATED, conditions=[in_time])
    def recall(self) -> None:
        self.project_manager = None
        self.partner = None

    @move(source=State.ASSIGNED, target=State.RESERVED, conditions=[in_time])
    def reserve(self, *, partner: Organization) -> None:
        self.partner = partner
        self.reserved_at = clock.now()

    @move(source=State.RESERVED, target=State.ASSIGNED, conditions=[in_time])
    def release(self) -> None:
        """Open the voucher to any partner again; its expiry does not change [VVT]."""
        self.partner = None
        self.reserved_at = None

    @move(source=State.RESERVED, target=State.REDEEMED, conditions=[in_time])
    def redeem(self) -> None:
        self.redeemed_at = clock.now()

    @move(source=State.REDEEMED, target=State.RESERVED)
    def reverse(self) -> None:
        self.redeemed_at = None

    @move(source=State.REDEEMED, target=State.PAID)
    def pay(self) -> None:
        self.paid_at = clock.now()

    @move(
        source=[State.CREATED, State.ASSIGNED],
        target=State.CANCELLED,
        conditions=[in_time],
    )
    def cancel(self) -> None:
        """Take the voucher back before a partner holds it."""

    @move(source=UNUSED, target=State.EXPIRED, conditions=[overdue])
    def expire(self) -> None:
        """Close a voucher that nobody finished with in time."""
