"""The menu of an organization's pages: names of addresses, so no imports."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from portal.actors import Actor
from portal.findings import Text
from portal.roles import Kind

MENU = {
    Kind.PARTNER: [
        (_("Overview"), "organization:home"),
        (_("Enrollment"), "enrollment:overview"),
        (_("Vouchers"), "vouchers:index"),
        (_("Engagements"), "engagements:index"),
        (_("Payments"), "payments:index"),
        (_("Company"), "organization:company"),
    ],
    Kind.CUSTOMER: [
        (_("Overview"), "organization:home"),
        (_("Entitlement"), "vouchers:entitlement"),
        (_("Vouchers"), "vouchers:index"),
        (_("Engagements"), "engagements:index"),
        (_("Company"), "organization:company"),
    ],
}


@dataclass(frozen=True)
class Item:
    """One line of the menu."""

    title: Text
    url: str
    is_current: bool


def navigation_for(actor: Actor, path: str) -> list[Item]:
    """Give the menu of the actor's side, the page at ``path`` marked."""
    assert actor.organization is not None, "a page of an organization"
    slug = actor.organization.slug
    lines = [(title, address(name, slug)) for title, name in MENU[actor.kind]]
    home = lines[0][1]
    return [
        Item(title, url, path == url or (url != home and path.startswith(url)))
        for title, url in lines
        if url
    ]


def address(name: str, slug: str) -> str:
    """Give the address of a page; nothing where the portal runs without its app."""
    try:
        return reverse(name, args=[slug])
    except NoReverseMatch:
        return ""
