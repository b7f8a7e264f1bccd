"""Consultants: they say themselves for whom they work, and until when."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Consultant
from enrollment.services.certificates import carry_certificates
from enrollment.services.consultants_sql import employers_of_person
from enrollment.services.listing import refresh_listings
from enrollment.services.rights import ADMINS, READERS
from portal import clock, mail
from portal.actors import Member
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Invitation, Organization, User
from portal.roles import Role
from portal.services import invite, people_with
from portal.tenancy import acting_for


@dataclass(frozen=True)
class Employment:
    """Since when a person works here; and the last day at a company before this one."""

    since: date
    left_on: date | None = None


def invite_consultant(email: str, *, by: Member) -> Invitation:
    """Invite somebody as a consultant, who confirms the employment after joining."""
    by.must_be(*ADMINS)
    return invite(email, [Role.CONSULTANT], by=by)


def confirm_employment(employment: Employment, *, by: Member) -> Consultant:
    """Note that the caller works for the company: nobody says it for another person.

    What a reviewer has verified elsewhere comes along, as rows of this company.
    """
    by.must_be(*READERS)
    if employment.since > clock.today(by.organization.time_zone):
        raise Refused(
            _("This day is in the future. Confirm on your first day."), field="since"
        )
    # Rows of another company may be the person's own: the person's row is the lock.
    with acting_for(*employers(by), person=by.person.pk), lock_row(by.person):
        former = _leave_elsewhere(employment, by) if employment.left_on else None
        consultant = _begin(employment.since, by)
        record("consultant.confirmed", consultant, by=by, parties=[by.organization.pk])
        carry_certificates(consultant, by=by)
        refresh_listings([by.organization, *([former] if former else [])])
    return consultant


def _begin(since: date, by: Member) -> Consultant:
    mine = Consultant.objects.filter(person=by.person, partner=by.organization)
    last = mine.order_by("-since").first()
    if last and (last.until is None or since <= last.until):
        raise Refused(_already_here(last), field="since")
    consultant = Consultant(partner=by.organization, person=by.person, since=since)
    _keep(
        consultant,
        Refused(
            _(
                "On that day you still worked for another company. One works for one"
                " company at a time: type your last day there too, or a later first"
                " day here."
            ),
            field="left_on",
        ),
    )
    return consultant


def _already_here(last: Consultant) -> str:
    words = {"company": last.partner, "since": date_format(last.since)}
    if last.until is None:
        return _("You work for %(company)s since %(since)s already.") % words
    return _("You worked for %(company)s until %(until)s: begin after that day.") % {
        **words,
        "until": date_format(last.until),
    }


def _keep(consultant: Consultant, refusal: Refused) -> None:
    try:
        with transaction.atomic():
            consultant.save()
    except IntegrityError as error:
        if "consultant_of_one_company_at_a_time" not in str(error):
            raise
        raise refusal from error


def works_elsewhere(by: Member) -> bool:
    """Tell a person alone whether the portal knows an open employment elsewhere."""
    with acting_for(*employers(by)):
        return _open_elsewhere(by).exists()


def employers(by: Member) -> set[int | None]:
    """Name the actor's company, and those for which the person works or has worked."""
    with acting_for(by.organization_id, person=by.person_id):
        return {by.organization_id, *employers_of_person()}


def _open_elsewhere(by: Member) -> models.QuerySet[Consultant]:
    """Find the employment elsewhere that goes on, also one with a last day to come.

    Its last day may be a company's word: the person ends it today all the same.
    """
    today = clock.today(by.organization.time_zone)
    mine = Consultant.objects.filter(Q(until=None) | Q(until__gte=today))
    return mine.filter(person=by.person).exclude(partner=by.organization)


def _leave_elsewhere(employment: Employment, by: Member) -> Organization | None:
    """End the caller's own employment at another company, whose trail tells of it."""
    former = _open_elsewhere(by).select_related("partner").first()
    assert employment.left_on is not None, "asked for by the caller"
    if former is None:
        return None
    if employment.left_on >= employment.since:
        raise Refused(
            _("Your last day there must be before your first day here."),
            field="left_on",
        )
    # That company's records do not say where the person works now.
    there = Member(by.person, former.partner, frozenset({Role.CONSULTANT}))
    _end(former, employment.left_on, by=there, field="left_on")
    return former.partner


def end_employment(consultant: Consultant, *, until: date, by: Member) -> None:
    """Note the last day of a consultant: said by the person, or by an admin.

    A company ends an employment, and does not prolong one whose last day is known.
    """
    if consultant.person_id != by.person_id:
        by.must_be(*ADMINS)
    with transaction.atomic():
        _end(consultant, until, by=by, field="until")
        refresh_listings([consultant.partner])


def _end(consultant: Consultant, until: date, *, by: Member, field: str) -> None:
    with lock_row(consultant) as current:
        _must_be_able_to_leave(current, until, field)
        _must_not_prolong(current, until, by)
        current.until = until
        _keep(
            current,
            Refused(
                _("%(name)s works for another company by then. Choose an earlier day.")
                % {"name": current},
                field=field,
            ),
        )
        entry = record("consultant.left", current, by=by, parties=[current.partner_id])
        others = [current.person, *people_with(current.partner, *ADMINS)]
        _tell(current, [each for each in others if each != by.person], entry.pk)


def _must_not_prolong(current: Consultant, until: date, by: Member) -> None:
    if by.person_id != current.person_id and current.until and until > current.until:
        raise Refused(
            _("%(name)s leaves on %(until)s. Only the person can say that it is later.")
            % {"name": current, "until": date_format(current.until)},
            field="until",
        )


def _must_be_able_to_leave(current: Consultant, until: date, field: str) -> None:
    if until < current.since:
        raise Refused(
            _("The last day is before the first one, %(since)s.")
            % {"since": date_format(current.since)},
            field=field,
        )
    if current.until and current.has_left(clock.today(current.partner.time_zone)):
        raise Refused(
            _("%(name)s has left your company on %(until)s already.")
            % {"name": current, "until": date_format(current.until)}
        )


def _tell(current: Consultant, people: list[User], key: int) -> None:
    mail.queue_all(
        "consultant-left",
        people,
        key=str(key),
        consultant=current,
        to_former=True,
        path=reverse("enrollment:consultants", args=[current.partner.slug]),
    )
