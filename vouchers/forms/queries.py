"""Which vouchers and which entries of the ledger a list shows."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, Filter

from enrollment.models import EngagementType
from portal.forms import CountryField
from portal.lists import (
    ChoiceFilter,
    ChoicesFilter,
    DayFilter,
    ListFilter,
    MomentFilter,
)
from portal.models import Organization, User
from portal.roles import Side
from vouchers.models import CustomerAgreement, State
from vouchers.models.ledger import EntryType, LedgerQuerySet
from vouchers.models.queries import VoucherQuerySet

# A choice of a whole offering is told from one of its types by this.
WHOLE = "offering:"
# What stands in the panel that opens on demand.
PANEL = [
    *("what", "country", "party", "person"),
    *("created_from", "created_until", "last_from", "last_until", "suspended"),
]
SUSPENDED = [
    ("", _("Suspended or not")),
    ("yes", _("Suspended")),
    ("no", _("Not suspended")),
]


def engagements() -> Iterator[tuple[str, Any]]:
    """Return every engagement type under its offering, which is a choice too."""
    yield "", _("Any engagement type")
    types = EngagementType.objects.select_related("offering")
    in_order = types.order_by("offering__code", "name")
    for offering, alike in groupby(in_order, key=attrgetter("offering")):
        label = _("All of %(offering)s") % {"offering": offering.code}
        choices = [
            (engagement_type.slug, str(engagement_type)) for engagement_type in alike
        ]
        yield str(offering), [(f"{WHOLE}{offering.code}", label), *choices]


class CountryFilter(Filter):
    field_class = CountryField


class VoucherFilter(ListFilter):
    """Which vouchers a list shows."""

    ranges = (("created_from", "created_until"), ("last_from", "last_until"))

    q = CharFilter(label=_("Number or label"), max_length=80, method="search")
    state = ChoicesFilter("state", label=_("State"), choices=State.choices)
    what = ChoiceFilter(label=_("Engagement type"), choices=[], method="of_type")
    country = CountryFilter(
        "country", label=_("Country of delivery"), empty_label=_("Any country")
    )
    party = CharFilter(label=_("Partner"), max_length=120, method="with_party")
    person = CharFilter(
        label=_("Project manager"),
        max_length=120,
        help_text=_("A part of the name or of the e-mail address."),
        method="of_person",
    )
    created_from = MomentFilter("created_at", "gte", label=_("Created from"))
    created_until = MomentFilter("created_at", "lte", label=_("Created until"))
    last_from = DayFilter("expires_on", "gte", label=_("Last day from"))
    last_until = DayFilter("expires_on", "lte", label=_("Last day until"))
    suspended = ChoiceFilter(
        label=_("Suspended"), choices=SUSPENDED, method="standing_still"
    )

    def __init__(
        self, address: QueryDict, vouchers: VoucherQuerySet, *, side: Side
    ) -> None:
        super().__init__(address, vouchers)
        self.side = side
        if side == Side.PARTNER:
            self.filters["party"].label = _("Customer")
        if self.is_open:
            # Read once, however often the field asks for them.
            self.filters["what"].extra["choices"] = list(engagements())

    @property
    def is_open(self) -> bool:
        """Tell whether the panel is open."""
        return "more" in self.data or any(map(self.data.get, PANEL))

    @property
    def states(self) -> list[tuple[str, Any, bool]]:
        """Return each state with its word, and whether the list shows it."""
        words = self.data.getlist("state")
        return [(value, word, value in words) for value, word in State.choices]

    @property
    def panel(self) -> list[forms.BoundField]:
        return [self.form[name] for name in PANEL]

    def search(self, rows: VoucherQuerySet, _name: str, typed: str) -> VoucherQuerySet:
        return rows.matching(typed)

    def of_type(self, rows: VoucherQuerySet, _name: str, word: str) -> VoucherQuerySet:
        # By number: the catalogue is small, the planner then knows how many there are.
        if word.startswith(WHOLE):
            code = word.removeprefix(WHOLE)
            types = EngagementType.objects.filter(offering__code=code)
        else:
            types = EngagementType.objects.filter(slug=word)
        return rows.filter(engagement_type__in=types)

    def with_party(
        self, rows: VoucherQuerySet, _name: str, typed: str
    ) -> VoucherQuerySet:
        party = "customer" if self.side == Side.PARTNER else "partner"
        return rows.filter(**{f"{party}__in": _organizations(typed)})

    def of_person(
        self, rows: VoucherQuerySet, _name: str, typed: str
    ) -> VoucherQuerySet:
        return rows.filter(project_manager__in=_people(typed))

    def standing_still(
        self, rows: VoucherQuerySet, _name: str, word: str
    ) -> VoucherQuerySet:
        return rows.filter(suspended_at__isnull=word == "no")


class LedgerFilter(ListFilter):
    """Which entries the ledger shows."""

    ranges = (("created_from", "created_until"),)

    kind = ChoiceFilter(
        "kind",
        label=_("What happened"),
        choices=[("", _("Everything")), *EntryType.choices],
    )
    agreement = ChoiceFilter(label=_("Agreement"), method="of_agreement")
    created_from = MomentFilter("created_at", "gte", label=_("From"))
    created_until = MomentFilter("created_at", "lte", label=_("Until"))

    def __init__(
        self,
        address: QueryDict,
        entries: LedgerQuerySet,
        *,
        agreements: Iterable[CustomerAgreement],
    ) -> None:
        super().__init__(address, entries)
        self.agreements = by_word(agreements)
        named = [
            (word, agreement.in_full) for word, agreement in self.agreements.items()
        ]
        choices = [("", _("All agreements")), *named]
        self.filters["agreement"].extra["choices"] = choices

    def of_agreement(
        self, entries: LedgerQuerySet, _name: str, word: str
    ) -> LedgerQuerySet:
        return entries.filter(agreement=self.agreements[word].pk)


def by_word(agreements: Iterable[CustomerAgreement]) -> dict[str, CustomerAgreement]:
    """Return the agreements by the word that stands for each in an address.

    It is the licensing ID; of two with the same one, the later has its program beside
    it, so that an address that was kept goes on to mean what it meant.
    """
    agreements_by_word: dict[str, CustomerAgreement] = {}
    for agreement in sorted(agreements, key=attrgetter("pk")):
        word = agreement.licensing_id
        agreements_by_word[
            f"{word}:{agreement.program.code}" if word in agreements_by_word else word
        ] = agreement
    return agreements_by_word


def _organizations(typed: str) -> Any:
    """Find organizations by a part of their name, among those that may be known."""
    return Organization.objects.filter(name__icontains=typed.strip())


def _people(typed: str) -> Any:
    part = typed.strip()
    return User.objects.filter(Q(name__icontains=part) | Q(email__icontains=part))
