"""Fields of forms and models: links to public pages, and days within bounds."""

import re
from datetime import date
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.findings import Refused

LONGEST_LINK = 200
# A word before a colon, unless it is a host before its port.
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
INCOMPLETE = _("Give the whole address of a page, such as https://www.example.com.")


class LinkField(forms.CharField):
    """The address of a public page; with ``site``, of a page there.

    Scripts, files, addresses inside of networks and names or passwords are refused.
    """

    widget = forms.URLInput

    def __init__(self, *, site: str = "", **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.site = site

    def clean(self, value: Any) -> str:
        link: str = super().clean(value)
        if not link:
            return ""
        address = link if SCHEME.match(link) else f"https://{link}"
        parts = _split(address)
        _ensure_web(parts)
        _ensure_public(parts.hostname or "")
        self._must_be_there(parts.hostname or "")
        _ensure_whole(address)
        return address

    def _must_be_there(self, host: str) -> None:
        if self.site and not f".{host}".endswith(f".{self.site}"):
            raise ValidationError(
                gettext("This is not a page of %(site)s.") % {"site": self.site}
            )


def _split(link: str) -> SplitResult:
    try:
        return urlsplit(link)
    except ValueError as error:
        raise ValidationError(INCOMPLETE) from error


def _ensure_web(parts: SplitResult) -> None:
    if parts.scheme not in {"http", "https"}:
        raise ValidationError(
            _("Only links to web pages are taken: they begin with https:// or http://.")
        )
    if "@" in parts.netloc:
        raise ValidationError(
            _("The link has a user name before the @. Give the address without it.")
        )


def _ensure_public(host: str) -> None:
    if "." not in host.strip(".") or _is_number(host):
        raise ValidationError(INCOMPLETE)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _ensure_whole(link: str) -> None:
    if len(link) > LONGEST_LINK:
        raise ValidationError(
            _("The link has %(found)s of %(most)s characters."),
            params={"found": len(link), "most": LONGEST_LINK},
        )
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError as error:
        raise ValidationError(INCOMPLETE) from error


FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)


def check_day(day: date) -> None:
    """Refuse a day outside the bounds; raises ValidationError with a sentence."""
    if not FIRST_DAY <= day <= LAST_DAY:
        bounds = {"first": date_format(FIRST_DAY), "last": date_format(LAST_DAY)}
        raise ValidationError(
            gettext("Type a date from %(first)s to %(last)s; leave “no end” empty.")
            % bounds,
            code="day_out_of_bounds",
        )


def ensure_day(day: date) -> None:
    """Raise Refused, with the same sentence, for a day outside the bounds."""
    try:
        check_day(day)
    except ValidationError as error:
        raise Refused(error.messages[0]) from error


def day_in_address(text: str) -> date | None:
    """Return the day that an address names; nothing where it is none within bounds."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


class DateInput(forms.DateInput):
    """The browser's own calendar; without one, a date as year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        bounds = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        super().__init__(attrs=bounds, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day within bounds."""

    widget = DateInput
    default_validators = [check_day]


class DayColumn(models.DateField):
    """A day that people type: bounded in each form, and in the database."""

    default_validators = [check_day]

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": DayField, **options})

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'"


# What no pool holds, so that a typing mistake is told.
MOST_DAYS = 100_000
# So many are granted now and then: they are asked about once more.
UNUSUAL_DAYS = 1_000


class UnusualDaysForm(forms.Form):
    """A form with ``days``, which asks once more when they are unusually many."""

    are_meant = forms.BooleanField(
        label=gettext_lazy("So many days are meant"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.data.get(self.add_prefix("days"), "")
        self.is_unusual = len(days.lstrip("+-")) <= 20 and is_unusual(days)
        if not self.is_unusual:
            self.fields["are_meant"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        are_meant = data.pop("are_meant", False)
        if data.get("days") and self.is_unusual and not are_meant:
            sentence = gettext(
                "%(days)s days are unusually many. Tick the box if it is so."
            )
            self.add_error("are_meant", sentence % {"days": data["days"]})
        return data


def is_unusual(text: str) -> bool:
    try:
        return abs(int(text)) > UNUSUAL_DAYS
    except ValueError:
        return False
