"""Giving a voucher to a project manager and a partner, and taking it back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import and_

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from enrollment.eligibility import engine
from enrollment.eligibility.rules import last_days
from portal import clock
from portal.actors import Member
from portal.findings import Refused, refuse_unless
from portal.models import Membership, Organization, User
from portal.registry import count_of
from portal.services import people as people_services
from portal.tenancy import reading_directory
from vouchers.models import State, Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.services import notifications, roles, states
from vouchers.services.states import Vouchers


@dataclass(frozen=True)
class Assignee:
    """To whom a voucher goes."""

    project_manager: User
    partner: Organization | None = None


# To one, or each voucher to its own by its number.
Assignees = Assignee | Mapping[str, Assignee]


class AssignmentOperation(states.SharedAnswers):
    """Assigns vouchers to their people."""

    def __init__(self, to: Assignees) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        to = self.to if isinstance(self.to, Assignee) else self.to[voucher.number]
        manager, partner = to.project_manager, to.partner
        kind, country = voucher.engagement_type_id, voucher.country
        states.ensure_move(voucher, "assign")
        self.ask(kind, lambda: ensure_after_last_day(voucher))
        ensure_new_assignment(voucher, manager, partner)
        self.ask(("person", manager), lambda: ensure_manager(voucher, manager))
        if partner is not None:
            where = kind, country, partner
            self.ask(where, lambda: ensure_partner(voucher, partner))
        voucher.assign(project_manager=manager, partner=partner)


class HandOverOperation(states.SharedAnswers):
    """Puts another project manager in the place of one."""

    def __init__(self, to: User) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        if voucher.state not in HANDED_OVER:
            raise Refused(_("Only an assigned or reserved voucher is handed over."))
        if voucher.project_manager_id == self.to.pk:
            raise Refused(_("The voucher is assigned to them already."))
        self.ask(self.to, lambda: ensure_manager(voucher, self.to))
        voucher.project_manager = self.to


HANDED_OVER = [State.ASSIGNED, State.RESERVED]


def assign(vouchers: Vouchers, to: Assignees, *, by: Member) -> int:
    """Return vouchers to project managers and, when named, to partners.

    Without a partner any eligible one can reserve it by number and e-mail. Only those
    for whom something changed are told. Returns their number. Raises ``Refused`` when
    one of them cannot go to its people; then none does.
    """
    act = AssignmentOperation(to)
    with states.move_vouchers(vouchers, act, "voucher.assigned", by=by) as done:
        notifications.notify_assigned(done, by=by)
    return len(done)


def recall(vouchers: Vouchers, *, by: Member) -> int:
    """Take assignments back before a partner reserves; returns their number."""
    with states.move_vouchers(
        vouchers, Voucher.recall, "voucher.recalled", by=by
    ) as done:
        notifications.notify_recalled(done)
    return len(done)


def hand_over(
    vouchers: Vouchers, to: User, *, expected: int | None = None, by: Member
) -> int:
    """Put another project manager in the place of one; returns the number of vouchers.

    Reserved vouchers stay reserved: their partner is told whom to ask. Raises
    ``Refused`` when they are not as many as were ``expected``.
    """
    act = HandOverOperation(to)
    with states.move_vouchers(vouchers, act, "voucher.handed_over", by=by) as done:
        if expected not in (None, len(done)):
            raise Refused(
                _(
                    "This page named %(named)s vouchers; now it would be %(count)s."
                    " Nothing was done. Look at them, and send this once more if you"
                    " still want it."
                )
                % {"named": expected, "count": len(done)}
            )
        notifications.notify_handed_over(done, by=by)
    return len(done)


def ensure_after_last_day(voucher: Voucher) -> None:
    today = clock.today(voucher.customer.time_zone)
    offering = voucher.engagement_type.offering
    refuse_unless(last_days.ASSIGNMENT.finding(offering, today))


def ensure_new_assignment(
    voucher: Voucher, manager: User, partner: Organization | None
) -> None:
    same = voucher.project_manager == manager and voucher.partner == partner
    if voucher.state == State.ASSIGNED and same:
        raise Refused(_("The voucher is assigned to them already."))


def ensure_manager(voucher: Voucher, person: User) -> None:
    if person not in people_services.people_with(voucher.customer, *roles.MANAGERS):
        raise Refused(
            _("%(name)s is not a project manager of your organization.")
            % {"name": person},
            field="project_manager",
        )


def ensure_partner(voucher: Voucher, partner: Organization) -> None:
    """Raise ``Refused`` unless the partner could deliver the voucher today, there."""
    kind, country = voucher.engagement_type, voucher.country
    if engine.keep_eligible([partner], [kind], country=country):
        return
    # The customer learns that it cannot be, not what is in the partner's files.
    raise Refused(
        _(
            "%(partner)s cannot deliver “%(type)s” in %(country)s at present."
            " Choose another partner."
        )
        % {
            "partner": partner,
            "type": voucher.engagement_type,
            "country": voucher.country_name,
        },
        field="partner",
    )


# So many partners are judged at once: more than a form shows.
JUDGED_AT_ONCE = 25


def partners_for(*vouchers: Voucher) -> QuerySet[Organization]:
    """Return the partners that the directory lists for each of these, by name.

    They have a place where each is delivered. To be read as ``reading_directory``.
    """
    listed = [
        engine.partners_listed_for(voucher.engagement_type, country=voucher.country)
        for voucher in one_of_each_kind(vouchers)
    ]
    return reduce(and_, listed) if listed else Organization.objects.none()


def eligible_partners(
    partners: QuerySet[Organization], vouchers: Iterable[Voucher]
) -> Iterator[Organization]:
    """Yield those of the ``partners_for`` vouchers that could deliver each today.

    They are judged as they are asked for: whoever shows twenty judges no thousand.
    """
    types = {voucher.engagement_type for voucher in vouchers}
    for start in count(0, JUDGED_AT_ONCE):
        with reading_directory():
            some = list(partners[start : start + JUDGED_AT_ONCE])
            able = engine.keep_eligible(some, types)
        yield from able
        if len(some) < JUDGED_AT_ONCE:
            return


def one_of_each_kind(vouchers: Iterable[Voucher]) -> list[Voucher]:
    """Return one voucher of each engagement type and country of delivery."""
    kinds = {
        (voucher.engagement_type_id, voucher.country): voucher for voucher in vouchers
    }
    return list(kinds.values())


def managers_for(voucher: Voucher) -> list[User]:
    """List the customer's people to whom a voucher can be given, by name."""
    members = people_services.people_with(voucher.customer, *roles.MANAGERS)
    return sorted(members, key=lambda person: (person.name, person.pk))


