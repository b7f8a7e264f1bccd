"""What nobody could do any more if one member left: roles and waiting tasks."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from django.utils.translation import gettext as _

from enrollment.eligibility import leaving
from enrollment.eligibility.leaving import Change, Losses
from enrollment.models import Certificate, Consultant, HeldCompetency
from enrollment.models.competencies import ProofState
from enrollment.presentation import enrollments
from portal import clock
from portal.actors import Member
from portal.findings import Text
from portal.models import Membership, User
from portal.registry import (
    OpenWork,
    Waiting,
    WaitingKind,
    at_risk,
    tasks_of,
    waiting_for,
    work_of,
)
from portal.roles import Role
from portal.services import memberships


@dataclass(frozen=True)
class Orphans:
    """The roles that only one person holds, and the tasks that wait for it alone.

    ``kinds`` are those of its tasks: of one that is long only the first are named.
    """

    is_last_admin: bool
    roles: list[str]
    tasks: list[Waiting]
    kinds: list[WaitingKind]

    def __bool__(self) -> bool:
        return bool(self.roles or self.tasks)


def orphans_of(membership: Membership) -> Orphans:
    """Compare a member with all colleagues together; as many queries for any number."""
    colleagues = list(
        Membership.objects.active()
        .filter(organization=membership.organization, person__is_active=True)
        .exclude(pk=membership.pk)
        .select_related("person", "organization")
    )
    roles_held = {role for colleague in colleagues for role in colleague.roles}
    alone = _waiting_alone(membership, colleagues)
    return Orphans(
        memberships.is_last_admin(membership),
        [str(Role(role).label) for role in membership.roles if role not in roles_held],
        tasks_of(alone),
        alone,
    )


def _waiting_alone(
    membership: Membership, colleagues: list[Membership]
) -> list[WaitingKind]:
    """List what waits for the member and for no role that a colleague has."""
    own_kinds = waiting_for(Member.of(membership))
    others: set[str] = set()
    if colleagues:
        first = colleagues[0]
        roles = frozenset(role for colleague in colleagues for role in colleague.roles)
        together = Member(first.person, first.organization, roles)
        others = {task.url for task in tasks_of(waiting_for(together))}
    kinds = [_without_tasks(kind, others) for kind in own_kinds]
    return [kind for kind in kinds if kind.tasks]


def _without_tasks(kind: WaitingKind, urls: set[str]) -> WaitingKind:
    """Return a kind without the tasks that others have too."""
    alone = [task for task in kind.tasks if task.url not in urls]
    return replace(kind, tasks=alone, count=kind.count - len(kind.tasks) + len(alone))


Groups = list[tuple[Text, list[tuple[str, Text]]]]


@dataclass(frozen=True)
class Outcome:
    """What would follow: losses by program, work at risk, tasks without anybody."""

    title: str
    last_day: date
    losses: list[Losses]
    at_risk: list[Waiting]
    member: Membership | None = None
    work: list[OpenWork] = field(default_factory=list)
    orphans: Orphans | None = None

    @property
    def is_harmless(self) -> bool:
        lost = any(loss.lost for loss in self.losses)
        return not (lost or self.at_risk or self.work or self.orphans)


class WhatIf:
    """The people and proofs of one partner that could fall away."""

    def __init__(self, actor: Member) -> None:
        self.actor = actor
        self.partner = actor.organization
        self.today = clock.today(self.partner.time_zone)
        members = Membership.objects.visible_to(actor).active()
        members_by_name = members.select_related("person", "organization")
        self.members = list(members_by_name.order_by("person__name"))
        consultants = Consultant.objects.visible_to(actor).working_on(self.today)
        self.consultants = list(consultants.select_related("person"))
        verified = Certificate.objects.visible_to(actor).filter(
            state=ProofState.VERIFIED, consultant__in=self.consultants
        )
        self.certificates = list(
            verified.select_related("exam", "consultant__person").order_by("exam__code")
        )
        held_competencies = HeldCompetency.objects.visible_to(actor).select_related(
            "competency"
        )
        self.held_competencies = list(
            held_competencies.filter(state=ProofState.VERIFIED).order_by(
                "competency__name"
            )
        )

    def groups(self) -> Groups:
        """List what can be chosen, by kind."""
        names = sorted(self._people().values(), key=str)
        certificates = [
            certificate
            for certificate in self.certificates
            if certificate.is_valid(self.today)
        ]
        held_competencies = [
            held_competency
            for held_competency in self.held_competencies
            if held_competency.counts_on(self.today)
        ]
        return [
            (_("A person leaves"), [(f"person-{p.pk}", str(p)) for p in names]),
            (
                _("A certificate lapses"),
                [
                    (f"certificate-{certificate.pk}", str(certificate))
                    for certificate in certificates
                ],
            ),
            (
                _("A competency lapses"),
                [
                    (f"competency-{held_competency.pk}", str(held_competency))
                    for held_competency in held_competencies
                ],
            ),
        ]

    def outcome(self, kind: str, pk: int, last_day: date) -> Outcome:
        """Try the change; ``kind`` and ``pk`` come from one of the choices."""
        changes = {
            "person": leaving.without_person,
            "certificate": leaving.without_certificate,
            "competency": leaving.without_competency,
        }
        losses = self._losses(changes[kind](pk, last_day), last_day)
        types = [pk for loss in losses for pk in loss.types]
        outcome = partial(
            Outcome,
            self._title(kind, pk),
            last_day,
            losses,
            at_risk(self.partner, types, last_day),
        )
        if kind != "person":
            return outcome()
        member = next(
            (member for member in self.members if member.person_id == pk), None
        )
        return outcome(
            member=member,
            work=work_of(self._people()[pk], self.partner, last_day),
            orphans=orphans_of(member) if member else None,
        )

    def _losses(self, change: Change, last_day: date) -> list[Losses]:
        return [
            leaving.losses_of(self.partner, program, change, last_day)
            for program in enrollments.all_programs()
        ]

    def _title(self, kind: str, pk: int) -> str:
        key = f"{kind}-{pk}"
        choices = [choice for _kind, group in self.groups() for choice in group]
        return next(str(label) for value, label in choices if value == key)

    def _people(self) -> dict[int, User]:
        people = {
            consultant.person_id: consultant.person for consultant in self.consultants
        }
        return people | {member.person_id: member.person for member in self.members}
