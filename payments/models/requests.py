"""A partner's request to be paid for redeemed vouchers.

submitted ─approve▸ approved ─pay▸ paid
submitted ─return_for_correction▸ action required ─resubmit▸ submitted
submitted, action required ─cancel▸ cancelled
"""

import re
from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from engagements.models import Engagement
from portal import clock, text
from portal.fields import DayColumn
from portal.models import Document, Location, Organization, User
from portal.states import guard, move
from portal.tenancy import TenantQuerySet
from vouchers.models import Voucher


class RequestState(models.TextChoices):
    SUBMITTED = "submitted", _("In review")
    ACTION_REQUIRED = "action_required", _("Action required")
    APPROVED = "approved", _("Approved")
    PAID = "paid", _("Paid")
    CANCELLED = "cancelled", _("Cancelled")


LONGEST_KEY = 120
REQUEST_MOVES = [
    ("action_required", "cancelled"),
    ("action_required", "submitted"),
    ("approved", "paid"),
    ("submitted", "action_required"),
    ("submitted", "approved"),
    ("submitted", "cancelled"),
]


def invoice_key(number: str) -> str:
    """Return an invoice number without case and signs: "Inv-7" and "INV 7" are one.

    Signs between digits separate them, whatever sign it is: 2026-1-11 is not 2026-11-1.
    """
    words = re.sub(r"(?<=\d)[\W_]+(?=\d)", "-", text.key(number))
    signs = (sign for sign in words if sign.isalnum() or sign == "-")
    key = re.sub(r"(?<!\d)-|-(?!\d)", "", "".join(signs))
    return key[:LONGEST_KEY]


@guard(_("The invoice is not made yet. It is made within minutes."))
def has_invoice(request: "PaymentRequest") -> bool:
    return request.invoice_id is not None


class PartnerQuerySet(TenantQuerySet):
    partner_path = "partner"


class PaymentRequestQuerySet(PartnerQuerySet):
    def in_state(self, state: str) -> Self:
        """Keep one state; an empty word keeps all."""
        return self.filter(state=state) if state else self.all()

    def for_list(self) -> Self:
        """Everything that one row of the list shows, in one query."""
        return self.select_related("payment")

    def with_details(self) -> Self:
        """Everything that pages of one request need, in one query."""
        return self.select_related("payment", "location", "invoice", "submitted_by")

    def with_invoice(self, partner: Organization, key: str) -> Self:
        """Keep the live requests of a partner with an invoice number."""
        live = self.exclude(state=RequestState.CANCELLED)
        return live.filter(partner=partner, invoice_key=key)


