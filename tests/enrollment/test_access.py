"""Who gets into the enrollment pages."""

import pytest

from enrollment.models import Signature
from portal.roles import Role
from tests.enrollment.conftest import url
from tests.factories.portal import PartnerFactory, actor_of

pytestmark = pytest.mark.django_db
FOR_ADMINS = ["competency_add", "offerings", "check", "profile_add"]
PAGES = ["overview", "program", "agreement", *FOR_ADMINS]


class TestWhoGetsIn:
    @pytest.mark.parametrize("page", PAGES)
    def test_a_partners_admin_does(
        self, visit, admin, agreement, open_enrollment, page
    ):
        assert visit(admin, page).status_code == 200

    @pytest.mark.parametrize("page", FOR_ADMINS)
    def test_a_colleague_hears_who_could(
        self, visit, lead, agreement, open_enrollment, page
    ):
        response = visit(lead, page)

        assert response.status_code == 403
        assert "Partner admin" in response.text

    def test_a_colleague_may_look_but_finds_no_buttons(self, visit, lead, held):
        response = visit(lead, "overview")

        assert response.status_code == 200
        assert url("competency_add", lead.organization, None) not in response.text

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("role", [Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER])
    def test_for_a_customer_the_pages_do_not_exist(self, visit, customer, page, role):
        assert visit(actor_of(customer, role), page).status_code == 404

    @pytest.mark.parametrize("page", PAGES)
    def test_another_partner_finds_nothing(self, visit, admin, page):
        stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

        response = visit(stranger, page, organization=admin.organization)

        assert response.status_code == 404

    @pytest.mark.parametrize("page", ["agreement", *FOR_ADMINS])
    def test_nobody_posts_without_signing_in(
        self, client, partner, program, agreement, page
    ):
        response = client.post(url(page, partner, program), {"name": "x"})

        assert response.status_code == 302
        assert "login" in response.url
        assert not Signature.objects.exists()
