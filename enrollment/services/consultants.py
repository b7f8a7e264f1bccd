"""Consultants: they say themselves for whom they work, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.files.base import File
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Certificate, Consultant
from enrollment.models.competencies import ProofState
from enrollment.services import consultants_sql, directory, roles
from portal import clock, files, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.models import Document, Invitation, Organization, Reason, Topic, User
from portal.roles import Role
from portal.services import invitations, people
from portal.tenancy import acting_for


@dataclass(frozen=True)
class Employment:
    """Since when a person works here; and the last day at a company before this one."""

    since: date
    left_on: date | None = None


def invite_consultant(email: str, *, by: Member) -> Invitation:
    """Invite somebody as a consultant, who confirms the employment after joining."""
    by.must_be(*roles.ADMINS)
    return invitations.invite(email, [Role.CONSULTANT], by=by)


def confirm_employment(employment: Employment, *, by: Member) -> Consultant:
    """Note that the caller works for the company: nobody says it for another person.

    What a reviewer has verified elsewhere comes along, as rows of this company.
    """
    by.must_be(*roles.READERS)
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
        directory.refresh_listings([by.organization, *([former] if former else [])])
    return consultant


def _begin(since: date, by: Member) -> Consultant:
    employments = Consultant.objects.filter(person=by.person, partner=by.organization)
    last = employments.order_by("-since").first()
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
        return {by.organization_id, *consultants_sql.employers_of_person()}


def _open_elsewhere(by: Member) -> models.QuerySet[Consultant]:
    """Find the employment elsewhere that goes on, also one with a last day to come.

    Its last day may be a company's word: the person ends it today all the same.
    """
    today = clock.today(by.organization.time_zone)
    employments = Consultant.objects.filter(Q(until=None) | Q(until__gte=today))
    return employments.filter(person=by.person).exclude(partner=by.organization)


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
        by.must_be(*roles.ADMINS)
    with transaction.atomic():
        _end(consultant, until, by=by, field="until")
        directory.refresh_listings([consultant.partner])


def _end(consultant: Consultant, until: date, *, by: Member, field: str) -> None:
    with lock_row(consultant) as current:
        _ensure_able_to_leave(current, until, field)
        _ensure_not_prolong(current, until, by)
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
        others = [current.person, *people.people_with(current.partner, *roles.ADMINS)]
        _notify(current, [person for person in others if person != by.person], entry.pk)


def _ensure_not_prolong(current: Consultant, until: date, by: Member) -> None:
    if by.person_id != current.person_id and current.until and until > current.until:
        raise Refused(
            _("%(name)s leaves on %(until)s. Only the person can say that it is later.")
            % {"name": current, "until": date_format(current.until)},
            field="until",
        )


def _ensure_able_to_leave(current: Consultant, until: date, field: str) -> None:
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


def _notify(current: Consultant, people: list[User], key: int) -> None:
    mail.queue_all(
        "consultant-left",
        people,
        key=str(key),
        consultant=current,
        to_former=True,
        path=reverse("enrollment:consultants", args=[current.partner.slug]),
    )


def add_certificate(
    certificate: Certificate, proof: File, *, by: Member
) -> Certificate:
    """Add an exam that a consultant has passed, for review.

    An admin can add it too; the proof is the consultant's all the same.
    """
    consultant = certificate.consultant
    if consultant.person_id != by.person_id:
        by.must_be(*roles.ADMINS)
    _ensure_dates(certificate, clock.today(consultant.partner.time_zone))
    certificate.partner = consultant.partner
    with transaction.atomic():
        certificate.proof = files.store(
            proof, parties=[consultant.partner_id], by=by.person
        )
        _insert(certificate)
        record(
            "certificate.claimed", certificate, by=by, parties=[consultant.partner_id]
        )
    return certificate


def _ensure_dates(certificate: Certificate, today: date) -> None:
    """Raise ``Refused``, beside its field, unless the dates can be true and count."""
    _ensure_leaver(certificate.consultant, today)
    exam, passed_on = certificate.exam, certificate.passed_on
    if passed_on > today:
        raise Refused(_("This day is in the future."), field="passed_on")
    if exam.retired_on and passed_on > exam.retired_on:
        raise Refused(
            _("%(exam)s was retired on %(day)s: nobody can pass it after that day.")
            % {"exam": exam.code, "day": date_format(exam.retired_on)},
            field="exam",
        )
    if certificate.valid_until and certificate.valid_until < passed_on:
        raise Refused(
            _("The last day is before the day of the exam. Check both dates."),
            field="valid_until",
        )
    ends_on = certificate.ends_on
    if ends_on and ends_on < today:
        raise Refused(
            _("This certificate has ended on %(day)s. Add one that is still valid.")
            % {"day": date_format(ends_on)},
            field="valid_until",
        )


def _ensure_leaver(consultant: Consultant, today: date) -> None:
    if consultant.until and consultant.has_left(today):
        raise Refused(
            _("%(name)s has left your company on %(until)s already.")
            % {"name": consultant, "until": date_format(consultant.until)}
        )


def _insert(certificate: Certificate) -> None:
    try:
        with transaction.atomic():
            certificate.save(force_insert=True)
    except IntegrityError as error:
        if "certificate_once" not in str(error):
            raise
        raise Refused(
            _("%(certificate)s, passed on this day, is in the list already.")
            % {"certificate": certificate},
            field="passed_on",
        ) from error


def verify_certificate(certificate: Certificate, *, by: Staff) -> None:
    """Confirm that the proof shows what was typed, in the consultant's name."""
    by.must_be(*roles.REVIEWERS)
    with lock_row(certificate) as row:
        row.verify()
        row.decided_by = by.person
        row.save()
        record("certificate.verified", row, by=by, parties=[row.partner_id])
        directory.facts_changed(row.partner, by=by)
        _notify_of_certificate("certificate-verified", row)


