"""Which vouchers and which entries of the ledger a list shows."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from enrollment.models import EngagementType
from portal.filters import DayField, ListFilter, begin_of, end_of
from portal.forms import CountryField
from portal.models import Organization, User
from portal.roles import Kind as Side
from vouchers.models import CustomerAgreement, State
from vouchers.models.ledger import Kind, LedgerQuerySet
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
CREATED = [
    ("created_from", lambda day: Q(created_at__gte=begin_of(day))),
    ("created_until", lambda day: Q(created_at__lt=end_of(day))),
]
Rule = tuple[str, Callable[[Any], Q]]


class VoucherFilter(ListFilter):
    """Which vouchers a list shows."""

    ranges = (("created_from", "created_until"), ("last_from", "last_until"))

    q = forms.CharField(label=_("Number or label"), max_length=80, required=False)
    state = forms.MultipleChoiceField(
        label=_("State"), choices=State.choices, required=False
    )
    what = forms.ChoiceField(label=_("Engagement type"), required=False)
    country = CountryField(
        label=_("Country of delivery"), empty_label=_("Any country"), required=False
    )
    party = forms.CharField(max_length=120, required=False)
    person = forms.CharField(
        label=_("Project manager"),
        max_length=120,
        required=False,
        help_text=_("A part of the name or of the e-mail address."),
    )
    created_from = DayField(label=_("Created from"))
    created_until = DayField(label=_("Created until"))
    last_from = DayField(label=_("Last day from"))
    last_until = DayField(label=_("Last day until"))
    suspended = forms.ChoiceField(
        label=_("Suspended"), choices=SUSPENDED, required=False
    )

    def __init__(self, address: QueryDict, *, side: Side) -> None:
        super().__init__(address)
        self.side = side
        is_partner = side == Side.PARTNER
        self.fields["party"].label = _("Customer") if is_partner else _("Partner")
        self.is_open = "more" in address or any(map(address.get, PANEL))
        if self.is_open:
            what = self.fields["what"]
            assert isinstance(what, forms.ChoiceField)
            what.choices = list(_engagements())

    @property
    def states(self) -> list[tuple[str, Any, bool]]:
        """Give each state with its word, and whether the list shows it."""
        asked = self.address.getlist("state")
        return [(value, word, value in asked) for value, word in State.choices]

    @property
    def panel(self) -> list[forms.BoundField]:
        return [self[name] for name in PANEL]

    def narrow(self, vouchers: VoucherQuerySet) -> VoucherQuerySet:
        """Keep what was asked for."""
        chosen = self.chosen
        wanted = _all_of(self._rules(), chosen)
        vouchers = vouchers.filter(wanted)
        return vouchers.matching(chosen["q"]) if "q" in chosen else vouchers

    def _rules(self) -> Iterable[Rule]:
        party = "customer" if self.side == Side.PARTNER else "partner"
        return [
            ("state", lambda states: Q(state__in=states)),
            ("what", _is_what),
            ("country", lambda code: Q(country=code)),
            ("party", lambda typed: Q(**{f"{party}__in": _organizations(typed)})),
            ("person", lambda typed: Q(project_manager__in=_people(typed))),
            *CREATED,
            ("last_from", lambda day: Q(expires_on__gte=day)),
            ("last_until", lambda day: Q(expires_on__lte=day)),
            ("suspended", lambda word: Q(suspended_at__isnull=word == "no")),
        ]


class LedgerFilter(ListFilter):
    """Which entries the ledger shows."""

    ranges = (("created_from", "created_until"),)

    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[("", _("Everything")), *Kind.choices],
        required=False,
    )
    agreement = forms.ChoiceField(label=_("Agreement"), required=False)
    created_from = DayField(label=_("From"))
    created_until = DayField(label=_("Until"))

    def __init__(
        self, address: QueryDict, *, agreements: Iterable[CustomerAgreement]
    ) -> None:
        super().__init__(address)
        agreement = self.fields["agreement"]
        assert isinstance(agreement, forms.ChoiceField)
        named = [(each.licensing_id, each.licensing_id) for each in agreements]
        agreement.choices = [("", _("All agreements")), *named]
        self.agreements = {each.licensing_id: each.pk for each in agreements}

    def narrow(self, entries: LedgerQuerySet) -> LedgerQuerySet:
        """Keep what was asked for."""
        rules: Iterable[Rule] = [
            ("kind", lambda kind: Q(kind=kind)),
            ("agreement", lambda name: Q(agreement=self.agreements[name])),
            *CREATED,
        ]
        return entries.filter(_all_of(rules, self.chosen))


def _all_of(rules: Iterable[Rule], chosen: dict[str, Any]) -> Q:
    wanted = Q()
    for name, rule in rules:
        if name in chosen:
            wanted &= rule(chosen[name])
    return wanted


def _is_what(choice: str) -> Q:
    if choice.startswith(WHOLE):
        code = choice.removeprefix(WHOLE)
        # By number: the catalogue is small, the planner then knows how many there are.
        types = EngagementType.objects.filter(offering__code=code)
    else:
        types = EngagementType.objects.filter(slug=choice)
    return Q(engagement_type__in=types)


def _organizations(typed: str) -> Any:
    """Find organizations by a part of their name, among those that may be known."""
    return Organization.objects.filter(name__icontains=typed.strip())


def _people(typed: str) -> Any:
    part = typed.strip()
    return User.objects.filter(Q(name__icontains=part) | Q(email__icontains=part))


def _engagements() -> Iterator[tuple[str, Any]]:
    """Give every engagement type under its offering, which can be chosen as a whole."""
    yield "", _("Any engagement type")
    types = EngagementType.objects.select_related("offering")
    in_order = types.order_by("offering__code", "name")
    for offering, alike in groupby(in_order, key=attrgetter("offering")):
        whole = _("All of %(offering)s") % {"offering": offering.code}
        choices = [(each.slug, str(each)) for each in alike]
        yield str(offering), [(f"{WHOLE}{offering.code}", whole), *choices]
