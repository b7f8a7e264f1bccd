"""Handing a leaver's open work over: all of it to one colleague, or nothing."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Consultant
from enrollment.services import consultants
from enrollment.services import roles as role_services
from portal import clock, mail
from portal.actors import Clock, Member
from portal.audit import record
from portal.db import lock_row
from portal.findings import Finding, Refused, unmet_findings
from portal.models import AuditEntry, Membership
from portal.registry import OpenWork, work_of
from portal.roles import Role
from portal.services import memberships

# The clock takes away what an admin has decided before.
CLOCK_FOR_ADMIN = Clock(roles=frozenset({Role.PARTNER_ADMIN}))


@dataclass(frozen=True)
class HandOver:
    """To whom everything goes, after which day, and what ends with it."""

    to: Membership
    last_day: date
    with_roles: bool = False
    ends_employment: bool = False
    ends_access: bool = False


def hand_over(leaver: Membership, plan: HandOver, *, by: Member) -> list[OpenWork]:
    """Hand all open work of a member over to a colleague who may do each piece."""
    by.must_be(*role_services.ADMINS)
    _ensure_receiver(leaver, plan)
    with lock_row(leaver.organization), lock_row(leaver):
        work = work_of(leaver.person, leaver.organization, plan.last_day)
        _ensure_nothing(work, leaver, plan)
        ensure_fit_receiver(work, plan.to)
        for piece in work:
            piece.hand_over(plan.to.person, by)
        if plan.with_roles:
            roles = sorted({*plan.to.roles, *leaver.roles})
            memberships.change_roles(plan.to, roles, by=by)
        entry = _record(leaver, plan, by=by)
        _end(leaver, plan, by=by)
        _notify(leaver, plan, work, entry)
    return work


def _ensure_receiver(leaver: Membership, plan: HandOver) -> None:
    if plan.to.pk == leaver.pk:
        raise Refused(_("Choose another person than the one who leaves."), field="to")
    if not plan.to.is_active or plan.to.organization_id != leaver.organization_id:
        raise Refused(
            _("%(name)s does not belong to your company.") % {"name": plan.to.person},
            field="to",
        )


def _ensure_nothing(work: list[OpenWork], leaver: Membership, plan: HandOver) -> None:
    """Raise ``Refused`` where nothing would be moved and nothing would end."""
    if not (work or plan.with_roles or plan.ends_employment or plan.ends_access):
        raise Refused(
            _("%(name)s has no open work: nothing was handed over.")
            % {"name": leaver.person}
        )


def ensure_fit_receiver(work: list[OpenWork], receiver: Membership) -> None:
    """Raise ``Refused``, with what was found, unless the colleague may do all of it."""
    missing = check_leaver(work, receiver)
    if missing:
        raise Refused(
            _("%(name)s cannot take everything over, so that nothing was moved.")
            % {"name": receiver.person},
            missing,
            field="to",
        )


def check_leaver(work: list[OpenWork], receiver: Membership) -> list[Finding]:
    """List what speaks against a colleague, each sentence once."""
    findings = [
        finding
        for piece in work
        for finding in unmet_findings(piece.check(receiver.person))
    ]
    return list({str(finding): finding for finding in findings}.values())


def _employment(leaver: Membership) -> Consultant | None:
    rows = Consultant.objects.filter(person=leaver.person, partner=leaver.organization)
    today = clock.today(leaver.organization.time_zone)
    last: Consultant | None = rows.order_by("-since").first()
    return None if last is None or last.has_left(today) else last


def _record(leaver: Membership, plan: HandOver, *, by: Member) -> AuditEntry:
    consultant = _employment(leaver)
    subject: models.Model = consultant or leaver
    verb = "consultant.handed_over" if consultant else "membership.handed_over"
    return record(
        verb,
        subject,
        by=by,
        parties=[leaver.organization_id],
        reason=str(plan.to.person),
    )


def _end(leaver: Membership, plan: HandOver, *, by: Member) -> None:
    consultant = _employment(leaver)
    if plan.ends_employment:
        if consultant is None:
            raise Refused(
                _("%(name)s is no consultant of your company.")
                % {"name": leaver.person},
                field="ends_employment",
            )
        consultants.end_employment(consultant, until=plan.last_day, by=by)
    if plan.ends_access:
        _end_access(leaver, plan, consultant, by=by)


def _end_access(
    leaver: Membership, plan: HandOver, consultant: Consultant | None, *, by: Member
) -> None:
    if plan.last_day < clock.today(leaver.organization.time_zone):
        memberships.end_membership(leaver, by=by)
        return
    if consultant is None or not plan.ends_employment:
        raise Refused(
            _(
                "The portal ends an access later only together with the work as a"
                " consultant. End it on the company page when the day has come."
            ),
            field="ends_access",
        )
    if memberships.is_last_admin(leaver):
        raise Refused(_("The last admin stays. Make a colleague admin first."))
    with lock_row(consultant) as current:
        current.ends_access = True
        current.save()


def end_access_of_leaver(consultant: Consultant) -> None:
    """Take the access away that an admin has decided to end with an employment."""
    with lock_row(consultant) as current:
        if not current.ends_access or not current.has_left(
            clock.today(current.partner.time_zone)
        ):
            raise Refused(_("This access does not end now."))
        current.ends_access = False
        current.save()
        seats = Membership.objects.active().filter(
            person=current.person, organization=current.partner
        )
        for membership in seats.select_related("organization"):
            memberships.end_membership(membership, by=CLOCK_FOR_ADMIN)


def _notify(
    leaver: Membership, plan: HandOver, work: list[OpenWork], entry: AuditEntry
) -> None:
    home = reverse("organization:home", args=[leaver.organization.slug])
    letters = [("work-handed-over", leaver), ("work-received", plan.to)]
    for name, member in letters:
        mail.queue(
            name,
            to=member.person,
            key=str(entry.pk),
            work=work,
            leaver=leaver.person,
            receiver=plan.to.person,
            last_day=plan.last_day,
            company=leaver.organization,
            path=home,
            to_former=member == leaver,
        )
