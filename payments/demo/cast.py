"""Who is in the demo: organizations with their places and people."""

from dataclasses import dataclass, field
from functools import cache

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from portal import clock
from portal.actors import Member, Staff
from portal.demo import PASSWORD
from portal.models import Domain, Location, Membership, Organization, User
from portal.places import locate
from portal.roles import Duty, Role, Side

# Secrets of invented people: whoever runs the demo may know them.
BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass
class DemoPlace:
    """An organization of the demo, with its people as actors by first name."""

    organization: Organization
    location: Location
    people: dict[str, Member] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Member:
        return self.people[name]


def partner(name: str, slug: str, country: str, city: str) -> DemoPlace:
    return _place(Side.PARTNER, name, slug, (country, city))


def customer(name: str, slug: str, country: str, city: str) -> DemoPlace:
    return _place(Side.CUSTOMER, name, slug, (country, city))


ZONES = {"DE": "Europe/Berlin", "GB": "Europe/London", "TW": "Asia/Taipei"}


def _place(kind: Side, name: str, slug: str, where: tuple[str, str]) -> DemoPlace:
    country, city = where
    organization = Organization.objects.create(
        name=name,
        slug=slug,
        kind=kind,
        country=country,
        time_zone=ZONES.get(country, "UTC"),
    )
    location = Location(
        organization=organization,
        name="Head office",
        street="1 Station Square",
        city=city,
        country=country,
    )
    locate(location)
    location.save()
    Domain.objects.create(
        organization=organization,
        name=f"{slug}.example",
        verified_at=clock.now(),
    )
    return DemoPlace(organization, location)


def join(place: DemoPlace, name: str, *roles: Role, language: str = "en") -> Member:
    """Give a place a person with these roles; who handles money has a second factor."""
    first = name.split(maxsplit=1)[0].lower()
    address = f"{first}@{place.organization.slug}.example"
    return add_membership(place, make_person(name, address, language), *roles)


def add_membership(place: DemoPlace, person: User, *roles: Role) -> Member:
    """Give a person a membership in a place."""
    membership = Membership.objects.create(
        person=person,
        organization=place.organization,
        organization_kind=place.organization.kind,
        roles=list(roles),
    )
    if membership.needs_second_factor:
        give_code(person)
    actor = Member.of(membership)
    place.people[person.name.split()[0].lower()] = actor
    return actor


def staff(name: str, *duties: Duty) -> Staff:
    """Make somebody at the sponsor, with a second factor."""
    person = make_person(name, f"{name.split(maxsplit=1)[0].lower()}@sponsor.example")
    person.is_staff = True
    person.save()
    person.groups.set(Group.objects.filter(name__in=duties))
    give_code(person)
    return Staff.of(person)


def make_person(name: str, address: str, language: str = "en") -> User:
    person = User.objects.create(
        email=address, name=name, language=language, password=hashed_password()
    )
    EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
    return person


@cache
def hashed_password() -> str:
    """Hash the demo's one password once: it takes most of a second on purpose."""
    return make_password(PASSWORD)


def give_code(person: User) -> None:
    """Let a person pass with codes; the demo's desk shows the current one."""
    shift = person.pk % len(BASE_32)
    secret = BASE_32[shift:] + BASE_32[:shift]
    Authenticator.objects.get_or_create(
        user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": secret}}
    )
