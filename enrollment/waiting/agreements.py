"""What waits for partner admins: the version of the agreement in force."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, ProgramAgreement, Signature
from enrollment.models.enrollments import OPEN, RUNNING
from enrollment.services import ADMINS
from portal import clock
from portal.actors import Member
from portal.waiting import Waiting


def tasks_for(actor: Member) -> list[Waiting]:
    """List the agreements that a partner's admin is asked to sign."""
    if actor.organization is None or not actor.has(*ADMINS):
        return []
    return list(_to_sign(actor, clock.today(actor.organization.time_zone)))


def _to_sign(actor: Member, today: date) -> Iterator[Waiting]:
    mine = Signature.objects.visible_to(actor).select_related("agreement")
    signed = {each.agreement_id: each.agreement.program_id for each in mine}
    for version in _in_force(actor, today, set(signed.values())):
        if version.pk not in signed:
            args = [actor.organization.slug, version.program.code]
            yield Waiting(
                _("Sign version %(version)s of the program agreement")
                % {"version": version.version},
                reverse("enrollment:agreement", args=args),
                _consequence(version, today),
                clock.deadline(version.sign_by, actor.organization.time_zone),
            )


def _in_force(actor: Member, today: date, known: set[int]) -> list[ProgramAgreement]:
    """List the version in force of each program in which the partner works.

    Who enrolls for the first time is led there by the steps of the enrollment.
    """
    mine = Enrollment.objects.visible_to(actor)
    enrolled = mine.filter(Q(state__in=RUNNING) | Q(state__in=OPEN, program__in=known))
    begun = ProgramAgreement.objects.filter(
        program__in=enrolled.values("program"), effective_on__lte=today
    )
    newest = begun.order_by("program", "-effective_on").distinct("program")
    return list(newest.select_related("program"))


def _consequence(version: ProgramAgreement, today: date) -> str:
    if version.sign_by is None or version.sign_by < today:
        return _("Without it you cannot reserve vouchers.")
    return _("After %(date)s you cannot reserve vouchers without it.") % {
        "date": date_format(version.sign_by)
    }
