"""Creating vouchers, giving them to people, and using them up."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment import eligibility
from enrollment.models import EngagementType
from portal import clock, mail
from portal.actors import Actor
from portal.audit import record
from portal.db import locked
from portal.errors import Refused
from portal.findings import unmet
from portal.models import Organization, User
from portal.models.organizations import introduce
from portal.roles import Duty, Role
from portal.services import people_with
from vouchers.models import CustomerAgreement, State, Voucher
from vouchers.models.entitlement import Kind
from vouchers.services.entitlement import move_days

# Who at the customer creates vouchers and gives them out.
OWNERS = (Role.BENEFIT_ADMIN,)


@dataclass(frozen=True)
class Wanted:
    """What a customer wants of a new voucher; ``days`` is its service level."""

    engagement_type: EngagementType
    days: int
    country: str
    label: str = ""


def create(agreement: CustomerAgreement, wanted: Wanted, *, by: Actor) -> Voucher:
    """Make a voucher of free days; they leave the pool at once.

    It expires its program's number of days after today [PS-PROC, DPS21].
    """
    by.must_be(*OWNERS)
    assert by.person is not None, "a person has a role"
    with locked(agreement) as pool:
        refuse_creation(pool, wanted.engagement_type, wanted.days)
        life = pool.program.voucher_life_days
        voucher = Voucher(
            agreement=pool,
            customer=pool.customer,
            engagement_type=wanted.engagement_type,
            days=wanted.days,
            country=wanted.country,
            label=wanted.label,
            admin=by.person,
            expires_on=clock.in_days(life, pool.customer.time_zone),
        )
        voucher.save()
        move_days(Kind.HELD, voucher)
        record("voucher.created", voucher, by=by, parties=voucher.parties)
        return voucher


def refuse_creation(
    pool: CustomerAgreement, engagement_type: EngagementType, days: int
) -> None:
    """Raise ``Refused``, beside its field, unless such a voucher may be made today."""
    today = clock.today(pool.customer.time_zone)
    last_day = pool.program.creation_ends_on
    if not pool.activated_at:
        raise Refused(_("Activate the benefit of this agreement first."))
    if not pool.is_running(today):
        raise Refused(
            _("The agreement runs from %(start)s to %(end)s; not today.")
            % {"start": pool.starts_on, "end": pool.ends_on}
        )
    if last_day and today > last_day:
        raise Refused(_("Vouchers could be created until %(day)s.") % {"day": last_day})
    if not engagement_type.offering.is_open(today):
        raise Refused(
            _("%(offering)s is not open for new vouchers today.")
            % {"offering": engagement_type.offering},
            field="engagement_type",
        )
    refuse_days(pool, engagement_type, days)


def refuse_days(
    pool: CustomerAgreement, engagement_type: EngagementType, days: int
) -> None:
    if days not in engagement_type.lengths:
        allowed = ", ".join(str(length) for length in engagement_type.lengths)
        raise Refused(
            _("%(type)s comes in these lengths: %(allowed)s days.")
            % {"type": engagement_type, "allowed": allowed},
            field="days",
        )
    pool.balance.refresh_from_db()
    if pool.balance.free < days:
        raise Refused(
            _("Only %(free)s days are free on agreement %(agreement)s.")
            % {"free": pool.balance.free, "agreement": pool},
            field="days",
        )


def assign(
    voucher: Voucher,
    *,
    project_manager: User,
    partner: Organization | None,
    by: Actor,
) -> None:
    """Give a voucher to a project manager and, when named, to a partner.

    Without a partner any eligible one can reserve it by number and e-mail.
    """
    by.must_be(*OWNERS)
    refuse_manager(voucher, project_manager)
    if partner is not None:
        refuse_partner(voucher, partner)
    with locked(voucher) as held:
        refuse_after_creation_end(held)
        before = held.partner_id
        held.assign(project_manager=project_manager, partner=partner)
        held.save()
        entry = record("voucher.assigned", held, by=by, parties=[*held.parties, before])
        tell_manager(held, by)
        if partner is not None:
            introduce(held.customer, partner)
            mail.queue_all(
                "voucher-assigned-partner",
                people_with(partner, *PARTNER_SIDE),
                key=f"{held.number}:{entry.at.isoformat()}",
                voucher=held,
                path=held.url_for(partner),
            )


# Who at the partner is told of vouchers and reserves them.
PARTNER_SIDE = (Role.PARTNER_ADMIN, Role.DELIVERY_LEAD)


def tell_manager(voucher: Voucher, by: Actor) -> None:
    if voucher.project_manager == by.person:
        return
    assert voucher.project_manager is not None, "voucher_assigned_has_manager"
    mail.queue(
        "voucher-assigned-manager",
        to=voucher.project_manager,
        key=f"{voucher.number}:{clock.now().isoformat()}",
        voucher=voucher,
        path=voucher.url_for(voucher.customer),
    )


def refuse_after_creation_end(voucher: Voucher) -> None:
    last_day = voucher.agreement.program.creation_ends_on
    if last_day and clock.today(voucher.customer.time_zone) > last_day:
        raise Refused(
            _("Vouchers could be assigned until %(day)s.") % {"day": last_day}
        )


def refuse_manager(voucher: Voucher, person: User) -> None:
    members = people_with(voucher.customer, Role.PROJECT_MANAGER, Role.BENEFIT_ADMIN)
    if person not in members:
        raise Refused(
            _("%(name)s is not a project manager of your organization.")
            % {"name": person},
            field="project_manager",
        )


def refuse_partner(voucher: Voucher, partner: Organization) -> None:
    """Raise ``Refused`` unless the partner could deliver the voucher today."""
    findings = eligibility.findings_for(
        partner,
        voucher.engagement_type,
        clock.today(voucher.customer.time_zone),
        voucher.country,
    )
    if unmet(findings):
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


def recall(voucher: Voucher, *, by: Actor) -> None:
    """Take an assignment back before a partner reserves."""
    by.must_be(*OWNERS)
    with locked(voucher) as held:
        partner, parties = held.partner, held.parties
        held.recall()
        held.save()
        entry = record("voucher.recalled", held, by=by, parties=parties)
        if partner is not None:
            tell_partner_gone("voucher-recalled", held, partner, entry.at.isoformat())


def cancel(voucher: Voucher, *, by: Actor) -> None:
    """Take back a voucher that no partner holds; its days return to the pool."""
    by.must_be(*OWNERS)
    with locked(voucher) as held:
        was_assigned = held.state == State.ASSIGNED
        held.cancel()
        held.save()
        move_days(Kind.RETURNED, held)
        record("voucher.cancelled", held, by=by, parties=held.parties)
        if was_assigned and held.partner is not None:
            tell_partner_gone("voucher-recalled", held, held.partner, "cancelled")


def tell_partner_gone(
    name: str, voucher: Voucher, partner: Organization, moment: str
) -> None:
    mail.queue_all(
        name,
        people_with(partner, *PARTNER_SIDE),
        key=f"{voucher.number}:{moment}",
        voucher=voucher,
    )


def redeem(voucher: Voucher, *, by: Actor) -> None:
    """Use a voucher up; the engagement's report is checked by the caller.

    The customer's ledger moves too, so the caller acts for both parties.
    """
    with locked(voucher) as held:
        last_day = held.agreement.program.redemption_ends_on
        if last_day and clock.today(held.customer.time_zone) > last_day:
            raise Refused(
                _("Vouchers could be redeemed until %(day)s.") % {"day": last_day}
            )
        held.redeem()
        held.save()
        move_days(Kind.CONSUMED, held)
        record("voucher.redeemed", held, by=by, parties=held.parties)


def reverse(voucher: Voucher, *, reason: str, by: Actor) -> None:
    """Undo a redemption that was a mistake; the caller knows it is not invoiced."""
    by.must_be(Duty.DELIVERY_REVIEWER)
    with transaction.atomic(), locked(voucher) as held:
        held.reverse()
        held.save()
        move_days(Kind.REVERSED, held)
        record("voucher.reversed", held, by=by, parties=held.parties, reason=reason)


def pay(voucher: Voucher, *, by: Actor) -> None:
    """Note that the sponsor has paid for the voucher."""
    with locked(voucher) as held:
        held.pay()
        held.save()
        move_days(Kind.PAID, held)
        record("voucher.paid", held, by=by, parties=held.parties)
