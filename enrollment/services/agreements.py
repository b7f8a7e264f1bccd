"""Signing the program agreement, and the copy of what was signed."""

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from enrollment.copies import render_copy
from enrollment.models import ProgramAgreement, Signature
from enrollment.services.agreements_sql import keep_version
from enrollment.services.listing import facts_changed
from enrollment.services.rights import ADMINS
from portal import clock, documents, mail
from portal.actors import CLOCK, Member
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge
from portal.errors import Refused
from portal.models import Organization
from portal.services import people_with


def sign(
    agreement: ProgramAgreement,
    *,
    name: str,
    title: str,
    address: str | None,
    by: Member,
) -> Signature:
    """Sign a version of the agreement, as the caller has read it, once a company.

    The hash of the text stays with the signature, so that nobody can doubt later what
    was signed. The version is locked meanwhile: its words cannot change under the pen.
    """
    by.must_be(*ADMINS)
    with transaction.atomic():
        keep_version(agreement.pk)
        current = ProgramAgreement.objects.select_related("program").get(
            pk=agreement.pk
        )
        _must_be_as_read(current, agreement)
        _must_be_signable(current, by.organization)
        signature, is_new = Signature.objects.get_or_create(
            partner=by.organization,
            agreement=current,
            defaults={
                "signer": by.person,
                "signer_name": name,
                "signer_title": title,
                "signer_roles": sorted(by.roles),
                "address": address,
                "text_hash": current.text_hash,
                "signed_at": clock.now(),
            },
        )
        if not is_new:
            raise Refused(_signed_already(signature))
        record("agreement.signed", signature, by=by, parties=[by.organization.pk])
        facts_changed(by.organization, by=by)
        ask_for_copy(signature)
    return signature


def _must_be_as_read(current: ProgramAgreement, read: ProgramAgreement) -> None:
    if current.what_is_signed() != read.what_is_signed():
        raise Refused(text_has_changed())


def text_has_changed() -> str:
    return _(
        "The agreement changed after you opened this page. Nothing is signed yet:"
        " read the text below, then sign."
    )


def _must_be_signable(version: ProgramAgreement, partner: Organization) -> None:
    today = clock.today(partner.time_zone)
    signable = ProgramAgreement.objects.signable(version.program, today)
    if version in signable:
        return
    if version.effective_on > today:
        raise Refused(_("Another version comes first: sign that one."))
    raise Refused(
        _("Version %(old)s is no longer in force. Read and sign version %(new)s.")
        % {"old": version.version, "new": signable[0].version}
    )


def _signed_already(signature: Signature) -> str:
    return _("%(name)s signed this version for your company on %(moment)s.") % {
        "name": signature.signer_name,
        "moment": date_format(signature.signed_there, "DATETIME_FORMAT"),
    }


def ask_for_copy(signature: Signature) -> None:
    """Let a worker make the copy after the commit; the sweep finds what is lost."""
    nudge(app.signature("enrollment.tasks.copy_signature", args=[signature.pk]))


def make_copy(signature: Signature) -> bool:
    """Keep what was signed as PDF and mail it; tells whether the copy was missing."""
    with lock_row(signature) as current:
        if current.copy_id:
            return False
        current.copy = documents.keep(
            ContentFile(render_copy(current)),
            name=copy_name(current.agreement),
            parties=[current.partner_id],
        )
        current.save(update_fields=["copy"])
        record("agreement.copied", current, by=CLOCK, parties=[current.partner_id])
        _send_copy(current)
        return True


def copy_name(version: ProgramAgreement) -> str:
    name = f"{version.program.code}-agreement-{version.version}"
    return f"{get_valid_filename(name)}.pdf"


def _send_copy(signature: Signature) -> None:
    """Mail the copy to the signer and to those who answer for the company."""
    partner, signer = signature.partner, signature.signer
    admins = people_with(partner, *ADMINS)
    code = signature.agreement.program.code
    mail.queue_all(
        "agreement-signed",
        [signer, *admins] if signer.is_active else admins,
        key=str(signature.pk),
        attachment=signature.copy,
        signature=signature,
        partner=partner,
        path=reverse("enrollment:signatures", args=[partner.slug, code]),
    )
