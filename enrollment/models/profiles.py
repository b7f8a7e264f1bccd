"""Business profiles, their drafts and tags, and what partners can deliver."""

from collections.abc import Iterable
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from enrollment.models.catalogue import EngagementType
from enrollment.models.programs import CATALOGUE_SENTENCES
from portal import clock
from portal.models import Document, Location, Organization, Reason
from portal.models.organizations import country_name
from portal.states import move
from portal.tenancy import TenantQuerySet


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
        """Return the tag in the reader's language; the shipped ones are translated."""
        return gettext(self.name)


# What a profile holds at most. [PROFILE]
LONGEST_DESCRIPTION = 2500
MOST_LOCATIONS = 5
MOST_SKILLS = 10
LONGEST_SKILL = 40


class ProfileState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("profile", "Draft")
    PUBLISHED = "published", pgettext_lazy("profile", "Published")
    RETURNED = "returned", pgettext_lazy("profile", "Returned")


PROFILE_MOVES = [
    ("draft", "published"),
    ("published", "draft"),
    ("published", "returned"),
    ("returned", "published"),
]


class BusinessProfileQuerySet(TenantQuerySet):
    partner_path = "partner"

    def published(self) -> Self:
        return self.filter(state=ProfileState.PUBLISHED)

    def for_list(self) -> Self:
        """Everything that one row of the company's list shows, in one query."""
        changes = ["draft__saved_at", "returned_at", "published_at"]
        return (
            self.select_related("partner", "draft", "reason")
            .annotate(changed_at=Coalesce(*changes))
            .order_by("country")
        )


class BusinessProfile(models.Model):
    """A partner's page for one country in the directory from which customers choose.

    What customers see once it is published; what is typed after that waits in its
    draft. At most 2,500 characters of description, a logo at most 300 pixels wide, up
    to five official locations. [PROFILE]
    """

    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="business_profiles",
        verbose_name=_("partner"),
    )
    country = models.CharField(_("country"), max_length=2)
    state = FSMField(
        _("state"), choices=ProfileState, default=ProfileState.DRAFT, protected=True
    )
    logo = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
    description = models.TextField(
        _("description"),
        blank=True,
        validators=[MaxLengthValidator(LONGEST_DESCRIPTION)],
    )
    website = models.URLField(_("website"), blank=True)
    linkedin = models.URLField(_("LinkedIn page"), blank=True)
    skills = ArrayField(
        models.CharField(max_length=LONGEST_SKILL),
        default=list,
        blank=True,
        verbose_name=_("skills and solutions"),
    )
    tags = models.ManyToManyField(
        Tag, through="ProfileTag", related_name="+", verbose_name=_("tags")
    )
    locations = models.ManyToManyField(
        Location,
        through="ProfileLocation",
        related_name="+",
        verbose_name=_("locations"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    reason = models.ForeignKey(
        Reason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reason"),
    )
    note = models.TextField(_("note"), blank=True)

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
                condition=LessThanOrEqual(Length("description"), LONGEST_DESCRIPTION),
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
            models.CheckConstraint(
                condition=Q(state__in=ProfileState.values),
                name="profile_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False)
                & ~Q(description="")
                | ~Q(state="published") & Q(published_at=None),
                name="profile_published_says_something_since",
            ),
            models.CheckConstraint(
                condition=Q(state="returned", returned_at__isnull=False)
                & Q(reason__isnull=False)
                | ~Q(state="returned") & Q(returned_at=None, reason=None, note=""),
                name="profile_returned_has_reason",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=PROFILE_MOVES)
        ]

    def shown_with(self) -> list[str]:
        """Tell when its draft was kept, which a form changes together with it."""
        drafts: Any = self._meta.get_field("draft").related_model
        moments = drafts.objects.filter(profile=self).values_list("saved_at", flat=True)
        return [moment.isoformat() for moment in moments]

    audit_sentences = {
        "profile.begun": _("began the business profile"),
        "profile.saved": _("kept a draft of the business profile"),
        "profile.discarded": _("threw the draft of the business profile away"),
        "profile.published": _("published the business profile"),
        "profile.withdrawn": _("took the business profile back"),
        "profile.returned": _("returned the business profile"),
        "profile.listed": _("put the company back into the directory"),
        "profile.unlisted": _("took the company out of the directory"),
    }

    def __str__(self) -> str:
        return f"{self.partner} ({self.country})"

    def get_absolute_url(self) -> str:
        return reverse("enrollment:profile", args=[self.partner.slug, self.address])

    @property
    def address(self) -> str:
        """Return the word for its country in addresses."""
        return self.country.lower()

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    @move(source=[*ProfileState], target=ProfileState.PUBLISHED)
    def publish(self) -> None:
        self._forget_return()
        self.published_at = clock.now()

    @move(source=ProfileState.PUBLISHED, target=ProfileState.DRAFT)
    def withdraw(self) -> None:
        self.published_at = None

    @move(source=ProfileState.PUBLISHED, target=ProfileState.RETURNED)
    def return_for_correction(self, *, reason: Reason, note: str) -> None:
        self.published_at = None
        self.returned_at = clock.now()
        self.reason = reason
        self.note = note

    def _forget_return(self) -> None:
        self.returned_at = self.reason = None
        self.note = ""


class OfProfileQuerySet(TenantQuerySet):
    partner_path = "partner"


class ProfileTag(models.Model):
    """A tag that a partner has chosen for a profile."""

    profile = models.ForeignKey(
        BusinessProfile, on_delete=models.CASCADE, related_name="chosen_tags"
    )
    partner = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    tag = models.ForeignKey(
        Tag, on_delete=models.PROTECT, related_name="+", verbose_name=_("tag")
    )

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
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("partner"),
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", verbose_name=_("location")
    )
    position = models.PositiveSmallIntegerField(verbose_name=_("position"))

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
        Organization,
        on_delete=models.CASCADE,
        related_name="listings",
        verbose_name=_("partner"),
    )
    engagement_type = models.ForeignKey(
        EngagementType,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("engagement type"),
    )
    until = models.DateField(null=True, blank=True, verbose_name=_("until"))
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
        """Return the profile's draft, or an unsaved one with what is shown."""
        draft = cls._default_manager.filter(profile=profile).first()
        return draft or cls.of_shown(profile)

    @classmethod
    def of_shown(cls, profile: BusinessProfile) -> Self:
        """Return a draft that is not kept, with what the profile shows."""
        return cls(
            profile=profile,
            partner_id=profile.partner_id,
            logo_id=profile.logo_id,
            **{name: getattr(profile, name) for name in cls.WORDS},
            tags=[tag.tag_id for tag in profile.chosen_tags.all()],
            locations=[
                location.location_id for location in profile.shown_locations.all()
            ],
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
