"""What waits for a consultant: to confirm, to add exams, to renew certificates."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.coverage import SOON_DAYS
from enrollment.models import Certificate, Consultant
from enrollment.models.proofs import ProofState
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.roles import Kind, Role
from portal.waiting import Waiting


def tasks_for(actor: Member) -> list[Waiting]:
    """List what a person has to do for the own certificates; nobody else can."""
    if actor.kind != Kind.PARTNER or actor.organization is None:
        return []
    today = clock.today(actor.organization.time_zone)
    mine = Consultant.objects.visible_to(actor).working_on(today)
    consultant = mine.filter(person=actor.person).select_related("partner").first()
    if consultant is None:
        return list(_to_confirm(actor))
    return list(_certificates(consultant, actor))


def _to_confirm(actor: Member) -> Iterator[Waiting]:
    if actor.has(Role.CONSULTANT):
        yield Waiting(
            _("Confirm that you work for %(company)s")
            % {"company": actor.organization},
            reverse("enrollment:consultant_confirm", args=[actor.organization.slug]),
            _("Nobody else can say it for you. Then add the exams you passed."),
        )


def _certificates(consultant: Consultant, actor: Member) -> Iterator[Waiting]:
    rows = Certificate.objects.visible_to(actor).filter(consultant=consultant)
    last = {
        each.exam_id: each
        for each in rows.select_related("exam", "reason").order_by("passed_on", "pk")
    }
    add = reverse(
        "enrollment:certificate_add", args=[consultant.partner.slug, consultant.pk]
    )
    if not last:
        detail = _("Without a verified exam you can lead no engagement.")
        yield Waiting(_("Add the exams you passed"), add, detail)
    soon = clock.today(consultant.partner.time_zone) + timedelta(days=SOON_DAYS)
    for each in last.values():
        if each.state == ProofState.RETURNED:
            why = f"{each.reason or ''} {each.return_reason}".strip()
            title = _("Add %(exam)s again") % {"exam": each.exam.code}
            yield Waiting(title, f"{add}?exam={each.exam.code}", why)
        elif _ends_soon(each, soon):
            title = _("Renew %(exam)s") % {"exam": each.exam.code}
            detail = _("Pass the exam anew and add it before the certificate ends.")
            url = f"{add}?exam={each.exam.code}"
            assert each.ends_on is not None, "it ends soon"
            until = Deadline(each.ends_on, consultant.partner.time_zone)
            yield Waiting(title, url, detail, until)


def _ends_soon(certificate: Certificate, soon: date) -> bool:
    ends_on = certificate.ends_on
    is_verified = certificate.state == ProofState.VERIFIED
    return bool(is_verified and ends_on and ends_on <= soon)
