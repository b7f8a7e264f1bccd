"""Vouchers and entries of the ledger as tables that people take away.

Words of choices are looked up once for a whole file. Rows come from the database as
they are written, in one statement and the order of the list: the latest first.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, CharField, DateField, F, Func, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from enrollment.models import EngagementType
from portal import zones
from portal.actors import Actor
from portal.models.organizations import country_choices
from portal.spreadsheets.tables import ListTable
from vouchers.models import Account, State
from vouchers.models.ledger import EntryType

CHUNK = 2_000
WIDTHS = [16, 24, 32, 28, 8, 20, 14, 28, 28, 24, 14, 14, 14]
LEDGER_WIDTHS = [12, 20, 12, 32, 18, 8, 20, 20, 40]


def headings() -> list[str]:
    return [
        _("Number"),
        _("Label"),
        _("Engagement type"),
        _("Offering"),
        _("Days"),
        _("Country of delivery"),
        _("State"),
        _("Customer"),
        _("Partner"),
        _("Project manager"),
        _("Created"),
        _("Last day"),
        _("Redeemed"),
    ]


def table(rows: QuerySet, actor: Actor) -> Iterator[tuple[Any, ...]]:
    """Return the cells of each voucher, in the order of the headings."""
    types, countries = words_of_types(), dict(country_choices())
    states = {str(value): str(word) for value, word in State.choices}
    zone = zone_of(actor)
    columns = rows.order_by("-created_at", "-id").values_list(
        "number",
        "label",
        "engagement_type_id",
        "days",
        "country",
        "state",
        "customer__name",
        "partner__name",
        sql_name_of("project_manager"),
        sql_day_of("created_at", zone),
        "expires_on",
        sql_day_of("redeemed_at", zone),
    )
    for number, label, kind, days, country, state, *rest in columns.iterator(CHUNK):
        words = (*types[kind], days, countries.get(country, country), states[state])
        yield (number, label, *words, *rest)


def words_of_types() -> dict[int, tuple[str, str]]:
    """Return each engagement type with its offering, by id."""
    types = EngagementType.objects.select_related("offering")
    return {
        engagement_type.pk: (str(engagement_type), str(engagement_type.offering))
        for engagement_type in types
    }


def sql_name_of(person: str) -> Case:
    """Say in SQL how a person is called: by name, or else by address."""
    return Case(
        When(**{f"{person}__name": ""}, then=F(f"{person}__email")),
        default=F(f"{person}__name"),
        output_field=CharField(),
    )


def sql_day_of(moment: str, zone: str) -> Cast:
    """Say in SQL on which day a moment was, by the clocks of a time zone."""
    return Cast(Func(Value(zone), F(moment), function="timezone"), DateField())


def ledger_headings() -> list[str]:
    return [
        _("Date"),
        _("Agreement"),
        _("Program"),
        _("What happened"),
        _("Voucher"),
        _("Days"),
        pgettext("account of days", "from"),
        pgettext("account of days", "to"),
        _("Note"),
    ]


def ledger_table(entries: QuerySet, actor: Actor) -> Iterator[tuple[Any, ...]]:
    """Return the cells of each entry, in the order of the headings."""
    kinds = {str(value): str(word) for value, word in EntryType.choices}
    accounts = {str(value): str(word) for value, word in Account.choices}
    columns = entries.order_by("-created_at", "-id").values_list(
        sql_day_of("created_at", zone_of(actor)),
        "agreement__licensing_id",
        "agreement__program__code",
        "kind",
        "voucher__number",
        "days",
        "source",
        "target",
        "note",
    )
    for day, *pool, kind, number, days, source, target, note in columns.iterator(CHUNK):
        ways = accounts[source], accounts[target]
        yield day, *pool, kinds[kind], number, days, *ways, note


def zone_of(actor: Actor) -> str:
    """Return the zone in which an actor's dates are written, by a name for SQL."""
    return (
        zones.known_name(actor.organization.time_zone)
        if actor.organization
        else zones.UTC
    )


VOUCHERS = ListTable(gettext_lazy("Vouchers"), headings, table, WIDTHS)
LEDGER = ListTable(gettext_lazy("Ledger"), ledger_headings, ledger_table, LEDGER_WIDTHS)
