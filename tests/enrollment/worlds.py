"""Partners, programs and rules made up by hypothesis, in memory only.

All dates lie within a few days, so that beginnings and ends meet often. Most things
begin early and end late: a partner that may do nothing proves little.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from enrollment.eligibility.facts import Facts, Papers
from enrollment.models import (
    Certificate,
    Competency,
    CompetencyExam,
    Consultant,
    EngagementType,
    Enrollment,
    EnrollmentLine,
    Exam,
    HeldCompetency,
    Offering,
    Program,
    ProgramAgreement,
    ProgramRequirement,
    Qualification,
    Signature,
)
from portal.models import Domain, Organization, User

FIRST = datetime(2026, 3, 1, tzinfo=UTC).date()
DAYS = [FIRST + timedelta(days=n) for n in range(12)]
PARTNER = Organization(pk=1, name="Nordlicht", kind="partner", time_zone="UTC")
PROGRAM = Program(pk=1, code="P", name="Program")
EXAMS = [Exam(pk=n, code=f"E{n}", name=f"Exam {n}") for n in (1, 2, 3)]

days = st.sampled_from(DAYS)
early = st.sampled_from([*DAYS[:2] * 12, *DAYS])
late = st.sampled_from([*DAYS[-2:] * 12, *DAYS])


@st.composite
def spans(draw, names=("valid_from", "valid_until"), *, closed=False):
    """Draw a first and a last day; without ``closed`` either may be open."""
    open_end = [] if closed else [st.none()]
    first, last = draw(st.one_of(*open_end, early)), draw(st.one_of(*open_end, late))
    if first and last and last < first:
        first, last = last, first
    return dict(zip(names, (first, last), strict=True))


def rows(model, *, most, least=1, **fields):
    """Draw rows with keys 1, 2, …; ``dates`` is a strategy of more fields."""
    dates = fields.pop("dates", st.just({}))
    one = st.builds(
        lambda dates, **typed: model(**dates, **typed), dates=dates, **fields
    )
    return st.lists(one, min_size=least, max_size=most).map(numbered)


def numbered(made):
    for key, row in enumerate(made, start=1):
        row.pk = key
    return made


def apart(made, *same):
    """Drop what the database would refuse: alike and in force on the same day."""
    kept = []
    for row in made:
        alike = [k for k in kept if all(getattr(k, s) == getattr(row, s) for s in same)]
        if not any(
            k.is_in_force(day) and row.is_in_force(day) for k in alike for day in DAYS
        ):
            kept.append(row)
    return kept


levels = st.sampled_from([2, 2, 1])
proofs = st.sampled_from([*["verified"] * 4, "claimed"])


@st.composite
def engagement_types(draw, competencies):
    offering = Offering(
        pk=1,
        program=PROGRAM,
        code="O",
        name="O",
        reservation_ends_on=draw(st.one_of(st.none(), late)),
        **draw(spans(("opens_on", "closes_on"))),
    )
    made = EngagementType(pk=1, offering=offering, name="T", slug="t", lengths=[1])
    drawn = draw(
        rows(
            Qualification,
            most=3,
            engagement_type=st.just(made),
            competency=st.sampled_from([*competencies[:1] * 3, competencies[1]]),
            minimum_level=st.sampled_from([1, 2]),
            dates=spans(),
        )
    )
    only = apart(drawn, "competency_id")
    made.known_qualifications = only
    return made


@st.composite
def agreements(draw):
    """Draw versions that begin on different days, the latest first, and signatures."""
    begun = sorted(draw(st.sets(early, min_size=1, max_size=2)), reverse=True)
    made = [
        ProgramAgreement(
            pk=key,
            program=PROGRAM,
            version=str(key),
            effective_on=day,
            sign_by=draw(
                st.one_of(st.none(), days.filter(lambda d, day=day: d >= day))
            ),
        )
        for key, day in enumerate(begun, start=1)
    ]
    signed = [each for each in made if draw(st.sampled_from([1, 1, 1, 0]))]
    return made, {
        each.pk: Signature(
            pk=each.pk,
            partner=PARTNER,
            agreement=each,
            signer_name="Ana",
            signed_at=datetime.combine(draw(early), datetime.min.time(), UTC),
        )
        for each in signed
    }


STATES = ["active", "active", "renewal_due", "lapsed", "suspended"]
UNDECIDED = ["in_progress", "submitted", "rejected"]


@st.composite
def enrollments(draw, offering):
    """Draw periods, the latest first, each with or without a line of the offering."""
    made = []
    for period in range(draw(st.sampled_from([1, 1, 2, 0])), 0, -1):
        state = draw(st.sampled_from([*STATES * 2, *UNDECIDED]))
        dates = draw(spans(("starts_on", "good_until"), closed=True))
        row = Enrollment(
            pk=period, partner=PARTNER, program=PROGRAM, period=period, state=state
        )
        if state in STATES:
            row.starts_on, row.good_until = dates["starts_on"], dates["good_until"]
            row.ends_on = row.good_until
        asked = draw(st.sampled_from([*["approved"] * 6, "asked", "refused", None]))
        line = EnrollmentLine(enrollment=row, offering=offering, state=asked or "asked")
        row.known_lines = [line] if asked else []
        made.append(row)
    return made


@st.composite
def worlds(draw):
    """Draw the facts of one partner and an engagement type to judge them for."""
    competencies = [
        Competency(pk=key, name=f"C{key}", grace_days=draw(st.integers(0, 2)))
        for key in (1, 2)
    ]
    engagement_type = draw(engagement_types(competencies))
    versions, signatures = draw(agreements())
    consultants = draw(
        rows(
            Consultant,
            most=2,
            partner=st.just(PARTNER),
            person=st.just(User(pk=1, name="Kim")),
            dates=spans(("since", "until"), closed=True),
        )
    )
    certificates = draw(
        rows(
            Certificate,
            most=3,
            consultant=st.sampled_from(consultants),
            exam=st.sampled_from(EXAMS),
            state=proofs,
            dates=spans(("passed_on", "valid_until"), closed=True),
        )
        if consultants
        else st.just([])
    )
    requirements = draw(
        rows(
            ProgramRequirement,
            most=3,
            least=0,
            program=st.just(PROGRAM),
            kind=st.sampled_from(["consultant", "training", "domain"]),
            exam=st.just(EXAMS[0]),
            dates=spans(),
        )
    )
    facts = Facts(
        partner=PARTNER,
        program=PROGRAM,
        held_competencies=draw(
            rows(
                HeldCompetency,
                most=3,
                competency=st.sampled_from([*competencies[:1] * 3, competencies[1]]),
                level=levels,
                state=proofs,
                dates=spans(closed=True),
            )
        ),
        papers=Papers(
            agreements=versions,
            signatures=signatures,
            countries=frozenset(draw(st.sets(st.sampled_from(["DE", "FR"])))),
        ),
        enrollments=draw(enrollments(engagement_type.offering)),
        consultants=consultants,
        certificates=certificates,
        exam_rules=apart(
            draw(
                rows(
                    CompetencyExam,
                    most=3,
                    least=0,
                    competency=st.sampled_from(
                        [*competencies[:1] * 3, competencies[1]]
                    ),
                    exam=st.sampled_from(EXAMS),
                    dates=spans(),
                )
            ),
            "competency_id",
            "exam_id",
        ),
        requirements=apart(requirements, "kind"),
        domains=draw(st.sampled_from([[], [Domain(pk=1, name="nordlicht.example")]])),
    )
    return facts, engagement_type
