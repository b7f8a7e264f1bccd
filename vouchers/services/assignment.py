"""Giving a voucher to a project manager and a partner, and taking it back."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_fsm import TransitionNotAllowed

from enrollment.eligibility import engine
from enrollment.eligibility.rules import last_days
from portal import clock, mail
from portal.actors import Member
from portal.audit import record, record_all
from portal.db import lock_row, lock_rows, save_rows
from portal.findings import Finding, Refused, refuse_unless, unmet_findings
from portal.models import Membership, Organization, User
from portal.models.organizations import introduce
from portal.registry import count_of
from portal.services import people as people_services
from portal.states import explain, why_not
from portal.tenancy import also_for, reading_directory
from vouchers.models import State, Voucher
from vouchers.models.ledger import EntryType
from vouchers.models.queries import VoucherQuerySet
from vouchers.models.vouchers import TYPE
from vouchers.services import ledger, notifications, roles
from vouchers.services.notifications import Done

# What an assignment is judged by, read with the voucher by its owner.
WITH = ("admin", "customer", TYPE)


def assign(
    voucher: Voucher,
    *,
    project_manager: User,
    partner: Organization | None,
    by: Member,
) -> None:
    """Return a voucher to a project manager and, when named, to a partner.

    Without a partner any eligible one can reserve it by number and e-mail. Only those
    for whom something changed are told.
    """
    by.must_be(*roles.OWNERS)
    ensure_own(voucher, by)
    named = partner.pk if partner else None
    with also_for(*voucher.parties, named), lock_row(voucher, *WITH) as current:
        ensure_assignment(current, project_manager, partner)
        manager_before, partner_before = current.project_manager, current.partner
        current.assign(project_manager=project_manager, partner=partner)
        current.save()
        parties = [*current.parties, partner_before.pk if partner_before else None]
        entry = record("voucher.assigned", current, by=by, parties=parties)
        key = entry.at.isoformat()
        if project_manager not in (manager_before, by.person):
            notify_manager(current, key=key)
        if partner != partner_before:
            notify_partners(current, partner_before, key=key)


def ensure_own(voucher: Voucher, by: Member) -> None:
    """Raise ``Voucher.DoesNotExist`` for another customer's: to others there is none.

    Asked before the scope widens to the voucher's partner.
    """
    if voucher.customer_id != by.organization_id:
        raise Voucher.DoesNotExist


def ensure_assignment(
    voucher: Voucher, manager: User, partner: Organization | None
) -> None:
    """Raise ``Refused``, beside its field, unless a locked voucher may go to them."""
    refusal = why_not(voucher, "assign")
    if refusal:
        raise Refused(refusal)
    ensure_after_last_day(voucher)
    ensure_new_assignment(voucher, manager, partner)
    ensure_manager(voucher, manager)
    if partner is not None:
        ensure_partner(voucher, partner)


def ensure_after_last_day(voucher: Voucher) -> None:
    today = clock.today(voucher.customer.time_zone)
    offering = voucher.engagement_type.offering
    refuse_unless(last_days.AssignmentOpen().finding(offering, today))


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
    today = clock.today(partner.time_zone)
    findings = engine.check(partner, voucher.engagement_type, today, voucher.country)
    if not unmet_findings(findings):
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


def notify_manager(voucher: Voucher, *, key: str) -> None:
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        "voucher-assigned-manager",
        to=voucher.project_manager,
        key=f"{voucher.number}:{key}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
    )


def notify_partners(voucher: Voucher, before: Organization | None, *, key: str) -> None:
    """Tell the partner that gets a voucher, and the one that had it."""
    if before is not None:
        notifications.notify_partner("voucher-recalled", voucher, before, key=key)
    if voucher.partner is not None:
        introduce(voucher.customer, voucher.partner)
        notifications.notify_partner(
            "voucher-assigned-partner", voucher, voucher.partner, key=key
        )


def recall(voucher: Voucher, *, by: Member) -> None:
    """Take an assignment back before a partner reserves."""
    by.must_be(*roles.OWNERS)
    ensure_own(voucher, by)
    with also_for(*voucher.parties), lock_row(voucher, *WITH) as current:
        partner, parties = current.partner, current.parties
        current.recall()
        current.save()
        entry = record("voucher.recalled", current, by=by, parties=parties)
        if partner is not None:
            notifications.notify_partner(
                "voucher-recalled", current, partner, key=entry.at.isoformat()
            )


def partners_for(voucher: Voucher) -> list[Organization]:
    """List the partners in the directory that could deliver a voucher today."""
    with reading_directory():
        return engine.eligible_partners(
            voucher.engagement_type, country=voucher.country
        )


def managers_for(voucher: Voucher) -> list[User]:
    """List the customer's people to whom a voucher can be given, by name."""
    members = people_services.people_with(voucher.customer, *roles.MANAGERS)
    return sorted(members, key=lambda person: (person.name, person.pk))


