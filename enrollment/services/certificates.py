"""Certificates: added with a proof, checked by the sponsor, brought along."""

from collections.abc import Iterable
from datetime import date

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Certificate, Consultant
from enrollment.models.proofs import ProofState
from enrollment.services.listing import facts_changed
from enrollment.services.rights import ADMINS, REVIEWERS
from portal import clock, documents, mail
from portal.actors import Member, Staff
from portal.audit import record
from portal.db import lock_row
from portal.errors import Refused
from portal.models import Document, Reason, Topic


def add_certificate(
    certificate: Certificate, proof: File, *, by: Member
) -> Certificate:
    """Add an exam that a consultant has passed, for review.

    An admin can add it too; the proof is the consultant's all the same.
    """
    consultant = certificate.consultant
    if consultant.person_id != by.person_id:
        by.must_be(*ADMINS)
    _refuse_dates(certificate, clock.today(consultant.partner.time_zone))
    certificate.partner = consultant.partner
    with transaction.atomic():
        certificate.proof = documents.keep(
            proof, parties=[consultant.partner_id], by=by.person
        )
        _insert(certificate)
        record(
            "certificate.claimed", certificate, by=by, parties=[consultant.partner_id]
        )
    return certificate


def _refuse_dates(certificate: Certificate, today: date) -> None:
    """Raise ``Refused``, beside its field, unless the dates can be true and count."""
    _refuse_leaver(certificate.consultant, today)
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


def _refuse_leaver(consultant: Consultant, today: date) -> None:
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
    by.must_be(*REVIEWERS)
    with lock_row(certificate) as row:
        row.verify()
        row.decided_by = by.person
        row.save()
        record("certificate.verified", row, by=by, parties=[row.partner_id])
        facts_changed(row.partner, by=by)
        _tell("certificate-verified", row)


def give_back_certificate(
    certificate: Certificate, *, reason: Reason, note: str = "", by: Staff
) -> None:
    """Return a certificate whose proof does not show what is needed."""
    by.must_be(*REVIEWERS)
    reason.must_fit(Topic.CERTIFICATE, note)
    with lock_row(certificate) as row:
        row.give_back(note=note)
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
        _tell("certificate-returned", row)


def same_proof(certificate: Certificate) -> list[Certificate]:
    """List certificates of other people whose proof is this file."""
    if certificate.proof is None:
        return []
    twins = Certificate.objects.filter(proof__sha256=certificate.proof.sha256)
    others = twins.exclude(consultant__person=certificate.consultant.person)
    return list(others.select_related("exam", "proof", "consultant__person"))


def _tell(name: str, row: Certificate) -> None:
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
    found = {
        (each.exam_id, each.passed_on): each
        for each in earlier.select_related("exam", "proof").order_by("pk")
        if each.ends_on is None or each.ends_on >= consultant.since
    }
    return found.values()


def _copy(proof: Document | None, consultant: Consultant) -> Document | None:
    """Give a row of the company's own for the same file."""
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
