"""What of this app hangs on people: engagements to lead, vouchers still to begin."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from functools import cache, partial

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagements.models import Engagement, EngagementState
from engagements.services import notifications
from enrollment.eligibility import engine, facts
from enrollment.eligibility.facts import Extent, Facts
from enrollment.eligibility.rules import last_days
from enrollment.models import Program
from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.clock import Deadline
from portal.db import lock_row
from portal.findings import Finding, Refused, unmet_findings
from portal.models import Organization, User
from portal.registry import OpenWork, Waiting
from portal.roles import Role
from portal.services import people
from vouchers.models import Reservation, State, Voucher
from vouchers.models.queries import VoucherQuerySet
from vouchers.services import reservations, suspension

# What the voucher of an engagement is held against and told with.
AT_HAND = ("customer", "project_manager", "engagement_type")

# More than these are found in the list of vouchers.
MOST = 50


def work_of(
    person: User, organization: Organization, after: date
) -> Iterator[OpenWork]:
    """Return the scheduled engagements that a person leads beyond a date."""
    led = Engagement.objects.scheduled().filter(
        partner=organization, lead=person, ends_on__gt=after
    )

    @cache
    def facts_in(program: Program) -> Facts:
        return facts.facts_of(organization, program, Extent(for_delivery=True))

    for engagement in led.with_details().order_by("starts_on", "pk"):
        program = engagement.voucher.engagement_type.offering.program

        def check(
            lead: User, engagement: Engagement = engagement, program: Program = program
        ) -> list[Finding]:
            kind = engagement.voucher.engagement_type
            return engine.check_lead(
                facts_in(program), kind, lead, engagement.starts_on
            )

        yield OpenWork(
            title=f"{engagement.voucher.number}: {engagement.voucher.engagement_type}",
            url=engagement.url_for(organization),
            detail=str(engagement.customer),
            due_on=Deadline(engagement.ends_on, organization.time_zone),
            check=check,
            hand_over=partial(_give, engagement),
        )


def _give(engagement: Engagement, lead: User, by: Member) -> None:
    give_lead(engagement, lead=lead, by=by)


def at_risk(
    organization: Organization, engagement_types: Collection[int], after: date
) -> Iterator[Waiting]:
    """Return the reserved vouchers of lost types whose work has not begun by a date.

    What has begun keeps the competency and the lead of its first day.
    """
    to_come = Q(
        engagement__state=EngagementState.SCHEDULED, engagement__starts_on__gt=after
    )
    reserved = Reservation.objects.live().filter(
        Q(engagement=None) | to_come,
        partner=organization,
        voucher__state=State.RESERVED,
        voucher__engagement_type__in=engagement_types,
        voucher__expires_on__gt=after,
    )
    reservations_shown = reserved.select_related("voucher__engagement_type", "customer")
    for reservation in reservations_shown.order_by("voucher__expires_on", "pk")[:MOST]:
        yield Waiting(
            f"{reservation.voucher.number}: {reservation.voucher.engagement_type}",
            reservation.voucher.url_for(organization),
            str(reservation.customer),
            Deadline(reservation.voucher.expires_on, reservation.customer.time_zone),
        )


def check_report(engagement: Engagement, facts: Facts | None = None) -> list[Finding]:
    """Judge what filing the completion report needs, besides what is typed."""
    findings = check_delivery(engagement, facts)
    return [suspension.moves_on(engagement.voucher), *findings]


def check_redemption(engagement: Engagement) -> list[Finding]:
    """Judge what redeeming needs, besides the report itself."""
    facts = engine.facts_for(engagement.partner, engagement.voucher.engagement_type)
    return [on_standing(facts), *check_report(engagement, facts)]


def on_standing(facts: Facts) -> Finding:
    return engine.check_standing(facts, facts.today)


def ensure_standing(voucher: Voucher, facts: Facts) -> None:
    """Raise ``Refused`` while the sponsor suspends the voucher, or its partner."""
    suspension.ensure_standstill(voucher)
    finding = on_standing(facts)
    if not finding.holds:
        raise Refused(_("Your company's enrollment is suspended."), [finding])


def schedule(
    voucher: Voucher, *, starts_on: date, ends_on: date, lead: User, by: Member
) -> Engagement:
    """Plan the engagement of a reserved voucher, both days included."""
    by.must_be(*notifications.DELIVERERS)
    with lock_row(voucher, at_hand=AT_HAND) as current:
        notifications.ensure_own(current, by)
        if current.state != State.RESERVED:
            raise Refused(_("Only a reserved voucher can be scheduled."))
        live = Reservation.objects.live().select_related("engagement")
        reservation = live.get(voucher=current)
        reservation.partner = by.organization
        facts = engine.facts_for(reservation.partner, current.engagement_type)
        ensure_standing(current, facts)
        if hasattr(reservation, "engagement"):
            raise Refused(_("The engagement is scheduled already. Change its dates."))
        engagement = Engagement(
            reservation=reservation,
            voucher=current,
            customer=current.customer,
            partner=reservation.partner,
            lead=lead,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        ensure_dates(engagement)
        ensure_lead(engagement, lead, facts)
        engagement.save()
        entry = record(
            "engagement.scheduled", engagement, by=by, parties=engagement.parties
        )
        notifications.notify_customer("engagement-scheduled", engagement, entry)
        return engagement


def move_dates(
    engagement: Engagement, *, starts_on: date, ends_on: date, by: Member
) -> None:
    """Change the days of an engagement that is not reported yet [PSTRAIN]."""
    by.must_be(*notifications.DELIVERERS)
    with lock_row(engagement) as current:
        notifications.ensure_own(current.voucher, by)
        if current.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its dates."))
        if (current.starts_on, current.ends_on) == (starts_on, ends_on):
            return
        current.starts_on, current.ends_on = starts_on, ends_on
        ensure_dates(current)
        facts = engine.facts_for(current.partner, current.voucher.engagement_type)
        ensure_lead_certified(current, facts, "starts_on")
        current.save()
        entry = record("engagement.moved", current, by=by, parties=current.parties)
        notifications.notify_customer("engagement-scheduled", current, entry)


def ensure_dates(engagement: Engagement) -> None:
    """Raise ``Refused``, beside its field, unless the days fit the voucher.

    The voucher is reserved before the engagement begins [PS-PROC], and everything
    happens within its life [DPS21].
    """
    voucher, zone = engagement.voucher, engagement.partner.time_zone
    reserved_on = clock.day_of(engagement.reservation.reserved_at, zone)
    if engagement.starts_on < reserved_on:
        raise Refused(
            _(
                "The voucher was reserved on %(day)s: the engagement cannot begin"
                " before that day."
            )
            % {"day": date_format(reserved_on)},
            field="starts_on",
        )
    if engagement.ends_on < engagement.starts_on:
        raise Refused(_("The last day is before the first day."), field="ends_on")
    if engagement.ends_on > voucher.expires_on:
        raise Refused(
            _(
                "The voucher expires on %(day)s: the engagement must end, and the"
                " voucher be redeemed, by that day."
            )
            % {"day": date_format(voucher.expires_on)},
            field="ends_on",
        )
    ensure_after_last_day(engagement)
    ensure_long_enough(engagement)


def ensure_after_last_day(engagement: Engagement) -> None:
    """Raise ``Refused`` when the work would end too late for its voucher [DPS21]."""
    offering = engagement.voucher.engagement_type.offering
    last_day = offering.last_day_to_redeem
    if last_day and engagement.ends_on > last_day:
        raise Refused(
            _(
                "Vouchers can be redeemed until %(day)s: the engagement must end, and"
                " the voucher be redeemed, by that day."
            )
            % {"day": date_format(last_day)},
            [last_days.REDEMPTION.finding(offering, engagement.ends_on)],
            field="ends_on",
        )


def ensure_long_enough(engagement: Engagement) -> None:
    length = (engagement.ends_on - engagement.starts_on).days + 1
    if length < engagement.voucher.days:
        raise Refused(
            _(
                "The voucher is for %(days)s days of work; from the first to the last"
                " day there are only %(length)s."
            )
            % {"days": engagement.voucher.days, "length": length},
            field="ends_on",
        )


def check_delivery(engagement: Engagement, facts: Facts | None = None) -> list[Finding]:
    """Judge lead and competency on the first day: what a report and redeeming need.

    What the reservation promised holds, whatever has become of it.
    """
    facts = facts or engine.facts_for(
        engagement.partner, engagement.voucher.engagement_type
    )
    return _on_delivery(engagement, facts)


def check_all(engagements: Iterable[Engagement]) -> list[Finding]:
    """Judge engagements of one partner; facts are loaded once for each program."""

    @cache
    def facts_in(partner: Organization, program: Program) -> Facts:
        return facts.facts_of(partner, program, Extent(for_delivery=True))

    return [
        finding
        for engagement in engagements
        for finding in _on_delivery(
            engagement, facts_in(engagement.partner, engagement.voucher.program)
        )
    ]


def _on_delivery(engagement: Engagement, facts: Facts) -> list[Finding]:
    reservation = engagement.reservation
    reservation.partner = engagement.partner
    return engine.check_delivery(
        facts,
        engagement.voucher.engagement_type,
        engagement.lead,
        engagement.starts_on,
        reservations.guaranteed_findings(reservation),
    )


def ensure_deliverable(engagement: Engagement, facts: Facts) -> None:
    """Raise ``Refused`` unless it began with a competency and a certified lead."""
    findings = check_delivery(engagement, facts)
    if unmet_findings(findings):
        raise Refused(
            _("On its first day, the engagement did not meet the program's rules."),
            findings,
        )


def ensure_lead(engagement: Engagement, lead: User, facts: Facts) -> None:
    """Raise ``Refused`` unless a colleague may lead the engagement from its start."""
    if lead not in people.people_with(engagement.partner, *Role):
        raise Refused(
            _("%(name)s does not belong to your company.") % {"name": lead},
            field="lead",
        )
    engagement.lead = lead
    ensure_lead_certified(engagement, facts, "lead")


def ensure_lead_certified(engagement: Engagement, facts: Facts, field: str) -> None:
    """Raise ``Refused`` unless the lead is certified on the first day [SEED]."""
    engagement_type = engagement.voucher.engagement_type
    findings = engine.check_lead(
        facts, engagement_type, engagement.lead, engagement.starts_on
    )
    if unmet_findings(findings):
        raise Refused(
            _("%(name)s cannot lead this engagement.") % {"name": engagement.lead},
            findings,
            field=field,
        )


def give_lead(engagement: Engagement, *, lead: User, by: Member) -> None:
    """Let another colleague lead an engagement that is not reported yet."""
    by.must_be(*notifications.DELIVERERS)
    with lock_row(engagement) as current:
        notifications.ensure_own(current.voucher, by)
        if current.state != EngagementState.SCHEDULED:
            raise Refused(_("Only a scheduled engagement can change its lead."))
        if current.lead == lead:
            return
        facts = engine.facts_for(current.partner, current.voucher.engagement_type)
        ensure_lead(current, lead, facts)
        current.save()
        entry = record(
            "engagement.lead_changed", current, by=by, parties=current.parties
        )
        notifications.notify_customer("engagement-lead-changed", current, entry)


LIVE = [EngagementState.SCHEDULED, EngagementState.REPORTED]


def reserved_in_silence(vouchers: VoucherQuerySet, days: int) -> VoucherQuerySet:
    """Keep vouchers reserved more than so many days ago with nothing scheduled."""
    long_ago = clock.now() - timedelta(days=days)
    reserved = vouchers.filter(state=State.RESERVED, reserved_at__lt=long_ago)
    return reserved.exclude(engagements__state__in=LIVE)


def check_silence(voucher: Voucher) -> list[Finding]:
    """Tell for how long a partner has held a voucher without a scheduled engagement.

    For a voucher that nobody holds there is nothing to tell.
    """
    if voucher.state != State.RESERVED:
        return []
    planned = Engagement.objects.filter(voucher=voucher, state__in=LIVE).first()
    assert voucher.reserved_at is not None, "voucher_reserved_has_partner"
    reserved_on = clock.day_on_page(voucher.reserved_at)
    return [
        Finding(
            rule=_("The partner has scheduled the engagement"),
            holds=planned is not None,
            found=_dates_text(planned) if planned else _silence_text(voucher),
            needed=_("A first and a last day, agreed with the customer."),
            since=reserved_on,
            fix=""
            if planned
            else _(
                "Ask the partner. If it does not answer, release the reservation: the"
                " customer is told and can choose another partner."
            ),
            code="silence",
        )
    ]


def _dates_text(engagement: Engagement) -> str:
    return _("From %(first)s to %(last)s.") % {
        "first": date_format(engagement.starts_on),
        "last": date_format(engagement.ends_on),
    }


def _silence_text(voucher: Voucher) -> str:
    assert voucher.reserved_at is not None, "voucher_reserved_has_partner"
    days = (clock.now() - voucher.reserved_at).days
    words = ngettext(
        "Reserved %(days)s day ago; nothing is scheduled.",
        "Reserved %(days)s days ago; nothing is scheduled.",
        days,
    )
    return words % {"days": days}