class PaymentRequest(models.Model):
    """One invoice of a partner to the sponsor: one location, one currency."""

    VAT_LENGTH = 20

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="payment_requests",
        verbose_name=_("partner"),
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    state = FSMField(
        _("state"), choices=RequestState, default=RequestState.SUBMITTED, protected=True
    )
    # The partner's own number, and the key of it: one per partner.
    invoice_number = models.CharField(_("your invoice number"), max_length=40)
    # Longer than the number: some letters have capitals of two signs.
    invoice_key = models.CharField(
        max_length=120, editable=False, verbose_name=_("invoice key")
    )
    vat_number = models.CharField(_("VAT number"), max_length=VAT_LENGTH, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    net = models.DecimalField(_("net"), max_digits=15, decimal_places=3)
    tax_rate = models.DecimalField(
        _("tax rate in percent"), max_digits=5, decimal_places=2, default=0
    )
    tax = models.DecimalField(_("tax"), max_digits=15, decimal_places=3)
    total = models.DecimalField(_("total"), max_digits=15, decimal_places=3)
    invoice = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("invoice"),
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    created_at = models.DateTimeField(_("sent at"), default=clock.now, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    due_on = models.DateField(_("to be paid by"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("released by"),
    )
    return_reason = models.TextField(_("reason"), blank=True)

    objects = PaymentRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment request")
        verbose_name_plural = _("payment requests")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values),
                name="request_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(net__gt=0, tax__gte=0, total=F("net") + F("tax")),
                name="request_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lte=100),
                name="request_tax_rate_is_percent",
            ),
            models.CheckConstraint(
                condition=~Q(invoice_key=""), name="request_has_invoice_number"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="request_approved_has_approver",
            ),
            # Two persons: who approves does not release the money.
            models.CheckConstraint(
                condition=~Q(released_by=F("approved_by")),
                name="request_needs_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(released_by__isnull=False),
                name="request_paid_has_releaser",
            ),
            models.UniqueConstraint(
                fields=["partner", "invoice_key"],
                condition=~Q(state="cancelled"),
                name="request_invoice_number_once",
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="request_of_partner"
            ),
        ]
        indexes = [
            models.Index(
                fields=["partner", "-created_at", "-id"], name="request_by_partner"
            ),
            # The few that came back, beside all that were paid.
            models.Index(
                fields=["partner", "id"],
                condition=Q(state=RequestState.ACTION_REQUIRED.value),
                name="request_to_correct",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=REQUEST_MOVES)
        ]

    audit_sentences = {
        "request.submitted": _("sent the payment request"),
        "request.invoiced": _("made the invoice"),
        "request.returned": _("asked for a correction"),
        "request.resubmitted": _("sent the corrected payment request"),
        "request.approved": _("approved the payment request"),
        "request.paid": _("recorded the payment"),
        "request.cancelled": _("cancelled the payment request"),
    }

    def __str__(self) -> str:
        return self.reference

    def url_for(self, organization: Organization) -> str:
        return reverse("payments:detail", args=[organization.slug, self.reference])

    @move(
        source=RequestState.SUBMITTED,
        target=RequestState.APPROVED,
        conditions=[has_invoice],
    )
    def approve(self, *, approver: User, due_on: date) -> None:
        self.approved_by = approver
        self.approved_at = clock.now()
        self.due_on = due_on

    @move(source=RequestState.SUBMITTED, target=RequestState.ACTION_REQUIRED)
    def return_for_correction(self, *, reason: str) -> None:
        self.return_reason = reason

    @move(source=RequestState.ACTION_REQUIRED, target=RequestState.SUBMITTED)
    def resubmit(self) -> None:
        """Send the corrected request; its invoice is made anew."""
        self.return_reason = ""
        self.invoice = None

    @move(
        source=[RequestState.SUBMITTED, RequestState.ACTION_REQUIRED],
        target=RequestState.CANCELLED,
    )
    def cancel(self) -> None:
        """Withdraw the request; its vouchers can be invoiced again."""

    @move(source=RequestState.APPROVED, target=RequestState.PAID)
    def pay(self, *, releaser: User) -> None:
        self.released_by = releaser


class PaymentLineQuerySet(PartnerQuerySet):
    def of(self, request: PaymentRequest) -> Self:
        """Return a request's lines with all that a page shows, in one query."""
        return (
            self.filter(request=request)
            .select_related(
                "voucher__customer",
                "voucher__engagement_type__offering__program",
                "engagement__partner",
                "engagement__lead",
                "engagement__reservation__partner",
                "engagement__voucher__engagement_type__offering__program",
            )
            .order_by("pk")
        )


class PaymentLine(models.Model):
    """One voucher of a payment request: days at a rate."""

    request = models.ForeignKey(
        PaymentRequest,
        on_delete=models.PROTECT,
        related_name="lines",
        verbose_name=_("request"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    voucher = models.ForeignKey(
        Voucher,
        on_delete=models.PROTECT,
        related_name="payment_lines",
        verbose_name=_("voucher"),
    )
    engagement = models.ForeignKey(
        Engagement,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("engagement"),
    )
    days = models.PositiveSmallIntegerField(_("days"))
    rate = models.DecimalField(_("rate per day"), max_digits=11, decimal_places=3)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=3)
    is_live = models.BooleanField(default=True)

    objects = PaymentLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a payment request")
        verbose_name_plural = _("lines of payment requests")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"],
                condition=Q(is_live=True),
                name="line_voucher_in_one_request",
            ),
            models.CheckConstraint(
                condition=Q(amount=F("days") * F("rate")), name="line_amount_is_right"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.voucher}"


class Payment(models.Model):
    """Money that left the sponsor for one payment request."""

    request = models.OneToOneField(
        PaymentRequest,
        on_delete=models.PROTECT,
        related_name="payment",
        verbose_name=_("request"),
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=3)
    currency = models.CharField(_("currency"), max_length=3)
    paid_on = DayColumn(_("paid on"))
    bank_reference = models.CharField(_("bank reference"), max_length=60)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="payment_is_positive"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.amount} {self.currency}"
