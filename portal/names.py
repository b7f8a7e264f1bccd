"""Names of people, companies and places: they stand in mails to strangers."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What a mail program makes a link of; "Booking.com" alone is a name. PostgreSQL reads
# it too.
LINK = r"://|www\.|mailto:|\.[a-z]{2,}/|@[a-z0-9-]+\.[a-z]{2,}"
FINDS_LINK = re.compile(LINK, re.IGNORECASE)


def ensure_no_link(name: str) -> None:
    """Raise ``ValidationError`` for a name with a link: it would be sent to others."""
    if FINDS_LINK.search(name):
        raise ValidationError(
            _("A name holds no link or address. Type the name alone."), code="link"
        )
