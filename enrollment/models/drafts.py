"""What a partner has typed for a business profile and not published yet."""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from enrollment.models.profiles import BusinessProfile
from portal import clock
from portal.models import Document, Organization
from portal.tenancy import TenantQuerySet


class ProfileDraftQuerySet(TenantQuerySet):
    partner_path = "partner"


class ProfileDraft(models.Model):
    """The next version of a profile, which customers do not see.

    Publishing takes it over and ends it. ``tags`` and ``locations`` hold keys, in the
    order in which they are shown.
    """

    profile = models.OneToOneField(
        BusinessProfile, on_delete=models.CASCADE, related_name="draft"
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    logo = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
    description = models.TextField(blank=True, verbose_name=_("description"))
    website = models.CharField(max_length=200, blank=True, verbose_name=_("website"))
    linkedin = models.CharField(max_length=200, blank=True)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    tags = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("tags")
    )
    locations = ArrayField(
        models.BigIntegerField(), default=list, blank=True, verbose_name=_("locations")
    )
    saved_at = models.DateTimeField(default=clock.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = ProfileDraftQuerySet.as_manager()

    # What customers see of a profile, here and there under the same names.
    WORDS = ("description", "website", "linkedin", "skills")
    CHOICES = ("tags", "locations")

    class Meta:
        verbose_name = _("draft of a business profile")
        verbose_name_plural = _("drafts of business profiles")

    def __str__(self) -> str:
        return str(self.profile)

    @classmethod
    def of(cls, profile: BusinessProfile) -> "ProfileDraft":
        """Give the profile's draft, or one that is not kept yet with what is shown."""
        kept = cls._default_manager.filter(profile=profile).first()
        return kept or cls.of_shown(profile)

    @classmethod
    def of_shown(cls, profile: BusinessProfile) -> Self:
        """Give a draft that is not kept, with what the profile shows."""
        return cls(
            profile=profile,
            partner_id=profile.partner_id,
            logo_id=profile.logo_id,
            **{name: getattr(profile, name) for name in cls.WORDS},
            tags=[each.tag_id for each in profile.chosen_tags.all()],
            locations=[each.location_id for each in profile.shown_locations.all()],
        )

    def take_over(self, other: "ProfileDraft", names: Iterable[str]) -> None:
        """Take these parts from another draft."""
        for name in names:
            setattr(self, name, getattr(other, name))

    def says_the_same_as(self, other: "ProfileDraft") -> bool:
        """Tell whether customers would see no difference."""
        words = [*self.WORDS, "locations", "logo_id"]
        return {*self.tags} == {*other.tags} and all(
            getattr(self, name) == getattr(other, name) for name in words
        )
