"""Who works at the sponsor: told on the server, since nobody may do it to oneself."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.urls import reverse

from portal import clock, mail
from portal.errors import Refused
from portal.models import User
from portal.tenancy import acting_for_all


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
