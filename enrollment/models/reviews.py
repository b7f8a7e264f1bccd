from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models.enrollments import Enrollment
from portal import clock
from portal.models import Organization, Reason
from portal.tenancy import TenantQuerySet


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