def managers_of(customer: Organization) -> QuerySet[User]:
    """Return the people of a customer to whom vouchers can be given, by name."""
    members = people_services.people_with(customer, *roles.MANAGERS)
    people = User.objects.filter(pk__in=[person.pk for person in members])
    return people.order_by("name", "pk")


def listed_partners() -> QuerySet[Organization]:
    """Return the partners of the directory, by name."""
    listed = Organization.objects.partners().filter(is_listed=True)
    return listed.order_by("name", "pk")


def eligible_for_all(vouchers: Iterable[Voucher]) -> QuerySet[Organization]:
    """Return the partners that could deliver each of these vouchers today, by name."""
    kinds = {(each.engagement_type_id, each.country): each for each in vouchers}
    able = [{each.pk for each in partners_for(one)} for one in kinds.values()]
    return listed_partners().filter(pk__in=set.intersection(*able) if able else [])


# What an action does to one voucher in hand; it raises its refusal.
Act = Callable[[Voucher], None]
MOVED = ["state", "project_manager", "partner", "assigned_at", "expires_on"]
SHARED = [
    "customer",
    "partner",
    "project_manager",
    "admin",
    "engagement_type__offering__program",
]
HANDED_OVER = [State.ASSIGNED, State.RESERVED]
# So many refusals are told at once.
MOST_TOLD = 20


@dataclass(frozen=True)
class Assignee:
    """To whom a voucher goes."""

    project_manager: User
    partner: Organization | None = None


