"""Every form that changes a record carries how it showed it.

A page whose form carries nothing has a line in CARRIES_NOTHING that says why.
"""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from portal.roles import ROLES_OF, Role, Side
from portal.shown import read_token
from tests.forms import forms_of
from tests.story import KINDS
from tests.test_access import (
    BOTH,
    PAGES,
    go,
    story,  # noqa: F401
    taken_back,  # noqa: F401
)
from tests.test_access import Visit as PageVisit

ONE_A_NAME = "it makes something that the database has once"
BY_TICKET = "its ticket makes one batch, however often it is sent"
READS = "it changes nothing"
# Pages whose forms show no record that they change.
CARRIES_NOTHING = {
    "organization:invite": "it makes an invitation; a second sending is told",
    "organization:add_location": ONE_A_NAME,
    "organization:verify_domain": ONE_A_NAME,
    "organization:add_domain": ONE_A_NAME,
    "organization:ask_for_admin": ONE_A_NAME,
    "enrollment:competency_add": ONE_A_NAME,
    "enrollment:certificate_add": ONE_A_NAME,
    "enrollment:profile_add": ONE_A_NAME,
    "enrollment:enquire": ONE_A_NAME,
    "enrollment:consultant_invite": "as organization:invite",
    "enrollment:consultant_confirm": ONE_A_NAME,
    "vouchers:create": BY_TICKET,
    "vouchers:convert": BY_TICKET,
    "vouchers:import": "it keeps a table, to be looked at",
    "vouchers:import_preview": BY_TICKET,
    "vouchers:validate": READS,
    "vouchers:xlsx": "it makes a workbook, once at a time",
    "vouchers:ledger_xlsx": "it makes a workbook, once at a time",
    "payments:request": "a voucher is in one payment request",
}
# Templates with such forms; those of the frame, of accounts and of saved lists.
TEMPLATES_WITHOUT = {
    "admin/exception.html": READS,
    "admin/exception_preview.html": "an exception is granted once, for a number",
    "admin/review.html": "its field stands in shown_field",
    "admin/retirement/publish.html": "it carries the hash of the plan",
    "partials/account_menu.html": "it signs out",
    "partials/language_menu.html": "it is the person's own language",
    "partials/saved.html": "a saved list has one name",
    "usersessions/usersession_list.html": "it ends sessions",
    "vouchers/create.html": BY_TICKET,
    "vouchers/create_check.html": BY_TICKET,
    "vouchers/idle.html": "it reminds once a day",
    "tables/export_offer.html": "it makes a workbook, once at a time",
    "tables/import_upload.html": READS,
    "tables/import_preview.html": BY_TICKET,
}
CHANGING = [
    (name, kind)
    for name, page in PAGES.items()
    if page.methods == BOTH
    for kind in ([page.side] if page.side else KINDS)
]


@pytest.mark.usefixtures("taken_back")
@pytest.mark.parametrize(("name", "kind"), CHANGING)
def test_a_page_that_changes_a_record_carries_it(as_person, story, name, kind):  # noqa: F811
    role = next(role for role in PAGES[name].roles if role in ROLES_OF[kind])

    page = go(as_person(story.people[kind][role]), story, PageVisit(name, kind, "get"))

    if name in CARRIES_NOTHING or page.status_code == 302:
        return
    for form in forms_of(page):
        carried = read_token(form.shown)
        assert carried is not None, f"a form of {name} carries nothing"
        is_first = name in ("enrollment:offerings", "vouchers:hand_over")
        assert carried.states or is_first, f"a form of {name} names no record"


def test_every_line_of_the_exceptions_is_a_page():
    assert set(CARRIES_NOTHING) <= set(PAGES)


def test_every_template_with_a_form_carries_what_it_shows():
    folder = settings.ROOT / "templates"
    posting = re.compile(r'<form[^>]*method="post"', re.IGNORECASE)
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.html")
        if posting.search(text := path.read_text()) and "{% shown" not in text
    }

    ours = {name for name in found if not name.startswith(("allauth", "mfa"))}
    assert ours == set(TEMPLATES_WITHOUT)


@pytest.mark.usefixtures("taken_back")
@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_no_page_answers_other_methods(as_person, story, method):  # noqa: F811
    person = story.people[Side.CUSTOMER][Role.BENEFIT_ADMIN]
    slug = story.organization[Side.CUSTOMER].slug
    client = as_person(person)

    for address in [
        reverse("organization:home", args=[slug]),
        reverse("vouchers:index", args=[slug]),
        reverse("vouchers:create", args=[slug]),
        reverse("account_login"),
        reverse("admin:index"),
        "/health",
        "/no-such-page/",
    ]:
        response = getattr(client, method)(address)
        assert response.status_code == 405, address
        assert response["Allow"] == "GET, HEAD, POST"
