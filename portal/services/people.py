"""People: where each works, who may do what, in which language we write."""

from portal.models import Membership, Organization, User
from portal.tenancy import acting_as_person, also_for


def speak(language: str, *, to: User) -> None:
    """Write to a person in this language from now on."""
    User.objects.filter(pk=to.pk).update(language=language)


def places_of(person: User) -> list[Membership]:
    """List where a person may work, by name."""
    with acting_as_person(person.pk):
        mine = Membership.objects.active().filter(person=person)
        named = mine.select_related("organization")
        return list(named.order_by("organization__name"))


def people_with(organization: Organization, *roles: str) -> list[User]:
    """List the people of an organization who hold one of the roles."""
    with also_for(organization.pk):
        members = Membership.objects.with_role(*roles).filter(
            organization=organization, person__is_active=True
        )
        return [member.person for member in members.select_related("person")]


def staff_with(*duties: str) -> list[User]:
    """List the sponsor's people who hold one of the duties."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return list(staff.filter(groups__name__in=duties).distinct())
