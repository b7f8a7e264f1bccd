"""Moving the last day of one voucher: by the program's rule, or by the sponsor."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import Program
from enrollment.models.dates import earliest
from enrollment.models.programs import Anchor, Extender
from portal import clock, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import Finding, all_hold
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from vouchers.models import Extension, ExtensionKind, Voucher
from vouchers.models.states import UNUSED, in_time, not_suspended
from vouchers.services.people import MANAGERS, OWNERS, followers

EXTENDERS = {
    Extender.SPONSOR: (),
    Extender.OWNER: OWNERS,
    Extender.MANAGER: MANAGERS,
}


@dataclass(frozen=True)
class Prospect:
    """What an extension by the program's rule would do, and whether it may be."""

    before: date
    until: date
    findings: list[Finding]

    @property
    def is_open(self) -> bool:
        return all_hold(self.findings)


def prospect_of(voucher: Voucher, by: Member) -> Prospect:
    """Hold an extension against the program's rule; changes nothing."""
    offering = voucher.engagement_type.offering
    until = voucher.expires_on + timedelta(days=voucher.program.extension_days)
    limits = [until, longest_life(voucher), offering.last_day_to_redeem]
    found = earliest(limits)
    assert found is not None, "two of the three are dates"
    findings = [
        may_extend(voucher, by),
        is_alive(voucher),
        is_left(voucher),
        within_life(voucher),
        while_it_runs(voucher),
        before_redemption_ends(voucher),
    ]
    return Prospect(voucher.expires_on, max(found, voucher.expires_on), findings)


def extend(voucher: Voucher, *, by: Member) -> Extension:
    """Move a voucher's last day by the days of its program's rule.

    It ends no later than the program's longest life and last day to redeem.
    """
    by.must_be(*MANAGERS)
    with lock_row(voucher) as current:
        prospect = prospect_of(current, by)
        if not prospect.is_open:
            raise Refused(_("This voucher cannot be extended."), prospect.findings)
        reason = _("By the program's rule")
        return move_last_day(
            current, ExtensionKind.RULE, prospect.until, reason=reason, by=by
        )


def extend_by_sponsor(
    voucher: Voucher,
    *,
    days: int | None = None,
    until: date | None = None,
    reason: str,
    by: Staff,
) -> Extension:
    """Move one voucher's last day as an exception, by days or to a date."""
    by.must_be(Duty.PROGRAM_MANAGER)
    if (days is None) == (until is None):
        raise Refused(_("Give either the days or the last day."), field="days")
    if not reason.strip():
        raise Refused(_("Give a reason: both sides read it."), field="reason")
    with acting_for_all(), lock_row(voucher) as current:
        last_day = until or current.expires_on + timedelta(days=days or 0)
        refuse_dead(current)
        refuse_day(current, last_day, "until" if until else "days")
        return move_last_day(
            current, ExtensionKind.SPONSOR, last_day, reason=reason.strip(), by=by
        )


def may_be_extended_by(voucher: Voucher, by: Member) -> bool:
    """Tell whether the program's rule names the actor at all."""
    return by.has(*EXTENDERS[Extender(voucher.program.extended_by)])


def why_not_extended(voucher: Voucher) -> str:
    """Say why no rule extends a voucher as it is; an empty text when one may."""
    finding = is_alive(voucher)
    return "" if finding.holds else str(finding.found)


def refuse_dead(voucher: Voucher) -> None:
    finding = is_alive(voucher)
    if not finding.holds:
        raise Refused(finding.found)


def refuse_day(voucher: Voucher, day: date, field: str) -> None:
    """Raise ``Refused``, beside its field, unless a voucher may last until a date."""
    last = voucher.engagement_type.offering.last_day_to_redeem
    if day <= voucher.expires_on:
        raise Refused(
            _("The voucher lasts until %(day)s already.")
            % {"day": date_format(voucher.expires_on)},
            field=field,
        )
    if last and day > last:
        raise Refused(
            _("Vouchers can be redeemed until %(day)s: no voucher lasts longer.")
            % {"day": date_format(last)},
            field=field,
        )


