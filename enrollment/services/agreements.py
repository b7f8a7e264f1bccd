"""Signing the program agreement."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import ProgramAgreement, Signature
from enrollment.services.rights import ADMINS
from portal import clock
from portal.actors import Actor
from portal.audit import record
from portal.errors import Refused


def sign(
    agreement: ProgramAgreement,
    *,
    name: str,
    title: str,
    address: str | None,
    by: Actor,
) -> Signature:
    """Sign a version of the agreement for the actor's company, once.

    The hash of the text stays with the signature, so that nobody can doubt later what
    was signed.
    """
    by.must_be(*ADMINS)
    assert by.organization is not None, "an admin has an organization"
    assert by.person is not None, "an admin is a person"
    today = clock.today(by.organization.time_zone)
    in_force = ProgramAgreement.objects.in_force(agreement.program, today)
    if in_force != agreement:
        raise Refused(_("This version of the agreement is not in force today."))
    signature, is_new = Signature.objects.get_or_create(
        partner=by.organization,
        agreement=agreement,
        defaults={
            "signer": by.person,
            "signer_name": name,
            "signer_title": title,
            "address": address,
            "text_hash": agreement.text_hash,
            "signed_at": clock.now(),
        },
    )
    if not is_new:
        raise Refused(
            _("%(name)s signed this version for your company on %(date)s.")
            % {
                "name": signature.signer_name,
                "date": date_format(signature.signed_at, "DATE_FORMAT"),
            }
        )
    record("agreement.signed", signature, by=by, parties=[by.organization.pk])
    return signature
