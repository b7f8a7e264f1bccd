"""Competencies: added with a proof, verified or returned."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from enrollment.models import HeldCompetency, Level
from enrollment.models.competencies import CompetencyStage, ProofState
from enrollment.services import competencies
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Document, Email, Reason, Topic
from portal.tenancy import acting_for
from tests.factories.enrollment import CompetencyFactory, HeldCompetencyFactory

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def reason(db):
    return Reason.objects.create(
        topic=Topic.COMPETENCY,
        code="cut-off",
        label="The page is cut off",
        advice="Upload it whole.",
    )


def claim(competency, **change):
    dates = {"valid_from": TODAY, "valid_until": TODAY + timedelta(days=365)}
    return HeldCompetency(
        competency=competency, level=Level.SILVER, **{**dates, **change}
    )


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def mails():
    return sorted(Email.objects.values_list("key", flat=True))


class TestAddCompetency:
    def test_it_waits_for_review_with_its_proof(self, admin, pdf):
        competency = CompetencyFactory()
        with acting_for(admin.organization_id, person=admin.person_id):
            competencies.add_competency(claim(competency), pdf, by=admin)

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.CLAIMED
        assert held.partner == admin.organization
        assert held.proof.parties == [admin.organization_id]
        assert verbs() == ["competency.claimed"]

    def test_only_an_admin_can(self, lead, pdf):
        with pytest.raises(Refused, match="Partner admin"):
            competencies.add_competency(claim(CompetencyFactory()), pdf, by=lead)

        assert not HeldCompetency.objects.exists()

    def test_one_that_has_ended_is_refused(self, admin, pdf):
        ended = {"valid_from": TODAY - timedelta(days=9)}
        ended["valid_until"] = TODAY - timedelta(days=1)
        with pytest.raises(Refused, match="has ended"):
            competencies.add_competency(
                claim(CompetencyFactory(), **ended), pdf, by=admin
            )

        assert not HeldCompetency.objects.exists()

    def test_one_that_ends_before_it_starts_is_refused_beside_its_field(
        self, admin, pdf
    ):
        wrong = claim(CompetencyFactory(), valid_from=TODAY + timedelta(days=400))
        with pytest.raises(Refused, match="before the first") as refusal:
            competencies.add_competency(wrong, pdf, by=admin)

        assert refusal.value.field == "valid_until"
        assert not HeldCompetency.objects.exists()

    def test_the_same_one_twice_is_refused_in_words(self, admin, pdf):
        competency = CompetencyFactory()
        competencies.add_competency(claim(competency), pdf, by=admin)

        with pytest.raises(Refused, match="in your list already"):
            competencies.add_competency(claim(competency), pdf, by=admin)

        assert HeldCompetency.objects.count() == Document.objects.count() == 1
        assert verbs() == ["competency.claimed"]

    def test_a_returned_one_can_be_added_again(self, admin, pdf):
        first = HeldCompetencyFactory(partner=admin.organization, returned=True)
        again = claim(first.competency, valid_from=first.valid_from)
        competencies.add_competency(again, pdf, by=admin)

        assert HeldCompetency.objects.count() == 2

    def test_a_page_that_calls_itself_pdf_is_refused(self, admin):
        page = ContentFile(b"<html>hello</html>", name="proof.pdf")
        with pytest.raises(Refused, match="not what its name says"):
            competencies.add_competency(claim(CompetencyFactory()), page, by=admin)

        assert not HeldCompetency.objects.exists()


class TestDecidingOnAProof:
    def test_verify_tells_the_partners_admins_once(self, admin, lead, reviewer):
        held = HeldCompetencyFactory(partner=admin.organization)

        competencies.verify(held, by=reviewer)

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.VERIFIED
        assert held.decided_by == reviewer.person
        assert mails() == [f"competency-verified:{held.pk}:{admin.person_id}"]
        assert verbs() == ["competency.verified"]

    def test_a_return_carries_reason_advice_and_note_to_the_partner(
        self, admin, reviewer, reason
    ):
        held = HeldCompetencyFactory(partner=admin.organization)

        competencies.return_for_correction(
            held, reason=reason, note="Page 2.", by=reviewer
        )

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.RETURNED
        assert (held.reason, held.return_reason) == (reason, "Page 2.")
        body = Email.objects.get().body
        assert all(word in body for word in ("cut off", "Upload it whole.", "Page 2."))
        assert AuditEntry.objects.get().reason == "The page is cut off Page 2."

    @pytest.mark.parametrize(
        "change", [{"needs_note": True}, {"topic": Topic.CERTIFICATE}]
    )
    def test_a_reason_that_does_not_fit_is_refused(self, reviewer, reason, change):
        held = HeldCompetencyFactory()
        Reason.objects.filter(pk=reason.pk).update(**change)
        reason.refresh_from_db()

        with pytest.raises(Refused):
            competencies.return_for_correction(
                held, reason=reason, note=" ", by=reviewer
            )

        assert HeldCompetency.objects.get().state == ProofState.CLAIMED
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize("action", ["verify", "return_for_correction"])
    def test_a_partner_cannot_decide_itself(self, admin, action, reason):
        held = HeldCompetencyFactory(partner=admin.organization)
        typed = {"reason": reason} if action == "return_for_correction" else {}

        with pytest.raises(Refused, match="Enrollment reviewer"):
            getattr(competencies, action)(held, by=admin, **typed)

        assert HeldCompetency.objects.get().state == ProofState.CLAIMED
        assert not AuditEntry.objects.exists()


def ends_in(days, **fields):
    """Return a verified competency whose anniversary is so many days away."""
    is_renewed = fields.pop("is_renewed", False)
    held = HeldCompetencyFactory.build(
        partner=None,
        proof=None,
        competency=CompetencyFactory.build(grace_days=30),
        valid_until=TODAY + timedelta(days=days),
        **{"state": "verified", **fields},
    )
    held.is_renewed = is_renewed
    return held


@pytest.mark.parametrize(
    ("held", "stage"),
    [
        (ends_in(300, state="claimed"), CompetencyStage.STARTED),
        (ends_in(300, state="returned"), CompetencyStage.RETURNED),
        (ends_in(300, valid_from=TODAY + timedelta(days=1)), CompetencyStage.QUALIFIED),
        (ends_in(300), CompetencyStage.ACTIVE),
        (ends_in(61), CompetencyStage.ACTIVE),
        (ends_in(60), CompetencyStage.AT_RISK),
        (ends_in(60, is_renewed=True), CompetencyStage.ACTIVE),
        (ends_in(-30), CompetencyStage.AT_RISK),
        (ends_in(-31), CompetencyStage.ENDED),
    ],
)
def test_the_stage_of_a_competency_follows_from_its_state_and_dates(held, stage):
    assert held.stage(TODAY) == stage


@pytest.mark.parametrize(("days", "first"), [(20, 21), (-30, -29), (-31, 0)])
def test_a_renewal_goes_on_from_the_anniversary_while_it_is_in_time(days, first):
    begins, ends = ends_in(days).renewal_dates(TODAY)

    assert begins == TODAY + timedelta(days=first)
    assert ends == begins + timedelta(days=364)


class TestRenewing:
    def test_the_form_begins_with_the_next_year(self, as_person, admin):
        held = HeldCompetencyFactory(partner=admin.organization, verified=True)
        address = reverse("enrollment:competency_add", args=[admin.organization.slug])

        page = as_person(admin.person).get(f"{address}?renew={held.pk}")

        first = held.valid_until + timedelta(days=1)
        assert page.context["form"].initial == {
            "competency": held.competency_id,
            "level": held.level,
            "valid_from": first,
            "valid_until": held.valid_until + timedelta(days=365),
        }
        assert f'value="{first:%Y-%m-%d}"' in page.text

    def test_a_strangers_competency_is_not_found(self, as_person, admin):
        held = HeldCompetencyFactory(verified=True)
        address = reverse("enrollment:competency_add", args=[admin.organization.slug])

        page = as_person(admin.person).get(f"{address}?renew={held.pk}")

        assert page.status_code == 404
