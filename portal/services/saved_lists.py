"""Addresses of lists that a person keeps; a private matter, so not on record."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.actors import Member
from portal.findings import Refused
from portal.models import SavedAddress
from portal.models.saved_lists import MOST_SAVED


def save_address(page: str, name: str, query: str, *, by: Member) -> SavedAddress:
    """Keep what a list shows under a name; raises ``Refused`` for one that is taken."""
    addresses = SavedAddress.objects.visible_to(by).filter(person=by.person)
    taken_places = set(addresses.values_list("place", flat=True))
    free = next((n for n in range(1, MOST_SAVED + 1) if n not in taken_places), None)
    if free is None:
        raise Refused(
            _("You have %(most)s saved lists already. Remove one first.")
            % {"most": MOST_SAVED},
            field="name",
        )
    row = SavedAddress(
        organization=by.organization,
        person=by.person,
        page=page,
        name=name,
        query=query,
        place=free,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_sentence(error), field="name") from error
    return row


def _sentence(error: IntegrityError) -> str:
    if "saved_address_name_is_unique" in str(error):
        return _("You have a saved list of this name already. Choose another name.")
    # Another window of the same person took the place meanwhile.
    return _("You saved another list at the same moment. Try again.")


def remove_address(pk: int, *, by: Member) -> bool:
    """Remove a list that the person keeps; tells whether there was one."""
    addresses = SavedAddress.objects.visible_to(by).filter(person=by.person)
    count, _kinds = addresses.filter(pk=pk).delete()
    return count > 0
