"""How people are told of many vouchers: one mail each, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from portal import clock, mail
from portal.actors import Member
from portal.models import Organization, User
from portal.models.organizations import introduce
from portal.services import people_with
from vouchers.models import Voucher
from vouchers.services.people import HOLDERS

# More numbers than these are read in the list behind the link.
MOST_LISTED = 100
Pairs = Iterable[tuple[Any, Voucher]]


@dataclass(frozen=True)
class Done:
    """A voucher that a deed was done to, and who had it before."""

    voucher: Voucher
    manager: User | None
    partner: Organization | None

    @property
    def party(self) -> tuple[Voucher, int | None, int | None, int | None]:
        """Give the voucher with all who may read of the deed."""
        before = self.partner.pk if self.partner else None
        return self.voucher, self.voucher.customer_id, self.voucher.partner_id, before


def tell_assigned(done: Sequence[Done], *, by: Member) -> None:
    """Tell the project managers and partners that get vouchers, and who had them."""
    tell_recalled([each for each in done if each.voucher.partner != each.partner])
    tell_managers(done, by=by)
    gained = [
        (each.voucher.partner, each.voucher)
        for each in done
        if each.voucher.partner not in (None, each.partner)
    ]
    for partner, vouchers in _grouped(gained):
        introduce(vouchers[0].customer, partner)
        _tell_partner("voucher-assigned-partner", partner, vouchers)


def tell_managers(done: Sequence[Done], *, by: Member) -> None:
    """Tell project managers of vouchers that somebody else gave them."""
    gained = [
        (each.voucher.project_manager, each.voucher)
        for each in done
        if each.voucher.project_manager not in (each.manager, by.person)
    ]
    for manager, vouchers in _grouped(gained):
        customer = vouchers[0].customer
        _tell("voucher-assigned-manager", [manager], vouchers, customer)


def tell_recalled(done: Sequence[Done]) -> None:
    """Tell partners of vouchers that are theirs no more."""
    lost = [(each.partner, each.voucher) for each in done if each.partner]
    for partner, vouchers in _grouped(lost):
        _tell_partner("voucher-recalled", partner, vouchers)


def tell_handed_over(done: Sequence[Done], *, by: Member) -> None:
    """Tell the next project manager, and partners whom to ask from now on."""
    tell_managers(done, by=by)
    theirs = [(each.voucher.partner, each.voucher) for each in done if each.partner]
    for partner, vouchers in _grouped(theirs):
        _tell_partner("voucher-manager-changed", partner, vouchers)


def _grouped(pairs: Pairs) -> Iterable[tuple[Any, list[Voucher]]]:
    groups = defaultdict(list)
    for owner, voucher in pairs:
        groups[owner].append(voucher)
    return sorted(groups.items(), key=lambda group: group[0].pk)


def _tell_partner(name: str, partner: Organization, vouchers: list[Voucher]) -> None:
    _tell(name, people_with(partner, *HOLDERS), vouchers, partner)


def _tell(
    name: str, people: list[User], vouchers: list[Voucher], reader: Organization
) -> None:
    """Write one mail to each; a voucher alone is told in its own words."""
    first, key = vouchers[0], clock.now().isoformat()
    sees_it = reader.pk in first.parties
    single = len(vouchers) == 1
    mail.queue_all(
        name if single else f"{name}-many",
        people,
        key=f"{first.number}:{key}",
        voucher=first,
        vouchers=vouchers[:MOST_LISTED],
        count=len(vouchers),
        more=max(0, len(vouchers) - MOST_LISTED),
        path=first.url_for(reader)
        if single and sees_it
        else reverse("vouchers:index", args=[reader.slug]),
    )
