"""Words that the rules share: dates, and who can mend what."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.eligibility.days import Days
from portal.roles import Role


def words(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def admin() -> str:
    return str(Role.PARTNER_ADMIN.label)


def consultant() -> str:
    return str(Role.CONSULTANT.label)


def sponsor() -> str:
    return _("Sponsor")


def dated(days: Days, day: date) -> dict[str, Any]:
    """Tell a finding whether it holds on a day, and since and until when it is so."""
    since, until = days.around(day)
    return {"holds": day in days, "since": since, "until": until}
