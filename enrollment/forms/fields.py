"""Fields that several forms share."""

from portal.forms import DateInput

__all__ = ["DateInput"]
