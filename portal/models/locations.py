"""Locations of organizations, and the cities of the world with coordinates."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.models.organizations import Organization, country_name
from portal.names import LINK, ensure_no_link
from portal.tenancy import TenantQuerySet


class Place(models.Model):
    """A city; its key is the name as people type it: lower case, no accents."""

    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=120, verbose_name=_("key"))
    country = models.CharField(_("country"), max_length=2)
    latitude = models.FloatField(verbose_name=_("latitude"))
    longitude = models.FloatField(verbose_name=_("longitude"))
    population = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        indexes = [
            models.Index(fields=["key", "country"], name="place_by_key"),
        ]

    @property
    def country_name(self) -> str:
        return country_name(self.country)

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class LocationQuerySet(TenantQuerySet):
    partner_path = customer_path = "organization"


class Location(models.Model):
    """A place of an organization; vouchers are delivered under one in the country."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="locations",
        verbose_name=_("organization"),
    )
    name = models.CharField(_("name"), max_length=80, validators=[ensure_no_link])
    street = models.CharField(_("street"), max_length=160)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    # Where its city lies, in degrees; nothing where the city is not known to us.
    latitude = models.FloatField(_("latitude"), null=True, blank=True, editable=False)
    longitude = models.FloatField(_("longitude"), null=True, blank=True, editable=False)

    objects = LocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.CheckConstraint(
                condition=~Q(name__iregex=LINK), name="location_name_is_no_link"
            ),
            # A location's name is unique in its company. [LOC]
            models.UniqueConstraint(
                fields=["organization", "name"], name="location_name_is_unique"
            ),
            models.UniqueConstraint(
                fields=["id", "organization"], name="location_of_organization"
            ),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="location_by_place"),
        ]

    audit_sentences = {"location.added": _("added the location")}

    def __str__(self) -> str:
        return _("%(name)s, %(country)s") % {
            "name": self.name,
            "country": self.country_name,
        }

    @property
    def country_name(self) -> str:
        return country_name(self.country)
