"""What the page “If somebody leaves” asks and shows: choices, and what would follow."""

from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.utils.translation import gettext as _

from enrollment.leaving import (
    Change,
    Losses,
    losses_of,
    without_certificate,
    without_competency,
    without_person,
)
from enrollment.models import Certificate, Consultant, HeldCompetency
from enrollment.models.proofs import ProofState
from enrollment.orphans import Orphans, orphans_of
from enrollment.overview import all_programs
from portal import clock
from portal.actors import Member
from portal.findings import Text
from portal.models import Membership, User
from portal.waiting import Waiting
from portal.work import Work, at_risk, work_of

Groups = list[tuple[Text, list[tuple[str, Text]]]]


@dataclass(frozen=True)
class Outcome:
    """What would follow: losses by program, work at risk, tasks without anybody."""

    title: str
    last_day: date
    losses: list[Losses]
    at_risk: list[Waiting]
    member: Membership | None = None
    work: list[Work] = field(default_factory=list)
    orphans: Orphans | None = None

    @property
    def is_harmless(self) -> bool:
        lost = any(each.lost for each in self.losses)
        return not (lost or self.at_risk or self.work or self.orphans)


class WhatIf:
    """The people and proofs of one partner that could fall away."""

    def __init__(self, actor: Member) -> None:
        self.actor = actor
        self.partner = actor.organization
        self.today = clock.today(self.partner.time_zone)
        members = Membership.objects.visible_to(actor).active()
        named = members.select_related("person", "organization")
        self.members = list(named.order_by("person__name"))
        here = Consultant.objects.visible_to(actor).working_on(self.today)
        self.consultants = list(here.select_related("person"))
        verified = Certificate.objects.visible_to(actor).filter(
            state=ProofState.VERIFIED, consultant__in=self.consultants
        )
        self.certificates = list(
            verified.select_related("exam", "consultant__person").order_by("exam__code")
        )
        held = HeldCompetency.objects.visible_to(actor).select_related("competency")
        self.held = list(
            held.filter(state=ProofState.VERIFIED).order_by("competency__name")
        )

    def groups(self) -> Groups:
        """List what can be chosen, by kind."""
        names = sorted(self._people().values(), key=str)
        certificates = [each for each in self.certificates if each.is_valid(self.today)]
        held = [each for each in self.held if each.counts_on(self.today)]
        return [
            (_("A person leaves"), [(f"person-{p.pk}", str(p)) for p in names]),
            (
                _("A certificate lapses"),
                [(f"certificate-{each.pk}", str(each)) for each in certificates],
            ),
            (
                _("A competency lapses"),
                [(f"competency-{each.pk}", str(each)) for each in held],
            ),
        ]

    def outcome(self, kind: str, pk: int, last_day: date) -> Outcome:
        """Try the change; ``kind`` and ``pk`` come from one of the choices."""
        changes = {
            "person": without_person,
            "certificate": without_certificate,
            "competency": without_competency,
        }
        losses = self._losses(changes[kind](pk, last_day), last_day)
        types = [pk for each in losses for pk in each.types]
        outcome = partial(
            Outcome,
            self._title(kind, pk),
            last_day,
            losses,
            at_risk(self.partner, types, last_day),
        )
        if kind != "person":
            return outcome()
        member = next((each for each in self.members if each.person_id == pk), None)
        return outcome(
            member=member,
            work=work_of(self._people()[pk], self.partner, last_day),
            orphans=orphans_of(member) if member else None,
        )

    def _losses(self, change: Change, last_day: date) -> list[Losses]:
        return [
            losses_of(self.partner, each, change, last_day) for each in all_programs()
        ]

    def _title(self, kind: str, pk: int) -> str:
        wanted = f"{kind}-{pk}"
        choices = [each for _kind, group in self.groups() for each in group]
        return next(str(label) for value, label in choices if value == wanted)

    def _people(self) -> dict[int, User]:
        found = {each.person_id: each.person for each in self.consultants}
        return found | {each.person_id: each.person for each in self.members}
