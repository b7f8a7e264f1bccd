"""Days of one program that become days of another, by the rule of the day."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused, all_hold
from portal.roles import Role
from vouchers.models import (
    AgreementStatus,
    Conversion,
    ConversionRule,
    CustomerAgreement,
)
from vouchers.models.ledger import EntryType
from vouchers.services import ledger, roles


@dataclass(frozen=True)
class Exchange:
    """Days to convert from one agreement to another; a ticket makes it once."""

    source: CustomerAgreement
    target: CustomerAgreement
    days: int
    ticket: UUID


def rule_between(
    source: CustomerAgreement, target: CustomerAgreement, day: date
) -> ConversionRule | None:
    """Return the rule in force on a date; the database holds one at most."""
    rules = rules_between(source, target)
    return next((rule for rule in rules if rule.is_in_force(day)), None)


def rules_between(
    source: CustomerAgreement, target: CustomerAgreement
) -> list[ConversionRule]:
    return list(
        ConversionRule.objects.filter(
            source=source.program_id, target=target.program_id
        )
    )


def check_conversion(
    source: CustomerAgreement, target: CustomerAgreement
) -> list[Finding]:
    """Check a conversion against every rule; changes nothing."""
    today = clock.today(source.customer.time_zone)
    return [
        giver_finding(source),
        taker_finding(target),
        has_rule(source, target, today),
    ]


def giver_finding(source: CustomerAgreement) -> Finding:
    return Finding(
        _("Agreement %(agreement)s gives days") % {"agreement": source},
        source.standing == AgreementStatus.RUNNING and not source.is_wiped,
        standing_of(source),
        _("It is active."),
    )


def taker_finding(target: CustomerAgreement) -> Finding:
    is_running = target.standing == AgreementStatus.RUNNING and not target.is_wiped
    is_active = target.activated_at is not None
    return Finding(
        _("Agreement %(agreement)s takes days") % {"agreement": target},
        is_running and is_active,
        standing_of(target)
        if is_active or not is_running
        else _("Its benefit is not active yet."),
        _("It is active, and its benefit is too."),
        fix="" if is_active else _("Activate its benefit first."),
        who=Role.BENEFIT_ADMIN.label,
    )


def standing_of(agreement: CustomerAgreement) -> str:
    if agreement.is_wiped:
        return ledger.wipe_sentence(agreement)
    return _("It runs from %(start)s to %(end)s.") % {
        "start": date_format(agreement.starts_on),
        "end": date_format(agreement.last_day),
    }


def has_rule(
    source: CustomerAgreement, target: CustomerAgreement, today: date
) -> Finding:
    """Say by which rule days convert today; else since or until when one did."""
    title = _("A rule converts “%(source)s” to “%(target)s”") % {
        "source": source.program,
        "target": target.program,
    }
    needed = _("A rule that is in force today.")
    rule = rule_between(source, target, today)
    if rule:
        words = {"given": rule.source_days, "received": rule.target_days}
        found_text = _("Days given: %(given)s. Days received: %(received)s.") % words
        return Finding(
            title, True, found_text, needed, rule.valid_from, rule.valid_until
        )
    return Finding(title, False, rule_dates(source, target, today), needed)


def rule_dates(
    source: CustomerAgreement, target: CustomerAgreement, today: date
) -> str:
    """Say when a rule begins, or when the last one ended."""
    rules = rules_between(source, target)
    last = max((r.valid_until for r in rules if r.valid_until), default=None)
    coming = [r.valid_from for r in rules if r.valid_from and r.valid_from > today]
    if coming:
        words = {"day": date_format(min(coming))}
        return _("The next rule begins on %(day)s.") % words
    if last:
        return _("The last rule ended on %(day)s.") % {"day": date_format(last)}
    return _("There is no such rule.")


def received_for(exchange: Exchange) -> int:
    """Return the days that would come; raises ``Refused`` with its findings if none."""
    return received_by(rule_for(exchange), exchange)


def received_by(rule: ConversionRule, exchange: Exchange) -> int:
    return exchange.days // rule.source_days * rule.target_days


def rule_for(exchange: Exchange) -> ConversionRule:
    """Return the rule by which the days convert today, or raise ``Refused``."""
    source, target = exchange.source, exchange.target
    if source.customer_id != target.customer_id or source.pk == target.pk:
        raise Refused(_("Choose two agreements of your company."), field="target")
    findings = check_conversion(source, target)
    if not all_hold(findings):
        raise Refused(_("These days cannot be converted."), findings)
    rule = rule_between(source, target, clock.today(source.customer.time_zone))
    assert rule is not None, "the findings hold"
    ensure_amount(exchange, rule)
    return rule


def ensure_amount(exchange: Exchange, rule: ConversionRule) -> None:
    free, days = exchange.source.balance.free, exchange.days
    if days < 1:
        raise Refused(_("Convert at least one day."), field="days")
    if days > free:
        sentence = ngettext(
            "Agreement %(agreement)s has %(free)s free day.",
            "Agreement %(agreement)s has %(free)s free days.",
            free,
        )
        words = {"agreement": exchange.source, "free": free}
        raise Refused(sentence % words, field="days")
    if days % rule.source_days:
        below = days - days % rule.source_days
        near = [
            multiple
            for multiple in (below, below + rule.source_days)
            if 0 < multiple <= free
        ]
        sentence = _("Days convert in steps of %(step)s.") % {"step": rule.source_days}
        if near:
            nearest = " / ".join(map(str, near))
            sentence += " " + _("The nearest: %(days)s.") % {"days": nearest}
        raise Refused(sentence, field="days")


def convert(exchange: Exchange, *, by: Member) -> Conversion:
    """Convert free days, once for a ticket; the database counts them by the rule."""
    by.must_be(*roles.OWNERS)
    assert exchange.source.customer_id == by.organization_id, "the page looked it up"
    assert exchange.target.customer_id == by.organization_id, "the page looked it up"
    first, second = sorted([exchange.source, exchange.target], key=lambda row: row.pk)
    with lock_row(first) as first_pool, lock_row(second) as second_pool:
        pools = {first_pool.pk: first_pool, second_pool.pk: second_pool}
        locked_exchange = Exchange(
            pools[exchange.source.pk],
            pools[exchange.target.pk],
            exchange.days,
            exchange.ticket,
        )
        conversion = Conversion.objects.filter(ticket=locked_exchange.ticket).first()
        if conversion is not None:
            ensure_same_conversion(conversion, locked_exchange)
            return conversion
        return write(locked_exchange, rule_for(locked_exchange), by)


def ensure_same_conversion(conversion: Conversion, current: Exchange) -> None:
    was = (conversion.source_id, conversion.target_id, conversion.source_days)
    if was != (current.source.pk, current.target.pk, current.days):
        raise Refused(form_used_sentence())


def insert(conversion: Conversion) -> None:
    try:
        with transaction.atomic():
            conversion.save(force_insert=True)
    except IntegrityError as error:
        if "ticket" not in str(error):
            raise
        # Another customer's form: its conversion is not shown here.
        raise Refused(form_used_sentence()) from error


def form_used_sentence() -> str:
    return _("This form was used already. Open it anew.")


def write(current: Exchange, rule: ConversionRule, by: Member) -> Conversion:
    received = received_by(rule, current)
    conversion = Conversion(
        customer_id=current.source.customer_id,
        source=current.source,
        target=current.target,
        rule=rule,
        source_days=current.days,
        target_days=received,
        ticket=current.ticket,
        converted_by=by.person,
    )
    insert(conversion)
    ledger.post(
        [
            ledger.entry(
                EntryType.CONVERTED, current.source, current.days, conversion=conversion
            ),
            ledger.entry(
                EntryType.RECEIVED, current.target, received, conversion=conversion
            ),
        ]
    )
    words = {
        "given": current.days,
        "source": current.source,
        "received": received,
        "target": current.target,
    }
    reason = _("%(given)s days of %(source)s: %(received)s days of %(target)s") % words
    for agreement in (current.source, current.target):
        parties = [agreement.customer_id]
        record(
            "entitlement.converted", agreement, by=by, parties=parties, reason=reason
        )
    return conversion
