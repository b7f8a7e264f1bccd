"""Mails as their receivers read them."""

from django.db.models import Exists, OuterRef

from portal.delivery import sealed_words
from portal.models import Email, Membership


def words_of(email):
    """Return what a mail says, sealed or not."""
    return email.body or sealed_words(email.key)


def last_mail(**wanted):
    """Return what the newest mail says, to an address if one is named."""
    return words_of(Email.objects.filter(**wanted).order_by("pk").last())


def astray():
    """Return the mails that lead to an organization which their reader never was in."""
    theirs = Membership.objects.filter(
        person=OuterRef("person"), organization__slug=OuterRef("place")
    )
    return Email.objects.exclude(place="").filter(~Exists(theirs))
