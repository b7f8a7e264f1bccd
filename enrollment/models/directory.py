"""What the directory searches of a published profile."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Expression, F, FloatField, IntegerField, Q, Value
from django.db.models.functions import (
    ASin,
    Cast,
    Cos,
    Least,
    Power,
    Radians,
    Round,
    Sin,
    Sqrt,
)
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


EARTH_METERS = 6_371_000


@dataclass(frozen=True)
class Circle:
    """Everything within some kilometers of a point, in degrees."""

    latitude: float
    longitude: float
    km: int

    def box(self, path: str) -> Q:
        """Cut out the square around the circle: an index finds what lies in it.

        ``path`` leads to a location, such as ``locations__``.
        """
        turn = self.km * 1000 / EARTH_METERS
        south = self.latitude - degrees(turn)
        north = self.latitude + degrees(turn)
        rows = Q(**{f"{path}latitude__gte": south, f"{path}latitude__lte": north})
        if south <= -90 or north >= 90:
            # Around a pole every longitude is near.
            return rows
        reach = degrees(asin(sin(turn) / cos(radians(self.latitude))))
        return rows & _longitude_between(
            path, self.longitude - reach, self.longitude + reach
        )

    def meters_to(self, path: str) -> Expression:
        """Measure the distance to a location, by the haversine formula."""
        own_latitude = radians(self.latitude)
        latitude = Radians(F(f"{path}latitude"))
        north = Sin((latitude - Value(own_latitude)) / 2.0)
        east = Sin(Radians(F(f"{path}longitude") - Value(self.longitude)) / 2.0)
        square = Power(north, 2) + Value(cos(own_latitude)) * Cos(latitude) * Power(
            east, 2
        )
        # Rounding may carry the square beyond one, of which there is no arc sine.
        half = ASin(Sqrt(Least(Value(1.0), square)))
        meters = Value(2.0 * EARTH_METERS) * half
        rounded: Expression = Cast(
            Round(meters, output_field=FloatField()), IntegerField()
        )
        return rounded


def _longitude_between(path: str, west: float, east: float) -> Q:
    """Return the condition of longitudes between two, across the date line too."""
    longitude = f"{path}longitude"
    if west < -180:
        return Q(**{f"{longitude}__gte": west + 360}) | Q(**{f"{longitude}__lte": east})
    if east > 180:
        return Q(**{f"{longitude}__gte": west}) | Q(**{f"{longitude}__lte": east - 360})
    return Q(**{f"{longitude}__gte": west, f"{longitude}__lte": east})
