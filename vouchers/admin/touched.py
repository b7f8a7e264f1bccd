"""Files of those whom a retirement plan touches: one row for each organization."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy

from portal.actors import staff_of
from portal.sheets import Form, as_csv, download, seen_by

OF_CUSTOMERS = {
    "name": gettext_lazy("Customer"),
    "country": gettext_lazy("Country"),
    "free": gettext_lazy("Free days"),
    "ended": gettext_lazy("Free days that end unused"),
    "created": gettext_lazy("Vouchers not assigned"),
    "assigned": gettext_lazy("Vouchers assigned"),
    "reserved": gettext_lazy("Vouchers reserved"),
    "held_days": gettext_lazy("Days on vouchers"),
    "at_stake": gettext_lazy("Days at stake"),
}
OF_PARTNERS = {
    "name": gettext_lazy("Partner"),
    "country": gettext_lazy("Country"),
    "reserved": gettext_lazy("Vouchers reserved"),
    "held_days": gettext_lazy("Days on vouchers"),
    "assigned": gettext_lazy("Vouchers assigned"),
    "at_stake": gettext_lazy("Days at stake"),
}


def sheet(
    request: HttpRequest, name: str, columns: dict[str, Any], rows: Iterator[Any]
) -> HttpResponseBase:
    """Send rows as a file, read while it goes out."""
    cells = ([getattr(row, field) for field in columns] for row in rows)
    actor = staff_of(request)
    pieces = seen_by(actor, as_csv(list(columns.values()), cells))
    return download(name, pieces, Form.CSV)
