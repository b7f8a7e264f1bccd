"""Words that the rules share: dates, and who can mend what."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.roles import Role


def words(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def admin() -> str:
    return str(Role.PARTNER_ADMIN.label)


def consultant() -> str:
    return str(Role.CONSULTANT.label)


def sponsor() -> str:
    return _("Sponsor")
