"""Extensions: one voucher's by rule or by the sponsor, or those of an exception."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import Anchor, Extender, Program
from enrollment.models.programs import earliest
from portal import audit, clock, db, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge
from portal.findings import Finding, Refused, all_hold
from portal.roles import Duty, Role
from portal.tenancy import acting_for_all
from vouchers.models import Extension, ExtensionKind, PolicyException, State, Voucher
from vouchers.models.states import UNUSED, in_time, not_suspended
from vouchers.services import extensions_sql, notifications
from vouchers.services import roles as role_services
from vouchers.services.notifications import Digests, NotificationFact

EXTENDERS = {
    Extender.SPONSOR: (),
    Extender.OWNER: role_services.OWNERS,
    Extender.MANAGER: role_services.MANAGERS,
}


@dataclass(frozen=True)
class ExtensionProspect:
    """What an extension by the program's rule would do, and whether it may be."""

    before: date
    until: date
    findings: list[Finding]

    @property
    def is_open(self) -> bool:
        return all_hold(self.findings)


def prospect_of(voucher: Voucher, by: Member) -> ExtensionProspect:
    """Check an extension against the program's rule; changes nothing."""
    offering = voucher.engagement_type.offering
    until = voucher.expires_on + timedelta(days=voucher.program.extension_days)
    limits = [until, longest_life(voucher), offering.last_day_to_redeem]
    last_day = earliest(limits)
    assert last_day is not None, "two of the three are dates"
    findings = [
        extender_finding(voucher, by),
        is_alive(voucher),
        is_left(voucher),
        within_life(voucher),
        while_it_runs(voucher),
        before_redemption_ends(voucher),
    ]
    return ExtensionProspect(
        voucher.expires_on, max(last_day, voucher.expires_on), findings
    )


def extend(voucher: Voucher, *, by: Member) -> Extension:
    """Move a voucher's last day by the days of its program's rule.

    It ends no later than the program's longest life and last day to redeem.
    """
    by.must_be(*role_services.MANAGERS)
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
        ensure_alive(current)
        ensure_day(current, last_day, "until" if until else "days")
        return move_last_day(
            current, ExtensionKind.SPONSOR, last_day, reason=reason.strip(), by=by
        )


def may_be_extended_by(voucher: Voucher, by: Member) -> bool:
    """Tell whether the program's rule names the actor at all."""
    return by.has(*EXTENDERS[Extender(voucher.program.extended_by)])


def extension_refusal(voucher: Voucher) -> str:
    """Say why no rule extends a voucher as it is; an empty text when one may."""
    finding = is_alive(voucher)
    return "" if finding.holds else str(finding.found)


def ensure_alive(voucher: Voucher) -> None:
    finding = is_alive(voucher)
    if not finding.holds:
        raise Refused(finding.found)


def ensure_day(voucher: Voucher, day: date, field: str) -> None:
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
    notifications.notify_followers(
        "voucher-extended",
        voucher,
        key=str(until),
        before=extension.before,
        until=until,
        reason=reason,
    )
    return extension


def longest_life(voucher: Voucher) -> date:
    """Return the last day that the program's rule can reach for a voucher."""
    program, zone = voucher.program, voucher.customer.time_zone
    from_assignment = program.expiry_anchor == Anchor.ASSIGNED and voucher.assigned_at
    first = clock.day_of(from_assignment or voucher.created_at, zone)
    return first + timedelta(days=program.extended_life_days)


def extender_finding(voucher: Voucher, by: Member) -> Finding:
    roles = EXTENDERS[Extender(voucher.program.extended_by)]
    is_own = by.has(*role_services.OWNERS) or voucher.project_manager_id == by.person_id
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


MOST = 2000
SHOWN = 50
# How far back a preview looks for vouchers that expired and are not revived.
RECENT_DAYS = 30


@dataclass(frozen=True)
class ExceptionPreview:
    """Whom an exception touches, before it is granted."""

    vouchers: int
    customers: int
    partners: int
    # Cut to the last day to redeem, and already lasting until it.
    cut: int
    not_revived: int
    first: date | None
    last: date | None
    months: list[tuple[date, int]]
    rows: list[Voucher]


