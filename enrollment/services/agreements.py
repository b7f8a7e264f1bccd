"""Signing the program agreement, and the copy of what was signed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from operator import attrgetter

from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import (
    CharField,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Concat, TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import override

from enrollment.models import Enrollment, Program, ProgramAgreement, Signature
from enrollment.models.states import OPEN, RUNNING
from enrollment.services import agreements_sql, catalogue, directory, roles
from portal import clock, files, mail, pdf, reminders, reminders_sql, zones
from portal.actors import CLOCK, Member, Staff
from portal.audit import record
from portal.celery import app
from portal.db import lock_row, nudge
from portal.findings import Refused
from portal.models import Email, Membership, Organization
from portal.reminders import Reminder
from portal.reminders_sql import FirstOffset
from portal.roles import Role
from portal.services import people
from portal.tenancy import acting_for_all
from portal.text import join_words
from portal.zones import days_from, local_day


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
    by.must_be(*roles.ADMINS)
    with transaction.atomic():
        agreements_sql.keep_version(agreement.pk)
        current = ProgramAgreement.objects.select_related("program").get(
            pk=agreement.pk
        )
        _ensure_as_read(current, agreement)
        _ensure_signable(current, by.organization)
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
        directory.facts_changed(by.organization, by=by)
        ask_for_copy(signature)
    return signature


def _ensure_as_read(current: ProgramAgreement, read: ProgramAgreement) -> None:
    if current.what_is_signed() != read.what_is_signed():
        raise Refused(text_has_changed())


def text_has_changed() -> str:
    return _(
        "The agreement changed after you opened this page. Nothing is signed yet:"
        " read the text below, then sign."
    )


def _ensure_signable(version: ProgramAgreement, partner: Organization) -> None:
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
        current.copy = files.store(
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
    admins = people.people_with(partner, *roles.ADMINS)
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


NEW, REMINDER = "agreement-new", "agreement-reminder"


def notify_of_versions() -> int:
    """Ask partners to sign the versions in force, and remind them; counts the mails."""
    with acting_for_all():
        kinds = [kind for version in _in_force() for kind in _kinds_of(version)]
    return sum(reminders.remind(kind) for kind in kinds)


def _in_force() -> list[ProgramAgreement]:
    """List each program's newest version; somewhere it is tomorrow already."""
    begun = ProgramAgreement.objects.filter(effective_on__lte=clock.in_days(1))
    newest = begun.order_by("program", "-effective_on").distinct("program")
    return list(newest.select_related("program"))


def _kinds_of(version: ProgramAgreement) -> Iterator[Reminder[Membership]]:
    what = "Agreement, admin"
    yield Reminder(
        what,
        partial(_admins, version),
        partial(_new_version_letters, version),
        marks=(),
    )
    if version.sign_by is not None:
        due, letters = partial(_to_remind, version), partial(_reminders, version)
        yield Reminder(what, due, letters, marks=())


def _admins(version: ProgramAgreement) -> QuerySet[Membership]:
    """Return the admins of partners that are to sign, each with the date over there."""
    admins = Membership.objects.with_role(*roles.ADMINS).filter(
        organization__in=partners_to_ask(version.program, version),
        person__is_active=True,
    )
    dated = admins.annotate(today=local_day("organization__time_zone", clock.now()))
    due = dated.filter(today__gte=version.effective_on)
    return due.select_related("person", "organization")


def _to_remind(version: ProgramAgreement) -> QuerySet[Membership]:
    """Return the admins who reached an offset of the last day to sign.

    Who heard of the version only now needs no reminder of it.
    """
    last_day = Value(version.sign_by, DateField())
    days = Value(version.program.agreement_reminder_days, ArrayField(IntegerField()))
    left = _admins(version).annotate(days_left=days_from(last_day, F("today")))
    due = reminders_sql.on_offset(left, FirstOffset(days, F("days_left")))
    told_on = TruncDate("queued_at", tzinfo=UTC)
    mails = Email.objects.annotate(days_left=days_from(last_day, told_on)).filter(
        key=Concat(
            Value(f"{NEW}:{version.pk}:"),
            Cast(OuterRef("organization"), CharField()),
            Value(":"),
            Cast(OuterRef("person"), CharField()),
        ),
        days_left__gt=OuterRef("reminder_offset"),
    )
    return due.filter(Exists(mails), days_left__gte=0)


