"""Organizations, their places, and whom they know by name."""

import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Self

import pgtrigger
from babel import Locale
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from portal import clock, text, zones
from portal.names import LINK, ensure_no_link
from portal.roles import Side
from portal.tenancy import TenantQuerySet

# Two letters that ISO keeps for unions and for tests.
NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ"}


def country_choices() -> list[tuple[str, str]]:
    """List ISO 3166 countries with their names in the reader's language."""
    return list(_countries(get_language() or "en").items())


def country_name(code: str) -> str:
    return _countries(get_language() or "en").get(code, code)


@cache
def _countries(language: str) -> dict[str, str]:
    names = Locale.parse(to_locale(language)).territories
    choices = [(str(code), str(name)) for code, name in names.items()]
    countries = [
        (code, name)
        for code, name in choices
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    ]
    return dict(sorted(countries, key=lambda country: place_in_list(country[1])))


# As people write them, beside the names that CLDR lists.
ALIASES = Path(__file__).resolve().parent.parent / "countries.toml"


def country_code(typed: str) -> str | None:
    """Return the country that somebody plainly means, in any of our languages."""
    return _codes().get(_plain_name(typed))


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        for code, name in _countries(language).items():
            codes |= {_plain_name(name): code, _plain_name(code): code}
    aliases = tomllib.loads(ALIASES.read_text())
    return codes | {_plain_name(n): code for code in aliases for n in aliases[code]}


def _plain_name(name: str) -> str:
    apart = unicodedata.normalize("NFKD", text.key(name))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def place_in_list(name: str) -> tuple[bytes, str]:
    """Tell where a name stands: letters without accents, Han by the number of strokes.

    The code Big5 is in the order of strokes, as Taiwan's dictionaries are.
    """
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return plain.encode("big5hkscs", "replace"), name


# As a trigger, not as a check: a copy of the rows can be read in by a server that
# knows fewer zones, and what is to be mended is shown there.
ZONE_IS_KNOWN = """
    IF public.portal_day_in(NEW.time_zone, now()) IS NULL THEN
        RAISE check_violation USING CONSTRAINT = 'organization_zone_is_known',
            MESSAGE = format('%L is no time zone', NEW.time_zone);
    END IF;
    RETURN NEW;
"""


class OrganizationQuerySet(TenantQuerySet):
    partner_path = customer_path = "pk"

    def in_unknown_zones(self) -> Self:
        """Keep those whose time zone is not, or no longer, one that we know."""
        used = self.order_by().values_list("time_zone", flat=True).distinct()
        known = zones.names()
        return self.filter(time_zone__in=[zone for zone in used if zone not in known])

    def customers(self) -> Self:
        return self.filter(kind=Side.CUSTOMER)

    def partners(self) -> Self:
        return self.filter(kind=Side.PARTNER)

    def listed(self) -> Self:
        """Keep the partners of the directory, by name."""
        return self.filter(is_listed=True).order_by("name", "pk")


class Organization(models.Model):
    """A partner or a customer: a tenant of the portal."""

    KINDS = [(Side.PARTNER.value, _("Partner")), (Side.CUSTOMER.value, _("Customer"))]

    name = models.CharField(_("name"), max_length=120, validators=[ensure_no_link])
    slug = models.SlugField(max_length=60, unique=True, verbose_name=_("slug"))
    kind = models.CharField(max_length=10, choices=KINDS, verbose_name=_("kind"))
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=50, default=zones.UTC)
    # A listed partner's name is public: customers choose from these.
    is_listed = models.BooleanField(default=False, verbose_name=_("is listed"))
    created_at = models.DateTimeField(
        default=clock.now, editable=False, verbose_name=_("created at")
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[Side.PARTNER.value, Side.CUSTOMER.value]),
                name="organization_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(is_listed=False) | Q(kind=Side.PARTNER.value),
                name="organization_listed_is_partner",
            ),
            models.CheckConstraint(
                condition=~Q(name__iregex=LINK), name="organization_name_is_no_link"
            ),
            # What memberships tie their roles to.
            models.UniqueConstraint(fields=["id", "kind"], name="organization_of_kind"),
        ]
        indexes = [
            # The directory, by name.
            models.Index(
                fields=["name"],
                condition=Q(is_listed=True),
                name="organization_listed",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="zone_is_known",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("time_zone"),  # type: ignore[no-untyped-call]
                func=ZONE_IS_KNOWN,
            )
        ]

    audit_sentences = {
        "organization.registered": _("registered the company"),
        "organization.opened": _("opened the organization"),
        "organization.moved": _("changed the time zone"),
        "organization.knocked": _("asked to be invited"),
    }

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organization:home", args=[self.slug])

    @property
    def is_partner(self) -> bool:
        return self.kind == Side.PARTNER

    @property
    def is_customer(self) -> bool:
        return self.kind == Side.CUSTOMER

    @property
    def country_name(self) -> str:
        return country_name(self.country)


class Acquaintance(models.Model):
    """One organization knows another's name, because they share a voucher."""

    organization = models.ForeignKey(
        Organization,
        on_delete=models.CASCADE,
        related_name="acquaintances",
        verbose_name=_("organization"),
    )
    known = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "known"], name="acquaintance_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} knows {self.known}"


def introduce(organization: Organization, *others: Organization) -> None:
    """Let an organization and others see each other's names; safe to repeat."""
    pairs = [(organization, other) for other in others]
    pairs += [(other, organization) for other in others]
    Acquaintance.objects.bulk_create(
        [Acquaintance(organization=reader, known=known) for reader, known in pairs],
        ignore_conflicts=True,
    )
