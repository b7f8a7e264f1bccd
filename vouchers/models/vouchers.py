"""The voucher: a customer's claim to days, with its people and its place."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enrollment.models import EngagementType, Program
from portal import clock
from portal.models import Organization
from portal.models.organizations import country_name
from portal.roles import Side
from portal.tenancy import TenantQuerySet
from vouchers.models.agreements import CustomerAgreement
from vouchers.models.numbers import new_number
from vouchers.models.queries import VoucherQuerySet
from vouchers.models.states import (
    NEXT_STEPS,
    PROMISES,
    TRIGGERS,
    UNUSED,
    WITH_PARTNER,
    State,
    VoucherLife,
    values,
)

# The way from a voucher to its program, by which it is judged.
TYPE = "engagement_type__offering__program"


class BatchQuerySet(TenantQuerySet):
    customer_path = "customer"


class VoucherBatch(models.Model):
    """Several vouchers made at once; the same act sent twice is one batch."""

    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
    )
    # Given out with the form or the preview.
    ticket = models.UUIDField(_("ticket"), unique=True)
    count = models.PositiveIntegerField(_("vouchers"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of vouchers")
        verbose_name_plural = _("batches of vouchers")
        constraints = [
            models.UniqueConstraint(
                fields=["id", "customer"], name="voucher_batch_of_customer"
            ),
        ]

    def __str__(self) -> str:
        return str(self.ticket)


class Voucher(VoucherLife):
    """A customer's claim to a number of planning days with a partner."""

    # Unique below: the field's own way would index it twice.
    number = models.CharField(
        _("number"), max_length=14, default=new_number, editable=False
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
    days = models.SmallIntegerField(_("days"))
    # Reserved, redeemed and paid under a location in this country. [PS-PROC]
    country = models.CharField(_("country of delivery"), max_length=2)
    label = models.CharField(_("label"), max_length=80, blank=True)
    customer = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("customer"),
        db_index=False,
    )
    # The voucher admin: whose e-mail address proves a number. [VVT]
    admin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("voucher admin"),
        db_index=False,
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
        db_index=False,
    )

    # The expired voucher in whose place this one was made.
    reissue_of = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="reissued_as",
        null=True,
        blank=True,
        verbose_name=_("in the place of"),
    )
    batch = models.ForeignKey(
        VoucherBatch,
        on_delete=models.PROTECT,
        related_name="vouchers",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("batch of vouchers"),
    )

    # Lists fetch it along: the last day to redeem of offering and program.
    redeemable_until: date | None

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__in=[1, 3, 5, 10, 15]),
                name="voucher_days_are_a_service_level",
            ),
            *PROMISES,
            models.UniqueConstraint(fields=["number"], name="voucher_number_is_unique"),
            models.UniqueConstraint(
                fields=["id", "customer"], name="voucher_of_customer"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-created_at", "-id"], name="voucher_by_customer"
            ),
            models.Index(
                fields=["partner", "-created_at", "-id"], name="voucher_by_partner"
            ),
            # For those who ask for some states only, however rare these are.
            models.Index(
                fields=["customer", "state", "-created_at", "-id"],
                name="voucher_by_customer_state",
            ),
            models.Index(
                fields=["partner", "state", "-created_at", "-id"],
                condition=Q(partner__isnull=False),
                name="voucher_by_partner_state",
            ),
            # Few are suspended: these two hold nothing else.
            models.Index(
                fields=["customer", "-created_at", "-id"],
                condition=Q(suspended_at__isnull=False),
                name="voucher_suspended_customer",
            ),
            models.Index(
                fields=["partner", "-created_at", "-id"],
                condition=Q(suspended_at__isnull=False),
                name="voucher_suspended_partner",
            ),
            models.Index(
                fields=["expires_on"],
                condition=Q(state__in=values(UNUSED)),
                name="voucher_unused_expiry",
            ),
            # Who manages how many that are under way.
            models.Index(
                fields=["customer", "project_manager"],
                condition=Q(state__in=values([State.ASSIGNED, State.RESERVED])),
                name="voucher_in_work",
            ),
            # What expires first among one party's own, however many it has.
            models.Index(
                fields=["customer", "expires_on", "id"],
                condition=Q(state__in=values(UNUSED)),
                name="voucher_unused_of_customer",
            ),
            models.Index(
                fields=["partner", "expires_on", "id"],
                condition=Q(state__in=values(UNUSED)),
                name="voucher_unused_of_partner",
            ),
        ]
        triggers = TRIGGERS

    # A partner does not learn to whom a voucher went before or after.
    audit_names = {
        "partner": (Side.CUSTOMER, Side.SPONSOR),
        "project_manager": (Side.CUSTOMER, Side.SPONSOR),
    }
    audit_sentences = {
        "voucher.created": _("created the voucher"),
        "voucher.assigned": _("assigned the voucher"),
        "voucher.handed_over": _("gave the voucher to another project manager"),
        "voucher.recalled": _("took the assignment back"),
        "voucher.cancelled": _("cancelled the voucher; its days returned"),
        "voucher.reserved": _("reserved the voucher"),
        "voucher.released": _("released the reservation"),
        "voucher.redeemed": _("redeemed the voucher"),
        "voucher.reversed": _("reversed the redemption"),
        "voucher.paid": _("paid for the voucher"),
        "voucher.expired": _("let the voucher expire: its last day has passed"),
        "voucher.extended": _("moved the last day"),
        "voucher.suspended": _("suspended the voucher"),
        "voucher.reactivated": _("reactivated the voucher"),
        "voucher.reissued": _("made a voucher in the place of an expired one"),
    }

    def __str__(self) -> str:
        return self.number

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @property
    def program(self) -> Program:
        """Return the program, by the catalogue: a partner cannot read the agreement."""
        return self.engagement_type.offering.program

    @property
    def deadline(self) -> date:
        """Return the last day to redeem: its own or, if earlier, its program's."""
        ends = (
            self.redeemable_until
            if "redeemable_until" in self.__dict__
            else self.engagement_type.offering.last_day_to_redeem
        )
        return min(self.expires_on, ends) if ends else self.expires_on

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

    @property
    def is_held(self) -> bool:
        """Tell whether a reservation of it is alive."""
        return self.state in WITH_PARTNER

    def is_held_by(self, partner: Organization) -> bool:
        return self.partner_id == partner.pk and self.is_held

    def url_for(self, organization: Organization) -> str:
        """Return the voucher's page as one of its parties sees it."""
        return reverse("vouchers:detail", args=[organization.slug, self.number])
