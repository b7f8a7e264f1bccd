"""Fields with bounds: a day that people type lies in a lifetime of the program.

The bounds keep a year away from the ends of the calendar, so that no date that is
counted from one overflows: "no end" is an empty field, never 31 December 9999.
"""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import Refused

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)


def check_day(day: date) -> None:
    """Refuse a day outside the bounds; raises ValidationError with a sentence."""
    if not FIRST_DAY <= day <= LAST_DAY:
        bounds = {"first": date_format(FIRST_DAY), "last": date_format(LAST_DAY)}
        raise ValidationError(
            _("Type a date from %(first)s to %(last)s; leave “no end” empty.") % bounds,
            code="day_out_of_bounds",
        )


def refuse_day(day: date) -> None:
    """Raise Refused, with the same sentence, for a day outside the bounds."""
    try:
        check_day(day)
    except ValidationError as error:
        raise Refused(error.messages[0]) from error


def day_in_address(text: str) -> date | None:
    """Give the day that an address names; nothing where it is none within bounds."""
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
        typed = self.data.get(self.add_prefix("days"), "")
        self.is_unusual = len(typed.lstrip("+-")) <= 20 and is_unusual(typed)
        if not self.is_unusual:
            self.fields["are_meant"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        are_meant = typed.pop("are_meant", False)
        if typed.get("days") and self.is_unusual and not are_meant:
            sentence = _("%(days)s days are unusually many. Tick the box if it is so.")
            self.add_error("are_meant", sentence % {"days": typed["days"]})
        return typed


def is_unusual(typed: str) -> bool:
    try:
        return abs(int(typed)) > UNUSUAL_DAYS
    except ValueError:
        return False
