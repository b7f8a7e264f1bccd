"""The menu of an organization's pages: names of addresses, so no imports."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from portal.actors import Member
from portal.findings import Text
from portal.roles import Side

MENU = {
    Side.PARTNER: [
        (_("Overview"), "organization:home"),
        (_("Enrollment"), "enrollment:overview"),
        (_("Consultants"), "enrollment:consultants"),
        (_("Vouchers"), "vouchers:index"),
        (_("Engagements"), "engagements:index"),
        (_("Enquiries"), "enrollment:enquiries"),
        (_("Payments"), "payments:index"),
        (_("Company"), "organization:company"),
    ],
    Side.CUSTOMER: [
        (_("Overview"), "organization:home"),
        (_("Entitlement"), "vouchers:entitlement"),
        (_("Vouchers"), "vouchers:index"),
        (_("Engagements"), "engagements:index"),
        (_("Partners"), "directory:index"),
        (_("Enquiries"), "enrollment:enquiries"),
        (_("Company"), "organization:company"),
    ],
}


@dataclass(frozen=True)
class Item:
    """One line of the menu."""

    title: Text
    url: str
    is_current: bool


def navigation_for(actor: Member, path: str) -> list[Item]:
    """Return the menu of the actor's side, the page at ``path`` marked."""
    slug = actor.organization.slug
    lines = [(title, address(name, slug)) for title, name in MENU[actor.kind]]
    home = lines[0][1]
    above = [url for _title, url in lines if url and path.startswith(url)]
    # Every page lies below the overview, and enquiries below the enrollment.
    current_url = max((url for url in above if url != home), key=len, default=path)
    return [Item(title, url, url == current_url) for title, url in lines if url]


@lru_cache(5000)
def address(name: str, slug: str) -> str:
    """Return the address of a page; nothing where the portal runs without its app."""
    for args in ([slug], []):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return ""
