"""What waits for a partner's people: agreements, competencies, profiles, enquiries."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.eligibility import coverage
from enrollment.models import (
    BusinessProfile,
    Certificate,
    Consultant,
    Enquiry,
    Enrollment,
    HeldCompetency,
    Pin,
    ProfileState,
    Program,
    ProgramAgreement,
    Signature,
)
from enrollment.models.competencies import ProofState
from enrollment.models.states import OPEN, RUNNING, EnrollmentState
from enrollment.services import roles
from portal import clock
from portal.actors import Member
from portal.clock import Deadline
from portal.registry import Waiting, WaitingKind, WaitingRows, kind_of_few
from portal.roles import Role, Side


def _to_sign(actor: Member) -> Iterator[Waiting]:
    """List the agreements that a partner is asked to sign."""
    today = clock.today(actor.organization.time_zone)
    for version in _in_force(actor, today):
        if not version.is_signed:
            args = [actor.organization.slug, version.program.code]
            yield Waiting(
                _("Sign version %(version)s of the program agreement")
                % {"version": version.version},
                reverse("enrollment:agreement", args=args),
                _consequence(version, today),
                clock.deadline(version.sign_by, actor.organization.time_zone),
            )


def _in_force(actor: Member, today: date) -> list[Any]:
    """List the version in force of each program in which the partner works.

    Each comes with whether the partner ``is_signed`` under it.

    Who enrolls for the first time is led there by the steps of the enrollment.
    """
    signatures = Signature.objects.visible_to(actor)
    known = signatures.values("agreement__program")
    enrollments = Enrollment.objects.visible_to(actor)
    enrolled = enrollments.filter(
        Q(state__in=RUNNING) | Q(state__in=OPEN, program__in=known)
    )
    signed = signatures.filter(agreement=OuterRef("pk"))
    begun = ProgramAgreement.objects.filter(
        program__in=enrolled.values("program"), effective_on__lte=today
    )
    newest = begun.order_by("program", "-effective_on").distinct("program")
    return list(newest.select_related("program").annotate(is_signed=Exists(signed)))


def _consequence(version: ProgramAgreement, today: date) -> str:
    if version.sign_by is None or version.sign_by < today:
        return _("Without it you cannot reserve vouchers.")
    return _("After %(date)s you cannot reserve vouchers without it.") % {
        "date": date_format(version.sign_by)
    }


EXPIRES_SOON_DAYS = 60


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
        held_competencies = HeldCompetency.objects.visible_to(actor).order_by("pk")
        self.held_competencies = list(held_competencies.select_related("competency"))

    @property
    def running(self) -> list[Enrollment]:
        return [
            enrollment for enrollment in self.enrollments if enrollment.state in RUNNING
        ]

    @property
    def latest(self) -> list[Enrollment]:
        """Return the last enrollment in each program."""
        by_program = {
            enrollment.program_id: enrollment
            for enrollment in reversed(self.enrollments)
        }
        return list(by_program.values())

    def tasks(self) -> Iterator[Waiting]:
        if not self.enrollments:
            yield Waiting(
                _("Enroll in the program"),
                self._url("overview"),
                _("See what your competencies qualify you for."),
            )
        yield from self._unfinished_tasks()
        yield from self._competencies()
        yield from self._renewals()

    def _unfinished_tasks(self) -> Iterator[Waiting]:
        ends = {
            enrollment.program_id: enrollment.ends_on for enrollment in self.running
        }
        for enrollment in self.enrollments:
            if enrollment.state == EnrollmentState.IN_PROGRESS:
                pin = self.pins.get(enrollment.pk)
                detail = (
                    f"{pin}. {pin.note}".strip() if pin else str(enrollment.program)
                )
                url, end = (
                    self._url("program", enrollment.program),
                    ends.get(enrollment.program_id),
                )
                until = clock.deadline(end, self.zone)
                yield Waiting(self._title(enrollment), url, detail, until)
            elif (
                enrollment.state == EnrollmentState.REJECTED
                and enrollment in self.latest
            ):
                title = _("Begin your enrollment again")
                url = self._url("program", enrollment.program)
                yield Waiting(title, url, str(enrollment.reason))

    def _title(self, unsent: Enrollment) -> str:
        if unsent.pk in self.pins:
            return _("Mend your enrollment and send it again")
        if unsent.is_renewal:
            return _("Renew your enrollment")
        return _("Finish your enrollment")

    def _competencies(self) -> Iterator[Waiting]:
        for held_competency in self._last_of_each():
            left = (held_competency.valid_until - self.today).days
            if held_competency.state == ProofState.RETURNED:
                yield self._add(
                    _("Add %(held)s again"),
                    held_competency,
                    held_competency.return_reason,
                )
            elif (
                held_competency.state == ProofState.VERIFIED
                and left <= EXPIRES_SOON_DAYS
            ):
                detail = _("Add it with its new dates before it ends.")
                yield self._add(
                    _("Renew %(held)s"),
                    held_competency,
                    detail,
                    due_on=held_competency.valid_until,
                )

    def _last_of_each(self) -> list[HeldCompetency]:
        return list(
            {
                held_competency.competency_id: held_competency
                for held_competency in self.held_competencies
            }.values()
        )

    def _add(
        self,
        title: str,
        held_competency: HeldCompetency,
        detail: str,
        due_on: date | None = None,
    ) -> Waiting:
        url = self._url("competency_add")
        until = clock.deadline(due_on, self.zone)
        return Waiting(title % {"held": held_competency}, url, detail, until)

    def _renewals(self) -> Iterator[Waiting]:
        for enrollment in self.latest:
            opens_on = enrollment.renewal_opens_on
            is_over = enrollment.state == EnrollmentState.LAPSED
            if is_over or (
                enrollment in self.running and opens_on and opens_on <= self.today
            ):
                yield Waiting(
                    _("Renew your enrollment"),
                    self._url("program", enrollment.program),
                    str(enrollment.program),
                    None if is_over else clock.deadline(enrollment.ends_on, self.zone),
                )

    def _url(self, page: str, program: Program | None = None) -> str:
        args = [self.slug, *([program.code] if program else [])]
        return reverse(f"enrollment:{page}", args=args)


def tasks_about_consultants(actor: Member) -> list[Waiting]:
    """List what a person has to do for the own certificates; nobody else can."""
    today = clock.today(actor.organization.time_zone)
    consultants = Consultant.objects.visible_to(actor).working_on(today)
    consultant = (
        consultants.filter(person=actor.person).select_related("partner").first()
    )
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
        certificate.exam_id: certificate
        for certificate in rows.select_related("exam", "reason").order_by(
            "passed_on", "pk"
        )
    }
    add = reverse(
        "enrollment:certificate_add", args=[consultant.partner.slug, consultant.pk]
    )
    if not last:
        detail = _("Without a verified exam you can lead no engagement.")
        yield Waiting(_("Add the exams you passed"), add, detail)
    soon = clock.today(consultant.partner.time_zone) + timedelta(
        days=coverage.SOON_DAYS
    )
    for certificate in last.values():
        if certificate.state == ProofState.RETURNED:
            why = f"{certificate.reason or ''} {certificate.return_reason}".strip()
            title = _("Add %(exam)s again") % {"exam": certificate.exam.code}
            yield Waiting(title, f"{add}?exam={certificate.exam.code}", why)
        elif _ends_soon(certificate, soon):
            title = _("Renew %(exam)s") % {"exam": certificate.exam.code}
            detail = _("Pass the exam anew and add it before the certificate ends.")
            url = f"{add}?exam={certificate.exam.code}"
            assert certificate.ends_on is not None, "it ends soon"
            until = Deadline(certificate.ends_on, consultant.partner.time_zone)
            yield Waiting(title, url, detail, until)


def _ends_soon(certificate: Certificate, soon: date) -> bool:
    ends_on = certificate.ends_on
    is_verified = certificate.state == ProofState.VERIFIED
    return bool(is_verified and ends_on and ends_on <= soon)


def _enquiries(actor: Member) -> WaitingRows:
    """Gather the enquiries that wait for an answer of the actor's company."""
    waiting = Enquiry.objects.visible_to(actor).waiting()
    return WaitingRows(
        _("Enquiries to answer"),
        reverse("enrollment:enquiries", args=[actor.organization.slug]),
        waiting.order_by("answer_by", "pk"),
        waiting.select_related("customer"),
        partial(_answer, actor),
    )


