"""Signing up, a second factor and a passkey, in a browser under our strict policy."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from portal.models.invitations import hash_of
from portal.roles import Role
from tests.factories.portal import InvitationFactory, PartnerFactory
from tests.journeys.walker import Walker, code_of, mailed_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _as_on_one_machine(settings):
    settings.EMAIL_BACKEND = "portal.mail.OutboxBackend"
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True


@pytest.fixture
def guest(browser, live_server):
    # A passkey belongs to a name: a browser refuses it for a bare number.
    origin = live_server.url.replace("127.0.0.1", "localhost")
    walker = Walker(browser, origin, "guest@example.com")
    yield walker
    walker.close()
    assert walker.complaints == []


def put_in_a_key(walker):
    session = walker.context.new_cdp_session(walker.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def test_a_guest_signs_up_joins_and_later_comes_with_a_passkey(guest):
    partner = PartnerFactory()
    InvitationFactory(
        organization=partner,
        email=guest.email,
        roles=[Role.FINANCE],
        token_hash=hash_of("token"),
    )
    home = re.compile(reverse("organization:home", args=[partner.slug]) + "$")

    guest.go(reverse("invitation", args=["token"])).follow("Sign up")
    words = {"password1": guest.password, "password2": guest.password}
    guest.fill(name="Gwen Guest", **words)
    submit(guest)
    guest.fill(code=mailed_code(guest.email))
    submit(guest)
    guest.press(f"Join {partner}").sees("set up a second factor first")

    guest.go(reverse("mfa_activate_totp"))
    secret = guest.page.locator("#authenticator_secret, [readonly]").first.input_value()
    guest.fill(code=code_of(secret))
    submit(guest)
    guest.follow("Continue to your work")
    expect(guest.page).to_have_url(home)

    put_in_a_key(guest)
    guest.go(reverse("mfa_add_webauthn")).fill(name="My key")
    guest.page.locator("[name=passwordless]").check()
    submit(guest)
    guest.sees("Security key added")
    guest.go(reverse("account_logout"))
    submit(guest)

    guest.go(reverse("account_login")).press("Sign in with a passkey")
    expect(guest.page).to_have_url(home)


def submit(walker):
    walker.page.locator("main form button").first.click()
