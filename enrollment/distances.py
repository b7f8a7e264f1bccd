"""How far a location lies from a place: as the crow flies, in SQL."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin

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

EARTH_METRES = 6_371_000


@dataclass(frozen=True)
class Circle:
    """Everything within some kilometres of a point, in degrees."""

    latitude: float
    longitude: float
    km: int

    def box(self, path: str) -> Q:
        """Cut out the square around the circle: an index finds what lies in it.

        ``path`` leads to a location, such as ``locations__``.
        """
        turn = self.km * 1000 / EARTH_METRES
        south = self.latitude - degrees(turn)
        north = self.latitude + degrees(turn)
        rows = Q(**{f"{path}latitude__gte": south, f"{path}latitude__lte": north})
        if south <= -90 or north >= 90:
            # Around a pole every longitude is near.
            return rows
        reach = degrees(asin(sin(turn) / cos(radians(self.latitude))))
        return rows & _between(path, self.longitude - reach, self.longitude + reach)

    def metres_to(self, path: str) -> Expression:
        """Measure the distance to a location, by the haversine formula."""
        here = radians(self.latitude)
        latitude = Radians(F(f"{path}latitude"))
        north = Sin((latitude - Value(here)) / 2.0)
        east = Sin(Radians(F(f"{path}longitude") - Value(self.longitude)) / 2.0)
        square = Power(north, 2) + Value(cos(here)) * Cos(latitude) * Power(east, 2)
        # Rounding may carry the square beyond one, of which there is no arc sine.
        half = ASin(Sqrt(Least(Value(1.0), square)))
        metres = Value(2.0 * EARTH_METRES) * half
        rounded: Expression = Cast(
            Round(metres, output_field=FloatField()), IntegerField()
        )
        return rounded


def _between(path: str, west: float, east: float) -> Q:
    """Keep longitudes between two, of which one may lie beyond the date line."""
    longitude = f"{path}longitude"
    if west < -180:
        return Q(**{f"{longitude}__gte": west + 360}) | Q(**{f"{longitude}__lte": east})
    if east > 180:
        return Q(**{f"{longitude}__gte": west}) | Q(**{f"{longitude}__lte": east - 360})
    return Q(**{f"{longitude}__gte": west, f"{longitude}__lte": east})
