"""Making a voucher in the place of one that expired, once."""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.findings import Finding, all_hold
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.ledger import Kind
from vouchers.models.life import last_day_from_today
from vouchers.services.assignment import assign, managers_for
from vouchers.services.entitlement import move_days
from vouchers.services.people import OWNERS
from vouchers.services.vouchers import refuse_creation


def reissue(voucher: Voucher, *, by: Member) -> Voucher:
    """Make a voucher in the place of an expired one; its days leave the pool again.

    It has the type, days, country and label of the expired one, and goes to its project
    manager who is still there.
    """
    by.must_be(*OWNERS)
    with lock_row(voucher) as old, lock_row(old.agreement) as pool:
        findings = findings_for_reissue(old, pool)
        if not all_hold(findings):
            raise Refused(_("This voucher cannot be reissued."), findings)
        made = Voucher.objects.create(
            agreement=pool,
            customer=old.customer,
            engagement_type=old.engagement_type,
            days=old.days,
            country=old.country,
            label=old.label,
            admin=by.person,
            reissue_of=old,
            expires_on=last_day_from_today(pool.program, old.customer),
        )
        move_days(Kind.HELD, made)
        for each, other in [(old, made), (made, old)]:
            record(
                "voucher.reissued",
                each,
                by=by,
                parties=[each.customer_id],
                reason=_("See voucher %(number)s.") % {"number": other},
            )
        manager = old.project_manager
        if manager in managers_for(made):
            assign(made, project_manager=manager, partner=None, by=by)
    return made


def findings_for_reissue(voucher: Voucher, pool: CustomerAgreement) -> list[Finding]:
    """Hold a reissue against every rule; changes nothing."""
    return [
        has_expired(voucher),
        within_days(voucher),
        not_reissued(voucher),
        can_be_made(voucher, pool),
    ]


def has_expired(voucher: Voucher) -> Finding:
    return Finding(
        rule=_("The voucher has expired"),
        holds=voucher.state == State.EXPIRED,
        found=voucher.get_state_display(),
        needed=_("Expired: only then its days left it."),
    )


def within_days(voucher: Voucher) -> Finding:
    """Tell whether a program's days after the last day are not over yet."""
    days = voucher.program.reissue_days
    last_day = voucher.expires_on + timedelta(days=days)
    if not days:
        found = _("The program reissues no vouchers.")
    else:
        found = _("It expired on %(day)s.") % {"day": date_format(voucher.expires_on)}
    return Finding(
        rule=_("The program still reissues it"),
        holds=bool(days) and clock.today(voucher.customer.time_zone) <= last_day,
        found=found,
        needed=ngettext(
            "At most %(days)s day after the last day.",
            "At most %(days)s days after the last day.",
            days,
        )
        % {"days": days},
        until=last_day if days else None,
        fix=_("Create a voucher from the free days of your entitlement."),
    )


def not_reissued(voucher: Voucher) -> Finding:
    made = Voucher.objects.filter(reissue_of=voucher.pk).first()
    return Finding(
        rule=_("It was not reissued before"),
        holds=made is None,
        found=_("As voucher %(number)s.") % {"number": made} if made else _("Never."),
        needed=_("A voucher is reissued once."),
    )


def can_be_made(voucher: Voucher, pool: CustomerAgreement) -> Finding:
    """Hold the voucher that would be made against what any new one needs."""
    free = _("%(days)s days are free.") % {"days": pool.balance.free}
    holds, found = True, free
    try:
        refuse_creation(pool, [(voucher.engagement_type, voucher.days)])
    except Refused as refusal:
        holds, found = False, str(refusal)
    return Finding(
        rule=_("Such a voucher can be created today"),
        holds=holds,
        found=found,
        needed=_("A running agreement with enough free days."),
    )