def managers_of(customer: Organization) -> QuerySet[User]:
    """Return the people of a customer to whom vouchers can be given, by name."""
    members = people_services.people_with(customer, *roles.MANAGERS)
    people = User.objects.filter(pk__in=[person.pk for person in members])
    return people.order_by("name", "pk")


def open_work(by: Member) -> list[tuple[User, int, bool]]:
    """List who manages assigned and reserved vouchers, and how many.

    Each comes with whether they are still here; who has left comes first.
    """
    managers = {manager.pk for manager in managers_of(by.organization)}
    work = [
        (person, count, person.pk in managers)
        for person, count in counts_by_manager(in_work(by))
    ]
    return sorted(work, key=lambda line: line[2])


def left_behind(by: Member) -> QuerySet[User]:
    """Return the people who have left and still manage vouchers, with how many.

    Their number, ``in_work``, is counted as far as the overview tells it.
    """
    former_members = Membership.objects.visible_to(by).filter(
        Q(is_active=False) | Q(person__is_active=False)
    )
    own_work = in_work(by).filter(project_manager=OuterRef("pk"))
    people = User.objects.filter(
        Exists(own_work), pk__in=former_members.values("person")
    )
    return people.annotate(in_work=count_of(own_work)).order_by("name", "pk")


def counts_by_manager(vouchers: VoucherQuerySet) -> list[tuple[User, int]]:
    """Count vouchers by project manager, by name."""
    groups = vouchers.values_list("project_manager").annotate(Count("pk"))
    counts = dict(groups.order_by())
    people = User.objects.filter(pk__in=counts).order_by("name", "pk")
    return [(person, counts[person.pk]) for person in people]


def in_work(by: Member) -> VoucherQuerySet:
    """Return the vouchers whose project manager can change."""
    own_vouchers: VoucherQuerySet = Voucher.objects.visible_to(by)
    return own_vouchers.filter(state__in=HANDED_OVER)


def work_of(person: User, *, by: Member) -> VoucherQuerySet:
    """Return the vouchers that somebody else can take over from a person."""
    return in_work(by).filter(project_manager=person)
