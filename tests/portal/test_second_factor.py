"""Who works with money or decides proves more than a password."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    validate_totp_code,
)
from django.urls import reverse

from portal import clock
from portal.roles import Role
from tests.conftest import give_second_factor
from tests.factories.portal import MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db):
    return MembershipFactory(roles=[Role.FINANCE])


def home(membership):
    return reverse("organization:home", args=[membership.organization.slug])


def test_finance_people_are_led_to_set_up_a_second_factor(as_person, clerk):
    response = as_person(clerk.person).get(home(clerk), follow=True)

    assert response.redirect_chain[-1][0] == reverse("mfa_index")
    assert "set up a second factor first" in response.text
    assert "Continue to your work" not in response.text


def test_and_are_led_back_to_work_after_that(as_person, clerk):
    client = as_person(clerk.person)
    client.get(home(clerk))
    give_second_factor(clerk.person)

    page = client.get(reverse("mfa_index")).text

    assert "Continue to your work" in page
    assert f'href="{home(clerk)}"' in page
    assert client.get(home(clerk)).status_code == 200
    assert "Continue to your work" not in client.get(reverse("mfa_index")).text


def test_a_post_without_second_factor_changes_nothing(as_person):
    clerk = MembershipFactory(roles=[Role.FINANCE, Role.PARTNER_ADMIN])
    address = reverse(
        "organization:end_member", args=[clerk.organization.slug, clerk.pk]
    )

    response = as_person(clerk.person).post(address)

    assert response.url == reverse("mfa_index")
    clerk.refresh_from_db()
    assert clerk.is_active


def test_other_roles_work_without(as_person):
    lead = MembershipFactory(roles=[Role.DELIVERY_LEAD])

    assert as_person(lead.person).get(home(lead)).status_code == 200


def test_staff_are_led_to_set_one_up(as_person):
    response = as_person(StaffFactory()).get(reverse("admin:index"))

    assert response.url == reverse("mfa_index")


def test_staff_with_one_work_in_the_admin(as_person):
    staff = StaffFactory()
    give_second_factor(staff)

    assert as_person(staff).get(reverse("admin:index")).status_code == 200


def sign_in(client, person):
    form = {"login": person.email, "password": "pass-phrase"}
    client.post(reverse("account_login"), form)


def test_the_second_factor_is_set_up_without_asking_for_the_password_again(
    client, clerk
):
    sign_in(client, clerk.person)

    assert client.get(reverse("mfa_activate_totp")).status_code == 200

    give_second_factor(clerk.person)
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 200


@pytest.mark.parametrize(
    "page", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"]
)
def test_who_finds_an_open_session_sets_up_nothing(client, clerk, time_machine, page):
    sign_in(client, clerk.person)
    time_machine.move_to(clock.now() + timedelta(minutes=6))

    response = client.get(reverse(page))

    assert response.url.startswith(reverse("account_reauthenticate"))


def test_later_it_is_not_taken_away_without_the_password(
    as_person, clerk, time_machine
):
    give_second_factor(clerk.person)
    client = as_person(clerk.person)
    time_machine.move_to(clock.now() + timedelta(minutes=10))

    response = client.get(reverse("mfa_deactivate_totp"))

    assert response.url.startswith(reverse("account_reauthenticate"))


def test_a_code_typed_as_it_changes_still_counts():
    secret = "A" * 32
    step = int(time.time()) // 30

    codes = [format_hotp_value(hotp_value(secret, step - ago)) for ago in (1, 3)]

    assert [validate_totp_code(secret, code) for code in codes] == [True, False]
