"""A new version of the agreement, which the demo's partners can sign already."""

from datetime import timedelta

from enrollment.models import Program, ProgramAgreement
from enrollment.services import agreements
from payments.demo.story import days_ago
from portal.actors import Staff

ARTICLE = (
    "9. People who leave. The partner hands the open work of a consultant who leaves"
    " to a colleague with the same exams, and tells the customer before the next day"
    " on site."
)


def announce_version(*, by: Staff) -> ProgramAgreement:
    """Publish a second version that comes into force in two weeks."""
    program = Program.objects.get(code="SADPS")
    with days_ago(1) as day:
        before = ProgramAgreement.objects.in_force(program, day)
        assert before is not None, "the catalogue has one"
        version = ProgramAgreement(
            program=program,
            version="2.0",
            title=before.title,
            text=f"{before.text}\n\n{ARTICLE}",
            effective_on=day + timedelta(days=15),
            sign_by=day + timedelta(days=45),
        )
        agreements.publish(version, by=by)
    return version
