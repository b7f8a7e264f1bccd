"""What waits for a partner's people: agreements, competencies, profiles, enquiries."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property, partial

from django.db.models import Case, Exists, F, OuterRef, Q, When
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
from portal.models import Organization
from portal.registry import Answers, Waiting, WaitingKind, WaitingRows, kind_of_few
from portal.roles import Role, Side


def _to_sign(actor: Member) -> WaitingRows:
    """Gather the agreements that a partner is asked to sign.

    That is the version in force of each program in which the partner works. Who enrolls
    for the first time is led there by the steps of the enrollment.
    """
    today = clock.today(actor.organization.time_zone)
    signatures = Signature.objects.visible_to(actor)
    known = signatures.values("agreement__program")
    enrollments = Enrollment.objects.visible_to(actor)
    enrolled = enrollments.filter(
        Q(state__in=RUNNING) | Q(state__in=OPEN, program__in=known)
    )
    begun = ProgramAgreement.objects.filter(effective_on__lte=today)
    newer = begun.filter(
        program=OuterRef("program"), effective_on__gt=OuterRef("effective_on")
    )
    unsigned = begun.filter(
        ~Exists(newer),
        ~Exists(signatures.filter(agreement=OuterRef("pk"))),
        program__in=enrolled.values("program"),
    )
    return WaitingRows(
        _("Agreements"),
        reverse("enrollment:overview", args=[actor.organization.slug]),
        unsigned.order_by(F("sign_by").asc(nulls_last=True), "pk"),
        ProgramAgreement.objects.select_related("program").defer("text"),
        partial(_sign, actor, today),
    )


def _sign(actor: Member, today: date, version: ProgramAgreement) -> Waiting:
    args = [actor.organization.slug, version.program.code]
    return Waiting(
        _("Sign version %(version)s of the program agreement")
        % {"version": version.version},
        reverse("enrollment:agreement", args=args),
        _consequence(version, today),
        clock.deadline(version.sign_by, actor.organization.time_zone),
    )


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
        self.open_pins = Pin.objects.visible_to(actor).open()

    @cached_property
    def pins(self) -> dict[int, Pin]:
        """Return the first pin of each enrollment that came back."""
        pins = self.open_pins.select_related("reason").order_by("-pk")
        return {pin.enrollment_id: pin for pin in pins}

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


def _competencies(actor: Member) -> WaitingRows:
    """Gather what of each competency was added last, and came back or ends soon."""
    own = HeldCompetency.objects.visible_to(actor)
    later = own.filter(competency=OuterRef("competency"), pk__gt=OuterRef("pk"))
    soon = clock.in_days(EXPIRES_SOON_DAYS, actor.organization.time_zone)
    ending = Q(state=ProofState.VERIFIED, valid_until__lte=soon)
    waiting = own.filter(Q(state=ProofState.RETURNED) | ending, ~Exists(later))
    due_on = Case(When(ending, then=F("valid_until")))
    return WaitingRows(
        _("Enrollment"),
        reverse("enrollment:overview", args=[actor.organization.slug]),
        waiting.order_by(due_on, "pk"),
        own.select_related("competency"),
        partial(_add, actor),
    )


def _add(actor: Member, held_competency: HeldCompetency) -> Waiting:
    url = reverse("enrollment:competency_add", args=[actor.organization.slug])
    if held_competency.state == ProofState.RETURNED:
        title = _("Add %(held)s again") % {"held": held_competency}
        return Waiting(title, url, held_competency.return_reason)
    return Waiting(
        _("Renew %(held)s") % {"held": held_competency},
        url,
        _("Add it with its new dates before it ends."),
        Deadline(held_competency.valid_until, actor.organization.time_zone),
    )


def kinds_about_consultants(actor: Member) -> Iterator[WaitingRows]:
    """Gather what a person has to do for the own certificates; nobody else can."""
    today = clock.today(actor.organization.time_zone)
    consultants = Consultant.objects.visible_to(actor)
    own = consultants.working_on(today).filter(person=actor.person)
    kind = partial(
        WaitingRows,
        _("Certificates"),
        reverse("enrollment:consultants", args=[actor.organization.slug]),
    )
    if actor.has(Role.CONSULTANT):
        companies = Organization.objects.filter(pk=actor.organization_id)
        yield kind(companies.filter(~Exists(own)), Organization.objects.all(), _confirm)
    certificates = Certificate.objects.visible_to(actor).filter(consultant__in=own)
    passed = certificates.filter(consultant=OuterRef("pk"))
    yield kind(
        own.filter(~Exists(passed)), consultants.select_related("partner"), _add_first
    )
    soon = today + timedelta(days=coverage.SOON_DAYS)
    yield kind(
        certificates.to_add_again(soon),
        Certificate.objects.select_related("exam", "reason", "consultant__partner"),
        _add_certificate,
    )


def _confirm(company: Organization) -> Waiting:
    return Waiting(
        _("Confirm that you work for %(company)s") % {"company": company},
        reverse("enrollment:consultant_confirm", args=[company.slug]),
        _("Nobody else can say it for you. Then add the exams you passed."),
    )


def _certificate_url(consultant: Consultant) -> str:
    args = [consultant.partner.slug, consultant.pk]
    return reverse("enrollment:certificate_add", args=args)


def _add_first(consultant: Consultant) -> Waiting:
    detail = _("Without a verified exam you can lead no engagement.")
    return Waiting(_("Add the exams you passed"), _certificate_url(consultant), detail)


def _add_certificate(certificate: Certificate) -> Waiting:
    exam, consultant = certificate.exam, certificate.consultant
    url = f"{_certificate_url(consultant)}?exam={exam.code}"
    if certificate.state == ProofState.RETURNED:
        why = f"{certificate.reason or ''} {certificate.return_reason}".strip()
        return Waiting(_("Add %(exam)s again") % {"exam": exam.code}, url, why)
    assert certificate.ends_on is not None, "it ends soon"
    return Waiting(
        _("Renew %(exam)s") % {"exam": exam.code},
        url,
        _("Pass the exam anew and add it before the certificate ends."),
        Deadline(certificate.ends_on, consultant.partner.time_zone),
    )


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


def _to_publish(actor: Member) -> Iterator[WaitingRows]:
    """Gather the profiles to be mended, or ask for the first one."""
    partner = actor.organization
    own = BusinessProfile.objects.visible_to(actor)
    kind = partial(
        WaitingRows,
        _("Business profiles"),
        reverse("enrollment:profiles", args=[partner.slug]),
    )
    yield kind(
        own.filter(state=ProfileState.RETURNED).order_by("country"),
        own.select_related("partner", "reason"),
        _mend,
    )
    shown = own.filter(state__in=[ProfileState.PUBLISHED, ProfileState.RETURNED])
    today = clock.today(partner.time_zone)
    enrolled = Enrollment.objects.visible_to(actor).running_on(today)
    companies = Organization.objects.filter(~Exists(shown), Exists(enrolled))
    yield kind(companies.filter(pk=partner.pk), Organization.objects.all(), _publish)


def _mend(profile: BusinessProfile) -> Waiting:
    return Waiting(
        _("Mend your business profile for %(country)s")
        % {"country": profile.country_name},
        profile.get_absolute_url(),
        " ".join(filter(None, [f"{profile.reason}.", profile.note])),
    )


def _publish(partner: Organization) -> Waiting:
    return Waiting(
        _("Publish your business profile"),
        reverse("enrollment:profiles", args=[partner.slug]),
        _("Customers find you once it is published."),
    )


def kinds_for(actor: Member, _answers: Answers) -> Iterator[WaitingKind | WaitingRows]:
    """Gather what waits: of most kinds as many as there are programs or countries."""
    is_admin = actor.has(*roles.ADMINS)
    if is_admin:
        overview = reverse("enrollment:overview", args=[actor.organization.slug])
        yield kind_of_few(_("Enrollment"), overview, _Desk(actor).tasks())
        yield _competencies(actor)
    if actor.has(*roles.ANSWERERS):
        yield _enquiries(actor)
    if is_admin:
        yield _to_sign(actor)
        yield from _to_publish(actor)
    if actor.kind == Side.PARTNER:
        yield from kinds_about_consultants(actor)
