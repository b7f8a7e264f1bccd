"""Cities of the world with their coordinates, to measure distances."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.organizations import country_name


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
