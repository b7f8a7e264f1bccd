"""Who has to do with a voucher, and how they are told."""

from collections import defaultdict
from collections.abc import Collection

from django.urls import reverse

from portal import mail
from portal.models import Membership, Organization, User
from portal.roles import Role
from portal.services import people_with
from portal.tenancy import also_for
from vouchers.models import Voucher

# Who at the customer creates vouchers and gives them out.
OWNERS = (Role.BENEFIT_ADMIN,)
# Who at the customer can be given a voucher.
MANAGERS = (Role.PROJECT_MANAGER, Role.BENEFIT_ADMIN)
# Who at the partner is told of vouchers, validates, reserves and releases them.
HOLDERS = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)


def benefit_admins(customers: Collection[int]) -> dict[int, list[User]]:
    """List the benefit admins of many customers, by the customer, in one query."""
    found: dict[int, list[User]] = defaultdict(list)
    with also_for(*customers):
        members = Membership.objects.with_role(*OWNERS).filter(
            organization__in=customers, person__is_active=True
        )
        for member in members.select_related("person").order_by("pk"):
            found[member.organization_id].append(member.person)
    return found


def customer_people(voucher: Voucher) -> list[User]:
    """List who at the customer follows a voucher: its admin and its project manager.

    Who has left is not told; when nobody is left, the benefit admins are.
    """
    own = {voucher.admin_id, voucher.project_manager_id}
    members = people_with(voucher.customer, *MANAGERS)
    followers = [person for person in members if person.pk in own]
    return followers or people_with(voucher.customer, *OWNERS)


def followers(voucher: Voucher) -> list[tuple[User, str]]:
    """List who is told what happens to a voucher, each with the page of their side."""
    own_page = voucher.url_for(voucher.customer)
    own = [(person, own_page) for person in customer_people(voucher)]
    if voucher.partner is None:
        return own
    their_page = voucher.url_for(voucher.partner)
    theirs = people_with(voucher.partner, *HOLDERS)
    return own + [(person, their_page) for person in theirs]


def tell_customer(name: str, voucher: Voucher, *, key: str, **context: object) -> None:
    mail.queue_all(
        name,
        customer_people(voucher),
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
        **context,
    )


def tell_partner(
    name: str, voucher: Voucher, partner: Organization, *, key: str, **context: object
) -> None:
    """Tell a partner of a voucher; who lost it finds the list behind the link."""
    is_theirs = voucher.partner_id == partner.pk
    mail.queue_all(
        name,
        people_with(partner, *HOLDERS),
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(partner)
        if is_theirs
        else reverse("vouchers:index", args=[partner.slug]),
        **context,
    )
