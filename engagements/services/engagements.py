"""What the apps below may know of engagements, by names in settings."""

from collections.abc import Iterable

from django.db.models import Count

from engagements.models import Engagement


def delivered_by(partners: Iterable[int]) -> dict[int, int]:
    """Count the engagements that each partner has delivered and reported."""
    reported = Engagement.objects.reported().filter(partner__in=list(partners))
    counts = reported.values_list("partner").annotate(number=Count("pk"))
    return dict(counts.order_by("partner"))