class SharedAnswers:
    """Questions whose answer holds for many vouchers alike: each is asked once."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, str] = {}

    def refuse(self, question: Hashable, action: Callable[[], None]) -> None:
        """Raise ``Refused`` as the action did when it was asked first."""
        if question not in self.answers:
            self.answers[question] = _why_not(action)
        if self.answers[question]:
            raise Refused(self.answers[question])


class AssignmentOperation(SharedAnswers):
    """Assigns vouchers, each to its own people."""

    def __init__(self, to: Callable[[Voucher], Assignee]) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        to = self.to(voucher)
        manager, partner = to.project_manager, to.partner
        kind, country = voucher.engagement_type_id, voucher.country
        ensure_new_assignment(voucher, manager, partner)
        self.refuse(kind, lambda: ensure_after_last_day(voucher))
        self.refuse(("person", manager), lambda: ensure_manager(voucher, manager))
        if partner is not None:
            where = kind, country, partner
            self.refuse(where, lambda: ensure_partner(voucher, partner))
        voucher.assign(project_manager=manager, partner=partner)


class HandOverOperation(SharedAnswers):
    """Puts another project manager in the place of one."""

    def __init__(self, to: User) -> None:
        super().__init__()
        self.to = to

    def __call__(self, voucher: Voucher) -> None:
        if voucher.state not in HANDED_OVER:
            raise Refused(_("Only an assigned or reserved voucher is handed over."))
        if voucher.project_manager_id == self.to.pk:
            raise Refused(_("The voucher is assigned to them already."))
        self.refuse(self.to, lambda: ensure_manager(voucher, self.to))
        voucher.project_manager = self.to


def recalling(voucher: Voucher) -> None:
    voucher.recall()


def cancelling(voucher: Voucher) -> None:
    voucher.cancel()


def check_each(vouchers: Sequence[Voucher], act: Act) -> dict[int, str]:
    """Try an act on copies: give why, by key, vouchers refuse it; changes nothing."""
    tried = {each.pk: copy(each) for each in vouchers}
    found = {key: _why_not(partial(act, each)) for key, each in tried.items()}
    return {key: reason for key, reason in found.items() if reason}


def _why_not(action: Callable[[], None]) -> str:
    try:
        action()
    except Refused as refusal:
        return str(refusal)
    except TransitionNotAllowed as refusal:
        return explain(refusal)
    return ""


@contextmanager
def _doing(
    chosen: VoucherQuerySet, act: Act, verb: str, *, by: Member
) -> Iterator[list[Done]]:
    """Do an act to all vouchers under their locks, save and record it.

    Raises ``Refused`` with a finding for each voucher to which it cannot be done; then
    it is done to none.
    """
    by.must_be(*roles.OWNERS)
    # What many have in common is fetched and built once, not for each of them.
    with lock_rows(chosen.visible_to(by).prefetch_related(*SHARED)) as current:
        if not current:
            raise Refused(_("None of these vouchers is yours any more: nothing done."))
        done = [Done(each, each.project_manager, each.partner) for each in current]
        reasons = {each.number: _why_not(partial(act, each)) for each in current}
        refused = {number: why for number, why in reasons.items() if why}
        if refused:
            raise _refusal(refused)
        save_rows(current, MOVED)
        record_all(verb, [each.party for each in done], by=by)
        yield done


def _refusal(refused: dict[str, str]) -> Refused:
    sentence = ngettext(
        "Nothing was changed: one of these vouchers refuses it.",
        "Nothing was changed: %(count)s of these vouchers refuse it.",
        len(refused),
    )
    findings = [
        Finding(
            rule=_("Voucher %(number)s") % {"number": number},
            holds=False,
            found=why,
            needed="",
        )
        for number, why in list(refused.items())[:MOST_TOLD]
    ]
    return Refused(sentence % {"count": len(refused)}, findings)


def assign_many(
    chosen: VoucherQuerySet, to: Callable[[Voucher], Assignee], *, by: Member
) -> int:
    """Return vouchers to people, each to its own; gives their number."""
    with _doing(chosen, AssignmentOperation(to), "voucher.assigned", by=by) as done:
        notifications.notify_assigned(done, by=by)
    return len(done)


def recall_many(chosen: VoucherQuerySet, *, by: Member) -> int:
    """Take assignments back before a partner reserves; gives their number."""
    with _doing(chosen, recalling, "voucher.recalled", by=by) as done:
        notifications.notify_recalled(done)
    return len(done)


def cancel_many(chosen: VoucherQuerySet, *, by: Member) -> int:
    """Take vouchers back; their days return to their pools. Gives their number."""
    with _doing(chosen, cancelling, "voucher.cancelled", by=by) as done:
        ledger.move_days(EntryType.RETURNED, *[each.voucher for each in done])
        notifications.notify_recalled(done)
    return len(done)


def hand_over(
    chosen: VoucherQuerySet, to: User, *, expected: int | None = None, by: Member
) -> int:
    """Put another project manager in the place of one; gives the number of vouchers.

    Reserved vouchers stay reserved: their partner is told whom to ask. Raises
    ``Refused`` when they are not as many as were ``expected``.
    """
    with _doing(chosen, HandOverOperation(to), "voucher.handed_over", by=by) as done:
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


def open_work(by: Member) -> list[tuple[User, int, bool]]:
    """List who manages assigned and reserved vouchers, and how many.

    Each comes with whether they are still here; who has left comes first.
    """
    here = {each.pk for each in managers_of(by.organization)}
    work = [
        (person, count, person.pk in here) for person, count in counted(in_work(by))
    ]
    return sorted(work, key=lambda each: each[2])


def left_behind(by: Member) -> QuerySet[User]:
    """Return who has left and still manages vouchers, by name, with how many.

    Their number, ``in_work``, is counted as far as the overview tells it.
    """
    gone = Membership.objects.visible_to(by).filter(
        Q(is_active=False) | Q(person__is_active=False)
    )
    theirs = in_work(by).filter(project_manager=OuterRef("pk"))
    people = User.objects.filter(Exists(theirs), pk__in=gone.values("person"))
    return people.annotate(in_work=count_of(theirs)).order_by("name", "pk")


def counted(vouchers: VoucherQuerySet) -> list[tuple[User, int]]:
    """Count vouchers by project manager, by name."""
    groups = vouchers.values_list("project_manager").annotate(Count("pk"))
    counts = dict(groups.order_by())
    people = User.objects.filter(pk__in=counts).order_by("name", "pk")
    return [(each, counts[each.pk]) for each in people]


def in_work(by: Member) -> VoucherQuerySet:
    """Return the vouchers whose project manager can change."""
    mine: VoucherQuerySet = Voucher.objects.visible_to(by)
    return mine.filter(state__in=HANDED_OVER)


def work_of(person: User, *, by: Member) -> VoucherQuerySet:
    """Return the vouchers that somebody else can take over from a person."""
    return in_work(by).filter(project_manager=person)