def _answer(actor: Member, enquiry: Enquiry) -> Waiting:
    return Waiting(
        _("Answer the enquiry of %(customer)s") % {"customer": enquiry.customer},
        enquiry.address_for(actor.organization),
        _("After that day it closes, and the customer is told of others."),
        Deadline(enquiry.answer_by, actor.organization.time_zone),
    )


def _to_publish(actor: Member) -> Iterator[Waiting]:
    """List the profiles to be mended, or the first one to be published."""
    partner = actor.organization
    own_profiles = BusinessProfile.objects.visible_to(actor)
    profiles = list(
        own_profiles.select_related("partner", "reason").order_by("country")
    )
    returned = [
        profile for profile in profiles if profile.state == ProfileState.RETURNED
    ]
    for profile in returned:
        yield Waiting(
            _("Mend your business profile for %(country)s")
            % {"country": profile.country_name},
            profile.get_absolute_url(),
            " ".join(filter(None, [f"{profile.reason}.", profile.note])),
        )
    published = any(profile.state == ProfileState.PUBLISHED for profile in profiles)
    today = clock.today(partner.time_zone)
    enrolled = Enrollment.objects.visible_to(actor).running_on(today)
    if not published and not returned and enrolled.exists():
        yield Waiting(
            _("Publish your business profile"),
            reverse("enrollment:profiles", args=[partner.slug]),
            _("Customers find you once it is published."),
        )


def kinds_for(actor: Member) -> Iterator[WaitingKind | WaitingRows]:
    """Gather what waits: of most kinds as many as there are programs or countries."""
    address = partial(reverse, args=[actor.organization.slug])
    overview = address("enrollment:overview")
    is_admin = actor.has(*roles.ADMINS)
    if is_admin:
        yield kind_of_few(_("Enrollment"), overview, _Desk(actor).tasks())
    if actor.has(*roles.ANSWERERS):
        yield _enquiries(actor)
    if is_admin:
        yield kind_of_few(_("Agreements"), overview, _to_sign(actor))
        profiles = address("enrollment:profiles")
        yield kind_of_few(_("Business profiles"), profiles, _to_publish(actor))
    if actor.kind == Side.PARTNER:
        consultants = address("enrollment:consultants")
        tasks = tasks_about_consultants(actor)
        yield kind_of_few(_("Certificates"), consultants, tasks)
