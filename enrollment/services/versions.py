"""Versions of the program agreement: publishing them, and asking partners to sign."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, Program, ProgramAgreement, Signature
from enrollment.models.enrollments import OPEN, RUNNING
from enrollment.services.catalogue import save
from enrollment.services.rights import MANAGERS
from portal import clock
from portal.actors import Staff
from portal.errors import Refused
from portal.models import Organization

NEW, REMINDER = "agreement-new", "agreement-reminder"


def publish(version: ProgramAgreement, *, by: Staff) -> None:
    """Keep a version that a program manager has typed; partners can read it at once."""
    by.must_be(*MANAGERS)
    refuse_dates(version)
    save(version, by=by)


def refuse_dates(version: ProgramAgreement) -> None:
    """Raise ``Refused`` for dates that would surprise partners who have signed."""
    before = ProgramAgreement.objects.filter(pk=version.pk).first()
    if version.sign_by and version.sign_by < version.effective_on:
        raise Refused(
            _("The last day to sign cannot be before the version is in force."),
            field="sign_by",
        )
    if before is None or before.effective_on != version.effective_on:
        _refuse_past_beginning(version)
    if before and before.sign_by != version.sign_by:
        _refuse_less_time(before, version)


def _refuse_past_beginning(version: ProgramAgreement) -> None:
    signatures = Signature.objects.filter(agreement__program=version.program_id)
    if version.effective_on < clock.today() and signatures.exists():
        raise Refused(
            _("Partners have signed already: choose today or a later date."),
            field="effective_on",
        )


def _refuse_less_time(before: ProgramAgreement, after: ProgramAgreement) -> None:
    if before.told_at is None or before.sign_by is None:
        return
    if after.sign_by is None or after.sign_by < before.sign_by:
        raise Refused(
            _("Partners were told to sign by %(date)s: you can only give more time.")
            % {"date": date_format(before.sign_by)},
            field="sign_by",
        )


def partners_to_ask(
    program: Program, version: ProgramAgreement | None = None
) -> QuerySet[Organization]:
    """Give the partners that signed an earlier version and would have to sign again.

    They are those with a running or open enrollment; without a version, a new one.
    """
    enrolled = Enrollment.objects.filter(
        partner=OuterRef("pk"), program=program, state__in=[*OPEN, *RUNNING]
    )
    signed = Signature.objects.filter(
        partner=OuterRef("pk"), agreement__program=program
    )
    partners = Organization.objects.filter(Exists(enrolled))
    if version is None:
        return partners.filter(Exists(signed))
    earlier = signed.filter(agreement__effective_on__lt=version.effective_on)
    return partners.filter(Exists(earlier), ~Exists(signed.filter(agreement=version)))
