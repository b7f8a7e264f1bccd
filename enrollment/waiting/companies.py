"""What waits for partner admins: proofs and periods of the company."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import (
    Enrollment,
    HeldCompetency,
    Pin,
    Program,
)
from enrollment.models.enrollments import RUNNING, EnrollmentState
from enrollment.models.proofs import ProofState
from enrollment.services import ADMINS
from portal import clock
from portal.actors import Member
from portal.waiting import Waiting

EXPIRES_SOON_DAYS = 60


def tasks_for(actor: Member) -> list[Waiting]:
    """List what a partner's admin is expected to do; nothing for anybody else."""
    if actor.organization is None or not actor.has(*ADMINS):
        return []
    return list(_Desk(actor).tasks())


class _Desk:
    """The rows behind the list, each kind loaded once."""

    def __init__(self, actor: Member) -> None:
        self.slug = actor.organization.slug
        self.zone = actor.organization.time_zone
        self.today = clock.today(self.zone)
        enrollments = Enrollment.objects.visible_to(actor).order_by("-period")
        self.enrollments = list(enrollments.select_related("program", "reason"))
        pins = Pin.objects.visible_to(actor).open().select_related("reason")
        self.pins = {pin.enrollment_id: pin for pin in pins.order_by("-pk")}
        held = HeldCompetency.objects.visible_to(actor).order_by("pk")
        self.held = list(held.select_related("competency"))

    @property
    def running(self) -> list[Enrollment]:
        return [each for each in self.enrollments if each.state in RUNNING]

    @property
    def latest(self) -> list[Enrollment]:
        """Give the last enrollment in each program."""
        by_program = {each.program_id: each for each in reversed(self.enrollments)}
        return list(by_program.values())

    def tasks(self) -> Iterator[Waiting]:
        if not self.enrollments:
            yield Waiting(
                _("Enroll in the program"),
                self._url("overview"),
                _("See what your competencies qualify you for."),
            )
        yield from self._unfinished()
        yield from self._competencies()
        yield from self._renewals()

    def _unfinished(self) -> Iterator[Waiting]:
        ends = {each.program_id: each.ends_on for each in self.running}
        for each in self.enrollments:
            if each.state == EnrollmentState.IN_PROGRESS:
                pin = self.pins.get(each.pk)
                detail = f"{pin}. {pin.note}".strip() if pin else str(each.program)
                url, end = self._url("program", each.program), ends.get(each.program_id)
                until = clock.deadline(end, self.zone)
                yield Waiting(self._title(each), url, detail, until)
            elif each.state == EnrollmentState.REJECTED and each in self.latest:
                title = _("Begin your enrollment again")
                url = self._url("program", each.program)
                yield Waiting(title, url, str(each.reason))

    def _title(self, unsent: Enrollment) -> str:
        if unsent.pk in self.pins:
            return _("Mend your enrollment and send it again")
        if unsent.is_renewal:
            return _("Renew your enrollment")
        return _("Finish your enrollment")

    def _competencies(self) -> Iterator[Waiting]:
        for each in self._last_of_each():
            left = (each.valid_until - self.today).days
            if each.state == ProofState.RETURNED:
                yield self._add(_("Add %(held)s again"), each, each.return_reason)
            elif each.state == ProofState.VERIFIED and left <= EXPIRES_SOON_DAYS:
                detail = _("Add it with its new dates before it ends.")
                yield self._add(
                    _("Renew %(held)s"), each, detail, due_on=each.valid_until
                )

    def _last_of_each(self) -> list[HeldCompetency]:
        return list({each.competency_id: each for each in self.held}.values())

    def _add(
        self, title: str, held: HeldCompetency, detail: str, due_on: date | None = None
    ) -> Waiting:
        url = self._url("competency_add")
        until = clock.deadline(due_on, self.zone)
        return Waiting(title % {"held": held}, url, detail, until)

    def _renewals(self) -> Iterator[Waiting]:
        for each in self.latest:
            opens_on = each.renewal_opens_on
            is_over = each.state == EnrollmentState.LAPSED
            if is_over or (
                each in self.running and opens_on and opens_on <= self.today
            ):
                yield Waiting(
                    _("Renew your enrollment"),
                    self._url("program", each.program),
                    str(each.program),
                    None if is_over else clock.deadline(each.ends_on, self.zone),
                )

    def _url(self, page: str, program: Program | None = None) -> str:
        args = [self.slug, *([program.code] if program else [])]
        return reverse(f"enrollment:{page}", args=args)