def move_last_day(
    voucher: Voucher,
    kind: ExtensionKind,
    until: date,
    *,
    reason: str,
    by: Member | Staff,
) -> Extension:
    """Move a locked voucher's last day, write down why, and tell both its sides."""
    # The database moves the day only where it finds why.
    extension = Extension.objects.create(
        voucher=voucher,
        customer=voucher.customer,
        kind=kind,
        before=voucher.expires_on,
        until=until,
        reason=reason[:200],
        extended_by=by.person,
    )
    voucher.expires_on = until
    voucher.save()
    record("voucher.extended", voucher, by=by, parties=voucher.parties, reason=reason)
    for person, path in followers(voucher):
        mail.queue(
            "voucher-extended",
            to=person,
            key=f"{voucher.number}:{until}",
            voucher=voucher,
            before=extension.before,
            until=until,
            reason=reason,
            path=path,
        )
    return extension


def longest_life(voucher: Voucher) -> date:
    """Give the last day that the program's rule can reach for a voucher."""
    program, zone = voucher.program, voucher.customer.time_zone
    from_assignment = program.expiry_anchor == Anchor.ASSIGNED and voucher.assigned_at
    first = clock.day_of(from_assignment or voucher.created_at, zone)
    return first + timedelta(days=program.extended_life_days)


def may_extend(voucher: Voucher, by: Member) -> Finding:
    roles = EXTENDERS[Extender(voucher.program.extended_by)]
    is_own = by.has(*OWNERS) or voucher.project_manager_id == by.person_id
    labels = [str(Role(role).label) for role in roles]
    return Finding(
        rule=_("Who extends"),
        holds=by.has(*roles) and is_own,
        found=str(Extender(voucher.program.extended_by).label),
        needed=_("One of those whom the program names."),
        fix=_("Ask the sponsor.") if not roles else _("Ask one of these colleagues."),
        who=", ".join(labels) or _("Sponsor"),
    )


def is_alive(voucher: Voucher) -> Finding:
    refusals = [
        str(guard.reason)
        for guard in (not_suspended, in_time)
        if not guard(voucher) and voucher.state in UNUSED
    ]
    state = voucher.get_state_display()
    return Finding(
        rule=_("The voucher can still be used"),
        holds=voucher.state in UNUSED and not refusals,
        found=refusals[0]
        if refusals
        else _("Its state: %(state)s.") % {"state": state},
        needed=_("Not used, not cancelled, not expired and not suspended."),
        until=voucher.expires_on if voucher.state in UNUSED else None,
        fix=_("Create another voucher."),
        who=str(Role.BENEFIT_ADMIN.label),
    )


def is_left(voucher: Voucher) -> Finding:
    """Tell whether the program extends a voucher once more."""
    program: Program = voucher.program
    most = program.extensions_most if program.extension_days else 0
    done = voucher.extensions.filter(kind=ExtensionKind.RULE).count()
    words = ngettext(
        "Extended %(done)s time by the program's rule.",
        "Extended %(done)s times by the program's rule.",
        done,
    )
    at_most = ngettext("At most %(most)s time.", "At most %(most)s times.", most)
    return Finding(
        rule=_("How often"),
        holds=done < most,
        found=words % {"done": done},
        needed=at_most % {"most": most},
        fix=_("Ask the sponsor."),
        who=_("Sponsor"),
    )


def within_life(voucher: Voucher) -> Finding:
    last_day = longest_life(voucher)
    return Finding(
        rule=_("How long"),
        holds=voucher.expires_on < last_day,
        found=_("Lasts until %(day)s.") % {"day": date_format(voucher.expires_on)},
        needed=_("By the program's rule until %(day)s at the latest.")
        % {"day": date_format(last_day)},
        fix=_("Ask the sponsor."),
        who=_("Sponsor"),
    )


def while_it_runs(voucher: Voucher) -> Finding:
    agreement = voucher.agreement
    return Finding(
        rule=_("The agreement runs"),
        holds=agreement.is_running(clock.today(voucher.customer.time_zone)),
        found=_("Agreement %(agreement)s runs until %(day)s.")
        % {"agreement": agreement, "day": date_format(agreement.last_day)},
        needed=_("An agreement that has not ended."),
        until=agreement.last_day,
        fix=_("The voucher can be used until its last day; it is not extended."),
    )


def before_redemption_ends(voucher: Voucher) -> Finding:
    last_day = voucher.engagement_type.offering.last_day_to_redeem
    return Finding(
        rule=_("The program goes on"),
        holds=last_day is None or voucher.expires_on < last_day,
        found=_("Vouchers can be redeemed until %(day)s.")
        % {"day": date_format(last_day)}
        if last_day
        else _("The program has no last day to redeem."),
        needed=_("A last day to redeem after the voucher's last day."),
        until=last_day,
        fix=_("No voucher lasts longer than its program."),
    )
