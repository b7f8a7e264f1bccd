"""What a partner says of itself to customers, one profile for each country."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models.catalogue import CATALOGUE_SENTENCES, EngagementType
from portal import clock
from portal.models import Document, Location, Organization
from portal.tenancy import TenantQuerySet

MOST_LOCATIONS = 5
MOST_SKILLS = 10


class TagKind(models.TextChoices):
    INDUSTRY = "industry", _("Industry")
    PRODUCT = "product", _("Product")
    SERVICE = "service", _("Type of service")
    LANGUAGE = "language", _("Language")
    SIZE = "size", _("Size of customers")


class Tag(models.Model):
    """A word by which customers find partners; the list is the sponsor's."""

    kind = models.CharField(_("kind"), max_length=10, choices=TagKind)
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["kind", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="tag_once"),
            models.CheckConstraint(
                condition=Q(kind__in=TagKind.values), name="tag_kind_is_known"
            ),
        ]

    audit_sentences = CATALOGUE_SENTENCES

    def __str__(self) -> str:
        """Give the tag in the reader's language; the shipped ones are translated."""
        return gettext(self.name)


class BusinessProfileQuerySet(TenantQuerySet):
    partner_path = "partner"

    def published(self) -> "BusinessProfileQuerySet":
        return self.exclude(published_at=None)


class BusinessProfile(models.Model):
    """A partner's page for one country in the directory from which customers choose.

    At most 2,500 characters of description, a logo at most 300 pixels wide, up to five
    official locations. [PROFILE]
    """

    partner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="business_profiles"
    )
    country = models.CharField(_("country"), max_length=2)
    logo = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    description = models.TextField(
        _("description"), validators=[MaxLengthValidator(2500)]
    )
    website = models.URLField(_("website"), blank=True)
    linkedin = models.URLField(_("LinkedIn page"), blank=True)
    skills = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        verbose_name=_("skills and solutions"),
    )
    tags = models.ManyToManyField(Tag, through="ProfileTag", related_name="+")
    locations = models.ManyToManyField(
        Location, through="ProfileLocation", related_name="+"
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = BusinessProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("business profile")
        verbose_name_plural = _("business profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "country"], name="profile_once_a_country"
            ),
            models.UniqueConstraint(
                fields=["id", "partner"], name="profile_of_partner"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("description"), 2500),
                name="profile_description_is_short",
            ),
            models.CheckConstraint(
                condition=Q(skills__len__lte=MOST_SKILLS), name="profile_skills_are_few"
            ),
            models.CheckConstraint(
                condition=(Q(website="") | Q(website__regex="^https?://"))
                & (Q(linkedin="") | Q(linkedin__regex="^https?://")),
                name="profile_links_are_web_links",
            ),
        ]

    audit_sentences = {
        "profile.saved": _("kept the business profile"),
        "profile.published": _("published the business profile"),
        "profile.withdrawn": _("took the business profile back"),
        "profile.listed": _("put the company back into the directory"),
        "profile.unlisted": _("took the company out of the directory"),
    }

    def __str__(self) -> str:
        return f"{self.partner} ({self.country})"


class OfProfileQuerySet(TenantQuerySet):
    partner_path = "partner"


class ProfileTag(models.Model):
    """A tag that a partner has chosen for a profile."""

    profile = models.ForeignKey(
        BusinessProfile, on_delete=models.CASCADE, related_name="chosen_tags"
    )
    partner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")

    objects = OfProfileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "tag"], name="profile_tag_once"),
        ]

    def __str__(self) -> str:
        return str(self.tag)


class ProfileLocation(models.Model):
    """One of up to five locations that a profile shows; the position counts them."""

    profile = models.ForeignKey(
        BusinessProfile, on_delete=models.CASCADE, related_name="shown_locations"
    )
    partner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+"
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    objects = OfProfileQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "location"], name="profile_location_once"
            ),
            models.UniqueConstraint(
                fields=["profile", "position"], name="profile_location_position_once"
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_LOCATIONS),
                name="profile_has_at_most_five_locations",
            ),
        ]

    def __str__(self) -> str:
        return str(self.location)


class ListingQuerySet(TenantQuerySet):
    partner_path = "partner"


class Listing(models.Model):
    """A partner can deliver an engagement type from one date until another.

    What the eligibility engine found, kept so that the directory need not ask it for
    every partner; without an end it holds until something changes.
    """

    partner = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="listings"
    )
    engagement_type = models.ForeignKey(
        EngagementType, on_delete=models.CASCADE, related_name="+"
    )
    until = models.DateField(null=True, blank=True)
    judged_at = models.DateTimeField(default=clock.now)

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "engagement_type"], name="listing_once"
            ),
        ]
        indexes = [
            models.Index(fields=["engagement_type", "until"], name="listing_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.partner}: {self.engagement_type}"
