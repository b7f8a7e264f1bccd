"""Fields that several forms share."""

from django import forms


class DateInput(forms.DateInput):
    """The browser's own calendar; without one, a date as year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