def _new_version_letters(
    version: ProgramAgreement, members: list[Membership]
) -> Iterable[mail.Letter]:
    if members:
        untold = ProgramAgreement.objects.filter(pk=version.pk, told_at=None)
        untold.update(told_at=clock.now())
    return _letters(NEW, version, members, key=str(version.pk))


def _reminders(
    version: ProgramAgreement, members: list[Membership]
) -> Iterator[mail.Letter]:
    for offset, due in groupby(members, key=attrgetter("reminder_offset")):
        key = f"{version.pk}:{version.sign_by}:{offset}"
        yield from _letters(REMINDER, version, list(due), key=key)


def _letters(
    name: str, version: ProgramAgreement, members: list[Membership], *, key: str
) -> Iterator[mail.Letter]:
    """Write to the admins; those of one partner come together."""
    partner_of = attrgetter("organization_id")
    for _pk, admins in groupby(sorted(members, key=partner_of), key=partner_of):
        first, *others = admins
        partner, last_day = first.organization, version.sign_by
        today = clock.today(partner.time_zone)
        context = {
            "partner": partner,
            "agreement": version,
            # Past the last day, or without one, an earlier signature counts no more.
            "until": last_day if last_day and last_day >= today else None,
            "path": reverse(
                "enrollment:agreement", args=[partner.slug, version.program.code]
            ),
        }
        for member in (first, *others):
            yield mail.Letter(name, member.person, f"{key}:{partner.pk}", context)


def publish(version: ProgramAgreement, *, by: Staff) -> None:
    """Keep a version that a program manager has typed; partners can read it at once."""
    by.must_be(*roles.MANAGERS)
    ensure_dates(version)
    catalogue.save(version, by=by)


def ensure_dates(version: ProgramAgreement) -> None:
    """Raise ``Refused`` for dates that would surprise partners who have signed."""
    before = ProgramAgreement.objects.filter(pk=version.pk).first()
    if version.sign_by and version.sign_by < version.effective_on:
        raise Refused(
            _("The last day to sign cannot be before the version is in force."),
            field="sign_by",
        )
    if before is None or before.effective_on != version.effective_on:
        _ensure_past_beginning(version)
    if before and before.sign_by != version.sign_by:
        _ensure_less_time(before, version)


def _ensure_past_beginning(version: ProgramAgreement) -> None:
    signatures = Signature.objects.filter(agreement__program=version.program_id)
    if version.effective_on < clock.today() and signatures.exists():
        raise Refused(
            _("Partners have signed already: choose today or a later date."),
            field="effective_on",
        )


def _ensure_less_time(before: ProgramAgreement, after: ProgramAgreement) -> None:
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
    """Return the partners that signed an earlier version and would have to sign again.

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


def render_copy(signature: Signature) -> bytes:
    """Render what was signed, by whom and when, in the signer's language."""
    zone = signature.partner.time_zone
    with override(signature.signer.language), timezone.override(zones.zone(zone)):
        context = {
            "signature": signature,
            "agreement": signature.agreement,
            "roles": role_names(signature),
            "zone": f"{zone}, {offset_of(signature.signed_there)}",
        }
        return pdf.render("enrollment/agreement_copy", context)


def role_names(signature: Signature) -> str:
    labels = dict(Role.choices)
    return join_words(labels.get(role, role) for role in signature.signer_roles)


def offset_of(moment: datetime) -> str:
    """Return how far a moment's clock is from UTC, such as UTC+02:00."""
    return f"UTC{moment.isoformat()[-6:]}"
