"""Reserved vouchers that a partner could no longer deliver."""

from collections.abc import Collection, Iterator
from datetime import date

from portal.models import Organization
from portal.waiting import Waiting
from vouchers.models import State, Voucher

# More than these are found in the list of vouchers.
MOST = 50


def at_risk(
    organization: Organization, engagement_types: Collection[int], after: date
) -> Iterator[Waiting]:
    """Give the reserved vouchers of lost engagement types that end after a date."""
    held = Voucher.objects.for_list().filter(
        partner=organization,
        state=State.RESERVED,
        engagement_type__in=engagement_types,
        expires_on__gt=after,
    )
    for each in held.order_by("expires_on", "pk")[:MOST]:
        yield Waiting(
            f"{each.number}: {each.engagement_type}",
            each.url_for(organization),
            str(each.customer),
            each.expires_on,
        )
