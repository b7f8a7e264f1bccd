"""Reminders of competencies and certificates that end: the nearest rung, once each.

One statement finds what is due, so that rows that need nothing cost nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.urls import reverse

from enrollment.models import Certificate, HeldCompetency
from enrollment.services.rights import ADMINS
from portal import clock, mail
from portal.models import Membership, User
from portal.tenancy import acting_for_all

BATCH = 500


def remind_of_competencies() -> int:
    """Remind partners to renew their competencies [RENEW]; gives how many."""
    return _until_none_is_left(_competencies)


def remind_of_certificates() -> int:
    """Remind consultants and partners of certificates that end; gives how many."""
    return _until_none_is_left(_certificates)


def _until_none_is_left(remind: Callable[[], int]) -> int:
    found = total = remind()
    while found == BATCH:
        found = remind()
        total += found
    return total


def _competencies() -> int:
    with acting_for_all():
        rows = HeldCompetency.objects.to_remind(clock.now()).order_by("pk")
        # What somebody decides about at this moment is found by the next run.
        free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        due = list(free.select_related("partner", "competency")[:BATCH])
        admins = _admins_of(each.partner_id for each in due)
        for each in due:
            each.reminded = each.rung
            add = reverse("enrollment:competency_add", args=[each.partner.slug])
            context = {"held": each, "path": f"{add}?renew={each.pk}"}
            _post("competency-ends", each, admins[each.partner_id], context)
        HeldCompetency.objects.bulk_update(due, ["reminded"])
    return len(due)


def _certificates() -> int:
    with acting_for_all():
        rows = Certificate.objects.to_remind(clock.now()).order_by("pk")
        free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        due = list(free.select_related("partner", "exam", "consultant__person")[:BATCH])
        admins = _admins_of(each.partner_id for each in due)
        for each in due:
            each.reminded = each.rung
            each.consultant.partner = each.partner
            path = each.consultant.get_absolute_url()
            people = [each.consultant.person, *admins[each.partner_id]]
            _post("certificate-ends", each, people, {"certificate": each, "path": path})
        Certificate.objects.bulk_update(due, ["reminded"])
    return len(due)


def _post(
    name: str,
    row: HeldCompetency | Certificate,
    people: Iterable[User],
    context: dict[str, object],
) -> None:
    each_once = {person.pk: person for person in people}.values()
    key, words = f"{row.pk}:{row.reminded}", {"partner": row.partner, **context}
    mail.put_all(mail.Letter(person, key, words).write(name) for person in each_once)


def _admins_of(partners: Iterable[int]) -> dict[int, list[User]]:
    """Find the admins of many partners in one query."""
    found: dict[int, list[User]] = defaultdict(list)
    members = Membership.objects.with_role(*ADMINS).filter(
        organization__in=set(partners), person__is_active=True
    )
    for member in members.select_related("person").order_by("pk"):
        found[member.organization_id].append(member.person)
    return found
