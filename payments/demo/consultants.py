"""Who leads engagements in the demo, and what each can show."""

from datetime import timedelta

from enrollment.models import Certificate, CompetencyExam, Consultant, Exam
from enrollment.services import consultants, roles
from enrollment.services.consultants import Employment
from payments.demo import cast
from payments.demo.cast import DemoPlace
from payments.demo.story import days_ago, pdf
from portal import clock
from portal.actors import Member, Staff
from portal.roles import Role


def certify(place: DemoPlace, competencies: list[str], *, ago: int, by: Staff) -> None:
    """Let the delivery lead, or else the admin, pass one exam of each competency."""
    people = place.people.values()
    admins = (a for a in people if a.has(*roles.ADMINS))
    lead = next((a for a in people if a.has(Role.DELIVERY_LEAD)), next(admins))
    consultant = employ(lead, ago=ago)
    for name in competencies:
        with days_ago(ago):
            consultants.verify_certificate(
                pass_exam(consultant, name, 730, lead), by=by
            )


def hire_a_second(place: DemoPlace, *, by: Staff) -> None:
    """Give a partner a second consultant, for whom something is to be done."""
    kira = cast.join(place, "Kira Consultant", Role.CONSULTANT)
    consultant = employ(kira, ago=200)
    with days_ago(200):
        for name, days in [("Windows and Devices", 900), ("Messaging", 220)]:
            consultants.verify_certificate(
                pass_exam(consultant, name, days, kira), by=by
            )
    with days_ago(2):
        pass_exam(consultant, "Datacenter", 730, kira)


def employ(actor: Member, *, ago: int) -> Consultant:
    with days_ago(ago) as today:
        return consultants.confirm_employment(Employment(today), by=actor)


def pass_exam(
    consultant: Consultant, competency: str, days: int, by: Member
) -> Certificate:
    """Let a consultant pass the first exam of a competency today, valid so long."""
    today = clock.today()
    certificate = Certificate(
        consultant=consultant,
        exam=first_exam(competency),
        passed_on=today,
        valid_until=today + timedelta(days=days),
    )
    proof = pdf(f"Certificate of {consultant} in {competency}")
    return consultants.add_certificate(certificate, proof, by=by)


def first_exam(competency: str) -> Exam:
    rules = CompetencyExam.objects.filter(competency__name=competency)
    rule: CompetencyExam = rules.select_related("exam").order_by("exam__code")[0]
    return rule.exam
