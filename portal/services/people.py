"""People: their accounts and names, the sponsor's staff, and who holds which role."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, mail
from portal.actors import AccountOwner, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Membership, Organization, User
from portal.roles import Duty
from portal.tenancy import acting_as_person, acting_for, acting_for_all, also_for


def add_staff(email: str, name: str, duties: Iterable[str]) -> User:
    """Let a person work at the sponsor with exactly these duties; safe to repeat.

    The person chooses a password by mail, and sets up a second factor at first sign-in.
    Members of an organization are refused: nobody decides about an own request.
    """
    email = email.strip().lower()
    with acting_for_all():
        person = User.objects.filter(email=email).first()
        if person is not None and person.memberships.filter(is_active=True).exists():
            raise Refused(f"{email} works for an organization: use another address.")
        if person is None:
            person = User.objects.create_user(email, name=name)
        person.is_staff = True
        person.save()
        person.groups.set([Group.objects.get(name=duty) for duty in duties])
        EmailAddress.objects.get_or_create(
            user=person, email=email, defaults={"verified": True, "primary": True}
        )
        mail.queue(
            "staff-added",
            to=person,
            key=clock.now().isoformat(),
            duties=sorted(duties),
            path=reverse("account_reset_password"),
        )
    return person


def close_account(person: User, *, reason: str, by: Staff) -> None:
    """Let a person no longer sign in; a company may lose its last admin by that."""
    by.must_be(Duty.PROGRAM_MANAGER)
    if person == by.person:
        raise Refused(_("Your own account is closed by somebody else."))
    _set_active(person, "person.closed", is_active=False, reason=reason, by=by)


def reopen_account(person: User, *, reason: str, by: Staff) -> None:
    """Let a person sign in again."""
    by.must_be(Duty.PROGRAM_MANAGER)
    _set_active(person, "person.reopened", is_active=True, reason=reason, by=by)


def _set_active(
    person: User, verb: str, *, is_active: bool, reason: str, by: Staff
) -> None:
    with lock_row(person) as current:
        if current.is_active == is_active:
            raise Refused(_("This account is so already."))
        current.is_active = is_active
        current.save(update_fields=["is_active"])
        # Its companies read it in their records: they have to find another admin.
        memberships = Membership.objects.active().filter(person=current)
        parties = memberships.values_list("organization", flat=True)
        record(verb, current, by=by, parties=parties, reason=reason)


def change_name(name: str, *, by: AccountOwner) -> None:
    """Give a person another name from now on; the records keep the one of their day.

    The companies in which the person works read it in their records.
    """
    with acting_as_person(by.person_id):
        memberships = Membership.objects.active().filter(person=by.person)
        companies = list(memberships.values_list("organization_id", flat=True))
    with acting_for(*companies, person=by.person_id), lock_row(by.person) as current:
        if current.name == name:
            return
        current.name = name
        current.save(update_fields=["name"])
        record("person.renamed", current, by=by, parties=companies)


def speak(language: str, *, to: User) -> None:
    """Write to a person in this language from now on."""
    User.objects.filter(pk=to.pk).update(language=language)


def places_of(person: User) -> list[Membership]:
    """List where a person may work, by name."""
    with acting_as_person(person.pk):
        memberships = Membership.objects.active().filter(person=person)
        named = memberships.select_related("organization")
        return list(named.order_by("organization__name"))


def people_with(organization: Organization, *roles: str) -> list[User]:
    """List the people of an organization who hold one of the roles."""
    with also_for(organization.pk, savepoint=False):
        members = Membership.objects.with_role(*roles).filter(
            organization=organization, person__is_active=True
        )
        return [member.person for member in members.select_related("person")]


def people_of(organizations: Collection[int], *roles: str) -> dict[int, list[User]]:
    """List by organization its people who hold one of the roles, in one query."""
    people_by_organization: dict[int, list[User]] = defaultdict(list)
    with also_for(*organizations, savepoint=False):
        members = Membership.objects.with_role(*roles).filter(
            organization__in=organizations, person__is_active=True
        )
        for member in members.select_related("person").order_by("pk"):
            people_by_organization[member.organization_id].append(member.person)
    return people_by_organization


def staff_with(*duties: str) -> list[User]:
    """List the sponsor's people who hold one of the duties."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return list(staff.filter(groups__name__in=duties).distinct())
