"""What a partner says of itself to customers."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from portal.models import Organization
from portal.tenancy import TenantQuerySet


class BusinessProfileQuerySet(TenantQuerySet):
    partner_path = "partner"


class BusinessProfile(models.Model):
    """A partner's page in the directory from which customers choose."""

    partner = models.OneToOneField(
        Organization, on_delete=models.PROTECT, related_name="business_profile"
    )
    # At most 2,500 characters; a result list shows the first lines. [PROFILE]
    description = models.TextField(
        _("description"), validators=[MaxLengthValidator(2500)]
    )
    website = models.URLField(_("website"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = BusinessProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("business profile")
        verbose_name_plural = _("business profiles")
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("description"), 2500),
                name="profile_description_is_short",
            ),
        ]

    audit_sentences = {
        "profile.published": _("published the business profile"),
        "profile.listed": _("put the company back into the directory"),
        "profile.unlisted": _("took the company out of the directory"),
    }

    def __str__(self) -> str:
        return str(self.partner)
