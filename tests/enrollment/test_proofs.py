"""Competencies: added with a proof, verified or returned."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile

from enrollment import services
from enrollment.models import (
    HeldCompetency,
    Level,
)
from enrollment.models.proofs import ProofState
from portal import clock
from portal.errors import Refused
from portal.models import AuditEntry, Document, Email
from portal.tenancy import acting_for
from tests.factories import (
    CompetencyFactory,
    HeldCompetencyFactory,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()


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
        with acting_for(admin.organization_id):
            services.add_competency(claim(competency), pdf, by=admin)

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.CLAIMED
        assert held.partner == admin.organization
        assert held.proof.parties == [admin.organization_id]
        assert verbs() == ["competency.claimed"]

    def test_only_an_admin_can(self, lead, pdf):
        with pytest.raises(Refused, match="Partner admin"):
            services.add_competency(claim(CompetencyFactory()), pdf, by=lead)

        assert not HeldCompetency.objects.exists()

    def test_one_that_has_ended_is_refused(self, admin, pdf):
        ended = {"valid_from": TODAY - timedelta(days=9)}
        ended["valid_until"] = TODAY - timedelta(days=1)
        with pytest.raises(Refused, match="has ended"):
            services.add_competency(claim(CompetencyFactory(), **ended), pdf, by=admin)

        assert not HeldCompetency.objects.exists()

    def test_the_same_one_twice_is_refused_in_words(self, admin, pdf):
        competency = CompetencyFactory()
        services.add_competency(claim(competency), pdf, by=admin)

        with pytest.raises(Refused, match="in your list already"):
            services.add_competency(claim(competency), pdf, by=admin)

        assert HeldCompetency.objects.count() == Document.objects.count() == 1
        assert verbs() == ["competency.claimed"]

    def test_a_returned_one_can_be_added_again(self, admin, pdf):
        first = HeldCompetencyFactory(partner=admin.organization, returned=True)
        again = claim(first.competency, valid_from=first.valid_from)
        services.add_competency(again, pdf, by=admin)

        assert HeldCompetency.objects.count() == 2

    def test_a_page_that_calls_itself_pdf_is_refused(self, admin):
        page = ContentFile(b"<html>hello</html>", name="proof.pdf")
        with pytest.raises(Refused, match="not what its name says"):
            services.add_competency(claim(CompetencyFactory()), page, by=admin)

        assert not HeldCompetency.objects.exists()


class TestDecidingOnAProof:
    def test_verify_tells_the_partners_admins_once(self, admin, lead, reviewer):
        held = HeldCompetencyFactory(partner=admin.organization)

        services.verify(held, by=reviewer)

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.VERIFIED
        assert held.decided_by == reviewer.person
        assert mails() == [f"competency-verified:{held.pk}:{admin.person_id}"]
        assert verbs() == ["competency.verified"]

    def test_a_return_carries_its_reason_to_the_partner(self, admin, reviewer):
        held = HeldCompetencyFactory(partner=admin.organization)

        services.give_back(held, reason="The page is cut off.", by=reviewer)

        held = HeldCompetency.objects.get()
        assert held.state == ProofState.RETURNED
        assert "The page is cut off." in Email.objects.get().body
        assert AuditEntry.objects.get().reason == "The page is cut off."

    @pytest.mark.parametrize("deed", ["verify", "give_back"])
    def test_a_partner_cannot_decide_itself(self, admin, deed):
        held = HeldCompetencyFactory(partner=admin.organization)
        typed = {"reason": "x"} if deed == "give_back" else {}

        with pytest.raises(Refused, match="Enrollment reviewer"):
            getattr(services, deed)(held, by=admin, **typed)

        assert HeldCompetency.objects.get().state == ProofState.CLAIMED
        assert not AuditEntry.objects.exists()