def preview_exception(exception: PolicyException) -> ExceptionPreview:
    """Tell whom an exception would extend today; changes nothing."""
    reached = exception.reaches()
    sums: dict[str, Any] = reached.aggregate(
        vouchers=Count("pk"),
        customers=Count("customer", distinct=True),
        partners=Count("partner", distinct=True),
        cut=Count("pk", filter=Q(until__lt=F("wished"))),
        first=Min("until"),
        last=Max("until"),
    )
    gone = exception.made_before().filter(
        state=State.EXPIRED, expires_on__gte=clock.in_days(-RECENT_DAYS)
    )
    by_month = reached.annotate(month=TruncMonth("until")).values("month")
    spread = by_month.annotate(count=Count("pk")).order_by("month")
    rows = reached.for_list().order_by("until", "pk")
    return ExceptionPreview(
        **sums,
        not_revived=gone.count(),
        months=list(spread.values_list("month", "count")),
        rows=list(rows[:SHOWN]),
    )


def ensure_exception(exception: PolicyException) -> None:
    """Raise ``Refused``, beside its field, unless an exception makes sense today."""
    offering = exception.offering
    if offering and offering.program_id != exception.program_id:
        raise Refused(
            _("“%(offering)s” does not belong to this program.")
            % {"offering": offering},
            field="offering",
        )
    if exception.created_before > clock.in_days(1):
        raise Refused(
            _("Choose tomorrow at the latest: what is created later is not known."),
            field="created_before",
        )


def grant_exception(exception: PolicyException, *, expected: int, by: Staff) -> None:
    """Grant more days to the vouchers of a preview, which a worker then extends.

    ``expected`` is their number as it was shown: another one has to be looked at.
    """
    by.must_be(Duty.PROGRAM_MANAGER)
    ensure_exception(exception)
    exception.expected = expected
    exception.granted_by = by.person
    with transaction.atomic():
        save_once(exception)
        if exception.reaches().count() != expected or not expected:
            raise Refused(
                _("The set has changed meanwhile. Look at the preview again.")
            )
        record(
            "exception.granted",
            exception,
            by=by,
            parties=[],
            reason=exception.reason,
        )
        nudge(app.signature("vouchers.tasks.apply_exceptions"))


def save_once(exception: PolicyException) -> None:
    """Save a new exception; a button that is pressed twice finds it there."""
    try:
        with transaction.atomic():
            exception.save()
    except IntegrityError as error:
        if "policy_exception_once" not in str(error):
            raise
        raise Refused(_("This exception is granted already.")) from error


def apply_exceptions() -> int:
    """Extend the vouchers of every granted exception; returns their number.

    A voucher is extended once by each, however often this runs.
    """
    with acting_for_all():
        open_ones = PolicyException.objects.filter(finished_at=None).order_by("pk")
        granted = list(open_ones.select_related("program", "offering", "granted_by"))
    return sum(apply_exception(exception) for exception in granted)


def apply_exception(exception: PolicyException) -> int:
    with acting_for_all():
        rows = exception.reaches().order_by("customer", "pk")
        columns = [*notifications.COLUMNS, "expires_on", "until"]
        due = [
            notifications.fact_of(row, row[-2:]) for row in rows.values_list(*columns)
        ]
        by = Staff.of(exception.granted_by)
    done = db.at_pace(
        lambda batch: _extend(exception, batch, by),
        due,
        most=MOST,
        together=lambda fact: fact.customer,
        what="Voucher",
    )
    with acting_for_all(), lock_row(exception) as current:
        reached = Extension.objects.filter(exception=current)
        current.extended = reached.count()
        # What somebody held at that moment is left for the next run.
        if not current.reaches().exists():
            current.finished_at = clock.now()
        current.save()
    return done


def _extend(exception: PolicyException, due: list[NotificationFact], by: Staff) -> int:
    """Extend those of the vouchers that are still reached and that nobody holds."""
    digests = Digests(
        "voucher-extended",
        words=lambda _voucher, fact: {
            "before": fact[0],
            "until": fact[1],
            "reason": exception.reason,
        },
        key=lambda voucher, fact: f"{voucher.number}:{fact[1]}",
        single=1,
    )
    drafts = mail.Drafts()
    with acting_for_all():
        drafts.write(digests.letters(due))
    with acting_for_all():
        moved = _move(exception, due, by)
        extended = [notifications.fact_of(row, row[-2:]) for row in moved]
        drafts.post(digests.letters(extended))
    return len(extended)


def _move(
    exception: PolicyException, due: list[NotificationFact], by: Staff
) -> list[tuple]:
    reached = db.free_rows(exception.reaches()).filter(pk__in=[fact.pk for fact in due])
    label = Voucher._meta.label_lower
    entries = audit.shared_values("voucher.extended", label, by, exception.reason)
    return extensions_sql.extend_all(exception, reached, entries)
