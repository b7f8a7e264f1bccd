"""Organizations, people and actors."""

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from portal import clock
from portal.actors import Member, Staff
from portal.models import (
    AdminRecovery,
    Domain,
    FilePurpose,
    Invitation,
    Location,
    Membership,
    Organization,
    Place,
    Reason,
    TableExport,
    TemporaryFile,
    Topic,
    User,
)
from portal.places import key_of
from portal.roles import Role


class UserFactory(DjangoModelFactory):
    """A person whose e-mail address is verified; the password is ``pass-phrase``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n:05}")
    password = factory.django.Password("pass-phrase")

    @factory.post_generation
    def verified(self, create, extracted, **kwargs):
        if extracted is not False:
            EmailAddress.objects.create(
                user=self, email=self.email, verified=True, primary=True
            )


class StaffFactory(UserFactory):
    """Somebody who works at the sponsor."""

    is_staff = True


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n:05}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    country = "DE"


class PartnerFactory(OrganizationFactory):
    kind = "partner"
    name = factory.Sequence(lambda n: f"Partner {n:05}")


class CustomerFactory(OrganizationFactory):
    kind = "customer"
    name = factory.Sequence(lambda n: f"Customer {n:05}")


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = Location

    organization = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Office {n:05}")
    street = "High Street 1"
    city = "Munich"
    country = "DE"


class PlaceFactory(DjangoModelFactory):
    """A city under its own name."""

    class Meta:
        model = Place

    name = "Munich"
    key = factory.LazyAttribute(lambda o: key_of(o.name))
    country = "DE"
    latitude = 48.137
    longitude = 11.575
    population = 1_505_005


class MembershipFactory(DjangoModelFactory):
    """A partner admin, unless told otherwise."""

    class Meta:
        model = Membership

    person = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(PartnerFactory)
    organization_kind = factory.SelfAttribute("organization.kind")
    roles = [Role.PARTNER_ADMIN]


class DomainFactory(DjangoModelFactory):
    """A verified mail domain of an organization."""

    class Meta:
        model = Domain

    organization = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"company{n:05}.example")
    verified_at = factory.LazyFunction(clock.now)


class AdminRecoveryFactory(DjangoModelFactory):
    """A colleague who asks to become admin, and waits for the sponsor."""

    class Meta:
        model = AdminRecovery

    organization = factory.SubFactory(PartnerFactory)
    person = factory.SubFactory(UserFactory)
    explanation = "Our admin has left."


class ReasonFactory(DjangoModelFactory):
    class Meta:
        model = Reason

    topic = Topic.ENROLLMENT
    code = factory.Sequence(lambda n: f"reason-{n:05}")
    label = factory.Sequence(lambda n: f"Reason {n:05}")
    advice = "Mend it."


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    organization = factory.SubFactory(PartnerFactory)
    email = factory.Sequence(lambda n: f"guest{n}@example.com")
    roles = [Role.PARTNER_ADMIN]
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    invited_by = factory.SubFactory(UserFactory)


class TemporaryFileFactory(DjangoModelFactory):
    class Meta:
        model = TemporaryFile

    organization = factory.SubFactory(CustomerFactory)
    person = factory.SubFactory(UserFactory)
    purpose = FilePurpose.EXPORT
    name = "vouchers.xlsx"
    size = 10


class TableExportFactory(DjangoModelFactory):
    """A workbook that was asked for."""

    class Meta:
        model = TableExport

    organization = factory.SubFactory(CustomerFactory)
    person = factory.SubFactory(UserFactory)
    source = "vouchers"
    name = "vouchers.xlsx"
    language = "en"
    zone = "UTC"


def actor_of(organization, *roles):
    """Return a new person of an organization as an actor in these roles."""
    return Member.of(MembershipFactory(organization=organization, roles=list(roles)))


def staff_actor(*duties):
    """Return a new person of the sponsor as an actor with these duties."""
    person = StaffFactory()
    person.groups.set([Group.objects.get_or_create(name=duty)[0] for duty in duties])
    return Staff.of(person)
