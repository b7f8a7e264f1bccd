"""What the directory searches of a published profile."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models.profiles import BusinessProfile
from portal.models import Organization
from portal.tenancy import TenantQuerySet


class DirectoryEntryQuerySet(TenantQuerySet):
    partner_path = "partner"


class DirectoryEntry(models.Model):
    """The words by which customers find a published profile.

    Name, cities, skills, tags in every language and description, spelled as they are
    looked up (``portal.places.key_of``).
    """

    profile = models.OneToOneField(
        BusinessProfile, on_delete=models.CASCADE, related_name="entry"
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("partner"),
    )
    words = models.TextField()

    objects = DirectoryEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("directory entry")
        verbose_name_plural = _("directory entries")
        indexes = [
            GinIndex(
                fields=["words"],
                opclasses=["gin_trgm_ops"],
                # A list of pending words would be read whole by each search.
                fastupdate=False,
                name="entry_by_words",
            ),
        ]

    def __str__(self) -> str:
        return str(self.profile)
