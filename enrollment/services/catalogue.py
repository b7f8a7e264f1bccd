"""The words of the directory that the portal ships; managers change them later."""

import json
import tomllib
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from enrollment.models import (
    Competency,
    CompetencyExam,
    EngagementType,
    Exam,
    Level,
    Offering,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    Signature,
    Tag,
)
from enrollment.models.profiles import TagKind
from enrollment.models.rules import OVERLAPS
from enrollment.services import roles
from portal.actors import Staff
from portal.audit import record
from portal.db import lock_row
from portal.findings import Refused
from portal.roles import Duty
from portal.shipped import load_shipped
from portal.tenancy import acting_for_all

FOLDER = Path(__file__).resolve().parent.parent
FILE = FOLDER / "catalogue.json"
TAGS = FOLDER / "tags.toml"


def load_catalogue() -> None:
    """Add what is missing of the shipped catalogue and the sponsor's groups.

    Rows that exist stay as they are: from then on the catalogue is the managers'.
    """
    shipped = json.loads(FILE.read_text())
    with acting_for_all():
        for duty in Duty:
            Group.objects.get_or_create(name=duty)
        load_shipped()
        _load_tags(tomllib.loads(TAGS.read_text()))
        for competency in shipped["competencies"]:
            _load_competency(competency)
        for program in shipped["programs"]:
            _load_program(program)


def _load_tags(shipped: dict[str, Any]) -> None:
    """Add the tags of each kind, in the order of the file."""
    for kind in TagKind:
        for position, tag in enumerate(shipped[kind]):
            name = tag.get("word") or tag["name"]
            Tag.objects.get_or_create(
                kind=kind,
                slug=tag["slug"],
                defaults={"name": name, "position": position},
            )


def _load_competency(shipped: dict[str, Any]) -> None:
    competency, is_new = Competency.objects.get_or_create(
        name=shipped["name"], defaults={"area": shipped["area"]}
    )
    if is_new:
        for exam in shipped["demo_exams"]:
            CompetencyExam.objects.create(competency=competency, exam=_exam(exam))


def _exam(shipped: dict[str, str]) -> Exam:
    exam, _is_new = Exam.objects.get_or_create(
        code=shipped["code"], defaults={"name": shipped["name"], "is_demo": True}
    )
    return exam


def _load_program(shipped: dict[str, Any]) -> None:
    program, is_new = Program.objects.get_or_create(
        code=shipped["code"], defaults={"name": shipped["name"]}
    )
    if not program.benefit_terms:
        program.benefit_terms = "\n\n".join(shipped["benefit_terms"])
        program.save(update_fields=["benefit_terms"])
    for requirement in shipped["requirements"] if is_new else []:
        ProgramRequirement.objects.create(
            program=program,
            kind=requirement["kind"],
            valid_until=requirement.get("valid_until"),
            exam=_exam(requirement["exam"]) if "exam" in requirement else None,
        )
    agreement = shipped["agreement"]
    ProgramAgreement.objects.get_or_create(
        program=program,
        version=agreement["version"],
        defaults={
            "title": agreement["title"],
            "text": "\n\n".join(agreement["text"]),
            "effective_on": agreement["effective_on"],
        },
    )
    for offering_values in shipped["offerings"]:
        offering, _is_new = Offering.objects.get_or_create(
            code=offering_values["code"],
            defaults={"program": program, "name": offering_values["name"]},
        )
        for engagement_type in offering_values["engagement_types"]:
            _load_engagement_type(offering, engagement_type)


def _load_engagement_type(offering: Offering, shipped: dict[str, Any]) -> None:
    engagement_type, is_new = EngagementType.objects.get_or_create(
        slug=shipped["slug"],
        defaults={
            "offering": offering,
            "name": shipped["name"],
            "lengths": shipped["demo_lengths"],
            "lengths_are_demo": True,
        },
    )
    if is_new:
        Qualification.objects.bulk_create(
            Qualification(
                engagement_type=engagement_type,
                competency=Competency.objects.get(name=qualification["competency"]),
                minimum_level=Level[qualification["minimum_level"].upper()],
            )
            for qualification in shipped["any_of"]
        )


def save(row: models.Model, *, by: Staff) -> None:
    """Keep a row of the catalogue that a program manager has typed."""
    by.must_be(*roles.MANAGERS)
    try:
        with transaction.atomic():
            _add(row, by) if row.pk is None else _change(row, by)
    except IntegrityError as error:
        if "_at_a_time" not in str(error):
            raise
        raise Refused(OVERLAPS, field="valid_from") from error


def _add(row: models.Model, by: Staff) -> None:
    row.save()
    record("catalogue.added", row, by=by, parties=[])


def _change(row: models.Model, by: Staff) -> None:
    with lock_row(row) as current:
        _ensure_leave_signed_text(current, row)
        for field in row._meta.concrete_fields:
            setattr(current, field.attname, getattr(row, field.attname))
        current.save()
        record("catalogue.changed", current, by=by, parties=[])


def _ensure_leave_signed_text(before: models.Model, after: models.Model) -> None:
    if not isinstance(before, ProgramAgreement):
        return
    assert isinstance(after, ProgramAgreement), "the same row"
    if before.what_is_signed() == after.what_is_signed():
        return
    if Signature.objects.filter(agreement=before).exists():
        raise Refused(gettext("This version is signed. Publish a new version instead."))


def remove(row: models.Model, *, by: Staff) -> None:
    """Take a qualification out of the catalogue."""
    by.must_be(*roles.MANAGERS)
    with transaction.atomic():
        record("catalogue.removed", row, by=by, parties=[])
        row.delete()
