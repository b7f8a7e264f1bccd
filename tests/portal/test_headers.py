"""Headers that keep pages safe, on every kind of page.

That no page at all lacks one is seen to in tests/walls.py, at each request of a test.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import give_second_factor
from tests.factories.portal import MembershipFactory, StaffFactory

pytestmark = pytest.mark.django_db
SAFE = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PASSKEYS = {
    "publickey-credentials-create": "(self)",
    "publickey-credentials-get": "(self)",
}
DEVICES = ["camera", "geolocation", "microphone", "payment", "usb", "fullscreen"]


@pytest.fixture(
    params=["/", "/accounts/login/", "/accounts/signup/", "/none/", "/admin/"]
)
def response(request, client):
    staff = StaffFactory()
    if request.param == "/admin/":
        give_second_factor(staff)
        client.force_login(staff)
    return client.get(request.param)


def test_scripts_and_styles_come_from_here_only(response):
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in response["Content-Security-Policy"].split(";")
    )

    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]


def test_pages_are_not_framed_sniffed_or_told_of(response):
    assert {name: response[name] for name in SAFE} == SAFE


def test_a_page_asks_the_browser_for_passkeys_alone(response):
    policy = dict(
        feature.split("=") for feature in response["Permissions-Policy"].split(", ")
    )

    assert {name: who for name, who in policy.items() if who != "()"} == PASSKEYS
    assert set(DEVICES) <= set(policy)
    assert all(re.fullmatch(r"[a-z-]+", name) for name in policy)


def test_refusals_and_files_carry_the_headers_of_pages(client, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "portal.css").touch()
    wrong_host = client.get("/", headers={"host": "elsewhere.example"})
    wrong_method = client.put("/")
    file = client.get("/static/portal.css")

    answers = {400: wrong_host, 405: wrong_method, 200: file}
    file.close()
    for status, answer in answers.items():
        assert answer.status_code == status
        assert {name: answer[name] for name in SAFE} == SAFE
        assert "Permissions-Policy" in answer
        assert "Content-Security-Policy" in answer


def test_the_way_to_https_and_a_broken_page_carry_them_too(settings, monkeypatch):
    settings.SECURE_SSL_REDIRECT = True
    moved = Client().get("/")
    assert (moved.status_code, moved.url) == (301, "https://testserver/")
    settings.SECURE_SSL_REDIRECT = False
    monkeypatch.setattr("portal.web.METHODS", None)
    broken = Client(raise_request_exception=False).get("/")
    assert broken.status_code == 500

    for answer in (moved, broken):
        assert {name: answer[name] for name in SAFE} == SAFE
        assert "Permissions-Policy" in answer
        assert "Content-Security-Policy" in answer


def test_pages_carry_no_script_or_style_of_their_own(response):
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert " onclick=" not in response.text


def test_a_form_without_its_token_is_refused(client, partner):
    member = MembershipFactory(organization=partner)
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(member.person)
    address = reverse("organization:end_member", args=[partner.slug, member.pk])

    response = strict.post(address)

    assert response.status_code == 403
    assert "This form is too old" in response.text


@pytest.mark.parametrize(
    "page",
    ["organization:home", "organization:company", "account_email", "mfa_index"],
)
def test_no_browser_keeps_a_page_under_an_account(client, partner, page):
    client.force_login(MembershipFactory(organization=partner).person)
    args = [partner.slug] if ":" in page else []

    assert "no-store" in client.get(reverse(page, args=args))["Cache-Control"]


def test_no_browser_keeps_a_page_of_the_admin(client):
    staff = StaffFactory()
    give_second_factor(staff)
    client.force_login(staff)

    for page in ["/admin/", "/admin/portal/user/"]:
        assert "no-store" in client.get(page)["Cache-Control"]


def test_public_pages_may_be_kept(client):
    for page in ["/", "/partners/"]:
        assert "no-store" not in client.get(page).get("Cache-Control", "")


def send(client, size, **more):
    return client.get(reverse("account_login"), CONTENT_LENGTH=str(size), **more)


def test_what_is_too_large_is_refused_in_the_language_of_the_browser(client, settings):
    most = settings.DOCUMENT_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    refused = send(client, most + 1)
    in_chinese = send(client, most + 1, headers={"accept-language": "zh-hant"})

    assert send(client, most).status_code == 200
    assert refused.status_code == in_chinese.status_code == 413
    assert "A file may be at most 25.0\xa0MB large." in refused.text
    assert "檔案大小上限" in in_chinese.text
    assert send(client, "9" * 30).status_code == 413


def test_what_does_not_say_how_large_it_is_is_refused(client):
    answer = send(client, "", headers={"transfer-encoding": "chunked"})

    assert answer.status_code == 411
