"""What the outlook says to a customer, and what can be done about it at once."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.findings import Finding, Text
from portal.roles import Role
from vouchers.models import AgreementOutlook, CustomerAgreement
from vouchers.models.outlook import End
from vouchers.services.outlook import IdleVoucher


@dataclass(frozen=True)
class Way:
    """One thing to do about days that would be lost."""

    title: Text
    url: str
    tone: str = ""


@dataclass(frozen=True)
class IdleVouchers:
    """A voucher that expires unless a partner reserves it, with what can be done."""

    voucher: IdleVoucher
    end: str
    ways: list[Way]
    is_assigned: bool


@dataclass(frozen=True)
class AgreementProspect:
    """An agreement's outlook as its people read it."""

    agreement: CustomerAgreement
    title: str
    finding: Finding
    ways: list[Way]


def prospect_of(outlook: AgreementOutlook) -> AgreementProspect:
    finding = Finding(
        _("The free days of agreement %(agreement)s are used in time")
        % {"agreement": outlook.agreement},
        not outlook.at_risk,
        f"{pace_of(outlook)} {rest_of(outlook)}",
        needed_for(outlook),
        until=None if outlook.is_early else outlook.last_use,
        fix=fix_for(outlook),
        who=Role.BENEFIT_ADMIN.label,
    )
    return AgreementProspect(
        outlook.agreement, headline(outlook), finding, ways_for(outlook)
    )


def headline(outlook: AgreementOutlook) -> str:
    """Say what will be lost when, in one sentence."""
    if outlook.is_early:
        return _("It is too early to say: there is no pace yet.")
    if not outlook.at_risk:
        return _("At this pace no free day will be lost.")
    sentence = ngettext(
        "At this pace %(days)s day will be lost on %(date)s.",
        "At this pace %(days)s days will be lost on %(date)s.",
        outlook.at_risk,
    )
    words = {"days": outlook.at_risk, "date": date_format(outlook.lost_on)}
    return sentence % words


def pace_of(outlook: AgreementOutlook) -> str:
    """Say what was counted, over how many days."""
    sentence = ngettext(
        "Counted over the last %(window)s day: %(used)s days left the pool for"
        " vouchers and did not come back, %(delivered)s days were delivered.",
        "Counted over the last %(window)s days: %(used)s days left the pool for"
        " vouchers and did not come back, %(delivered)s days were delivered.",
        outlook.window,
    )
    return sentence % {
        "window": outlook.window,
        "used": outlook.used,
        "delivered": outlook.delivered,
    }


def rest_of(outlook: AgreementOutlook) -> str:
    """Say how many days the pace uses until the last day."""
    if outlook.is_closed:
        return _("No voucher can be created any more.")
    sentence = ngettext(
        "%(left)s day is left: at this pace vouchers take %(expected)s more days;"
        " %(free)s are free.",
        "%(left)s days are left: at this pace vouchers take %(expected)s more days;"
        " %(free)s are free.",
        outlook.days_left,
    )
    return sentence % {
        "left": outlook.days_left,
        "expected": outlook.expected,
        "free": outlook.free,
    }


def needed_for(outlook: AgreementOutlook) -> str:
    words = {"free": outlook.free, "day": date_format(outlook.last_use)}
    sentences = {
        End.AGREEMENT: _(
            "Vouchers for %(free)s free days until %(day)s: the agreement ends."
        ),
        End.CREATION: _(
            "Vouchers for %(free)s free days until %(day)s: the last day to create."
        ),
        End.WIPE: _(
            "Vouchers for %(free)s free days until %(day)s: then the program takes"
            " free days off."
        ),
    }
    return sentences[End(outlook.end)] % words


def fix_for(outlook: AgreementOutlook) -> str:
    if outlook.is_closed:
        return _("Ask the sponsor: the customer can do nothing more.")
    if outlook.agreement.activated_at is None:
        return _("Activate the benefit, then create vouchers.")
    return _("Create vouchers now: their days no longer lie free.")


def ways_for(outlook: AgreementOutlook) -> list[Way]:
    """List what can be done at once about free days that would be lost."""
    agreement = outlook.agreement
    if outlook.is_closed or not outlook.free:
        return []
    slug = agreement.customer.slug
    if agreement.activated_at is None:
        url = reverse("vouchers:activate", args=[slug, agreement.pk])
        return [Way(_("Activate the benefit"), url, "primary")]
    if not outlook.at_risk:
        return []
    url = reverse("vouchers:create", args=[slug], query={"agreement": agreement.pk})
    return [Way(_("Create vouchers now"), url, "primary")]


def waiting_of(voucher: IdleVoucher, slug: str) -> IdleVouchers:
    """Return what an idle voucher's days come to when it expires, and what to do."""
    end = _("Its days come back.") if voucher.returns else _("Its days are lost.")
    assign = Way(_("Assign"), page("assign", slug, voucher), "primary")
    if voucher.is_assigned:
        assign = Way(_("Assign to others"), page("assign", slug, voucher))
    ways = [assign]
    if voucher.pool.is_extendable:
        ways.append(Way(_("Extend"), page("extend", slug, voucher)))
    ways.append(Way(_("Cancel"), page("cancel", slug, voucher)))
    return IdleVouchers(voucher, end, ways, voucher.is_assigned)


def page(name: str, slug: str, voucher: IdleVoucher) -> str:
    return reverse(f"vouchers:{name}", args=[slug, voucher.number])
