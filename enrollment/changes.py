"""What a partner changed in each part of its enrollment, by the audit trail."""

from datetime import datetime

from django.db.models import Q

from enrollment.models import Section
from portal.audit import TimelineEntry, in_words
from portal.models import AuditEntry, Organization

# Whose entries belong to which part; of the enrollment itself only those about lines.
SUBJECTS = {
    Section.COMPANY: ["portal.organization", "portal.location", "portal.domain"],
    Section.COMPETENCIES: ["enrollment.heldcompetency"],
    Section.CONSULTANTS: ["enrollment.consultant", "enrollment.certificate"],
    Section.AGREEMENT: ["enrollment.signature"],
}
ABOUT_LINES = ["enrollment.offerings_chosen", "enrollment.line_added"]
MOST_TOLD = 200


def _about(section: Section) -> Q:
    if section == Section.OFFERINGS:
        return Q(verb__in=ABOUT_LINES)
    return Q(subject_type__in=SUBJECTS[section])


def last_changed(partner: Organization, section: Section) -> datetime | None:
    """Give when the partner last changed a part of its answers, if ever."""
    own = AuditEntry.objects.filter(_about(section), organization=partner)
    last = own.order_by("-pk").first()
    return last.at if last else None


def changes_since(
    partner: Organization, moment: datetime
) -> dict[Section, list[TimelineEntry]]:
    """Tell what the partner changed since a moment, part by part; one query."""
    own = AuditEntry.objects.filter(organization=partner, at__gt=moment)
    entries = list(own.order_by("pk")[:MOST_TOLD])
    return {
        section: in_words(entry for entry in entries if _belongs(entry, section))
        for section in Section
    }


def _belongs(entry: AuditEntry, section: Section) -> bool:
    if section == Section.OFFERINGS:
        return entry.verb in ABOUT_LINES
    return entry.subject_type in SUBJECTS[section]