def return_certificate(
    certificate: Certificate, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """Send a certificate back whose proof does not show what is needed."""
    by.must_be(*roles.REVIEWERS)
    reason.must_fit(Topic.CERTIFICATE, note)
    with lock_row(certificate) as row:
        row.return_for_correction(note=note)
        row.reason = reason
        row.decided_by = by.person
        row.save()
        record(
            "certificate.returned",
            row,
            by=by,
            parties=[row.partner_id],
            reason=f"{reason} {note}".strip(),
        )
        _notify_of_certificate("certificate-returned", row)


def same_proof(certificate: Certificate) -> list[Certificate]:
    """List certificates of other people whose proof is this file."""
    if certificate.proof is None:
        return []
    twins = Certificate.objects.filter(proof__sha256=certificate.proof.sha256)
    others = twins.exclude(consultant__person=certificate.consultant.person)
    return list(others.select_related("exam", "proof", "consultant__person"))


def _notify_of_certificate(name: str, row: Certificate) -> None:
    """Tell the consultant, and who added the certificate for that person."""
    adder = row.proof.uploaded_by if row.proof else None
    mail.queue_all(
        name,
        [row.consultant.person, *([adder] if adder else [])],
        key=str(row.pk),
        certificate=row,
        path=row.consultant.get_absolute_url(),
    )


def carry_certificates(consultant: Consultant, *, by: Member) -> None:
    """Bring what is verified of a person's earlier employments along.

    The caller works for both companies. The company gets rows and documents of its
    own: what it sees later does not depend on the former one.
    """
    for earlier in _worth_carrying(consultant):
        certificate = Certificate.objects.create(
            consultant=consultant,
            partner=consultant.partner,
            exam=earlier.exam,
            passed_on=earlier.passed_on,
            valid_until=earlier.valid_until,
            proof=_copy(earlier.proof, consultant),
            state=ProofState.VERIFIED,
            decided_by=earlier.decided_by,
        )
        record(
            "certificate.carried", certificate, by=by, parties=[consultant.partner_id]
        )


def _worth_carrying(consultant: Consultant) -> Iterable[Certificate]:
    """List what still counts on the first day here, each exam and date once."""
    earlier = Certificate.objects.filter(
        consultant__person=consultant.person, state=ProofState.VERIFIED
    ).exclude(consultant=consultant)
    certificates = {
        (certificate.exam_id, certificate.passed_on): certificate
        for certificate in earlier.select_related("exam", "proof").order_by("pk")
        if certificate.ends_on is None or certificate.ends_on >= consultant.since
    }
    return certificates.values()


def _copy(proof: Document | None, consultant: Consultant) -> Document | None:
    """Return a row of the company's own for the same file."""
    if proof is None:
        return None
    return Document.objects.create(
        name=proof.name,
        content_type=proof.content_type,
        size=proof.size,
        sha256=proof.sha256,
        parties=[consultant.partner_id],
        uploaded_by=consultant.person,
    )
