"""The sponsor's side: what staff read there, and actions by buttons."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import files
from portal.admin_base import AdminAction, ReasonForm, ReviewAdmin
from portal.admin_site import saved_at_once
from portal.findings import Refused
from portal.models import Email, Location, Organization
from portal.roles import Duty
from portal.tenancy import NOBODY, scope_now
from tests.conftest import give_second_factor
from tests.factories.portal import (
    LocationFactory,
    MembershipFactory,
    UserFactory,
    staff_actor,
)
from tests.portal.test_documents import pdf, upload

pytestmark = pytest.mark.django_db
LOCATIONS = "admin:portal_location_changelist"


def rename(location, *, by, reason=""):
    """Stand for a service of an app above."""
    if location.name == "Fixed":
        raise Refused("This name is fixed.")
    location.name = f"{by.person.name}: {reason or 'no reason'}"
    location.save()


@pytest.fixture
def staff(db):
    actor = staff_actor(Duty.PROGRAM_MANAGER)
    give_second_factor(actor.person)
    return actor.person


@pytest.fixture
def desk(as_person, staff):
    return as_person(staff)


@pytest.fixture
def record_actions(monkeypatch):
    """Put an action on the page of locations."""

    def put(*args, **kwargs):
        page = admin.site.get_model_admin(Location)
        action = AdminAction(rename, "Rename", *args, **kwargs)
        monkeypatch.setattr(page, "record_actions", (action,))

    return put


def press(desk, *locations, **fields):
    form = {
        "action": "rename",
        "index": 0,
        "_selected_action": [location.pk for location in locations],
    }
    return desk.post(reverse(LOCATIONS), form | fields, follow=True)


@pytest.mark.parametrize("path", ["/admin/", "/admin/portal/location/", "/admin/x/"])
def test_a_stranger_signs_in_and_comes_back(client, path):
    response = client.get(path, follow=True)

    assert response.redirect_chain[-1][0] == f"/accounts/login/?next={path}"


def test_somebody_else_is_sent_home(as_person):
    client = as_person(MembershipFactory().person)

    assert client.get("/admin/", follow=True).redirect_chain[0][0].startswith("/admin/")
    assert client.get("/admin/portal/organization/").status_code == 302
    assert client.get("/admin/login/").url == "/"


def test_signing_out_in_the_admin_signs_out(desk):
    assert desk.post(reverse("admin:logout")).status_code == 302
    assert desk.get(reverse("register")).status_code == 302


def test_passwords_are_changed_where_everybody_does(desk):
    response = desk.get(reverse("admin:password_change"))

    assert response.url == reverse("account_change_password")


def test_what_no_form_foresees_is_told_on_the_page_that_was_sent(rf):
    request = rf.post("/admin/x/?y=1")
    request.session = {}
    request._messages = FallbackStorage(request)

    def refuse():
        raise Refused("Not today.")

    answer = saved_at_once(refuse, request)

    assert answer.url == "/admin/x/?y=1"
    assert [str(each) for each in get_messages(request)] == ["Not today."]


def test_an_admin_page_reads_as_the_sponsor_in_one_transaction(desk, monkeypatch):
    seen = []

    def look(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            seen.append((cursor.fetchone()[0], connection.in_atomic_block))
        return {}

    monkeypatch.setattr(ReviewAdmin, "get_actions", look)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    scope_now.set(NOBODY)

    desk.get(reverse(LOCATIONS))

    assert set(seen) == {("portal_sponsor", True)}


@pytest.mark.parametrize(
    "model", admin.site._registry, ids=lambda model: model._meta.label
)
def test_every_list_opens(desk, model):
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"

    assert desk.get(reverse(page), {"q": "x"}).status_code in {200, 403}


def test_a_list_costs_the_same_for_any_number_of_rows(desk):
    def statements(rows):
        LocationFactory.create_batch(rows)
        desk.get(reverse(LOCATIONS))
        with CaptureQueriesContext(connection) as asked:
            desk.get(reverse(LOCATIONS))
        return len(asked)

    assert statements(1) == statements(2)


def test_a_program_manager_opens_a_customer_with_an_invitation(desk):
    form = {
        "name": "Customer AG",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "admin_email": "clerk@example.com",
    }

    response = desk.post(reverse("admin:portal_organization_add"), form, follow=True)

    assert response.status_code == 200
    customer = Organization.objects.get()
    assert (customer.kind, customer.slug) == ("customer", "customer-ag")
    assert Email.objects.get().to == "clerk@example.com"


def test_nobody_else_opens_customers(as_person):
    auditor = staff_actor(Duty.AUDITOR).person
    give_second_factor(auditor)

    response = as_person(auditor).get(reverse("admin:portal_organization_add"))

    assert response.status_code == 403


def test_records_are_read_not_typed(desk):
    location = LocationFactory()
    address = reverse("admin:portal_location_change", args=[location.pk])

    desk.post(address, {"name": "Typed"})

    location.refresh_from_db()
    assert location.name != "Typed"
    assert 'name="name"' not in desk.get(address).text


def test_an_action_is_carried_out_for_each_selected_record(desk, record_actions, staff):
    record_actions(Duty.PROGRAM_MANAGER)
    fixed, other = LocationFactory(name="Fixed"), LocationFactory()

    response = press(desk, fixed, other)

    assert f"{fixed}: This name is fixed." in response.text
    other.refresh_from_db()
    assert other.name == f"{staff.name}: no reason"


@pytest.mark.parametrize("key", ["abc", "Infinity", "1e400", "", "9" * 5000])
def test_a_selected_record_without_a_key_is_refused(desk, record_actions, key):
    record_actions(Duty.PROGRAM_MANAGER)
    location = LocationFactory(name="Fixed")

    response = press(desk, location, _selected_action=[location.pk, key])

    assert response.status_code == 400
    location.refresh_from_db()
    assert location.name == "Fixed"


def test_an_action_asks_for_its_reason_first(desk, record_actions, staff):
    record_actions(Duty.PROGRAM_MANAGER, form=ReasonForm)
    location = LocationFactory()

    asked = press(desk, location)
    missing = press(desk, location, carry_out="1", reason="")
    press(desk, location, carry_out="1", reason="Too long")

    assert 'name="reason"' in asked.text
    assert str(location) in asked.text
    assert "This field is required." in missing.text
    location.refresh_from_db()
    assert location.name == f"{staff.name}: Too long"


def test_a_refused_record_keeps_what_was_typed(desk, record_actions):
    record_actions(Duty.PROGRAM_MANAGER, form=ReasonForm)
    fixed = LocationFactory(name="Fixed")

    response = press(desk, fixed, carry_out="1", reason="Too long")

    form = response.context["form"]
    assert form.non_field_errors() == ["This name is fixed."]
    assert form["reason"].value() == "Too long"


def test_of_many_records_each_refusal_is_listed(desk, record_actions):
    record_actions(Duty.PROGRAM_MANAGER, form=ReasonForm)
    fixed, other = LocationFactory(name="Fixed"), LocationFactory()

    response = press(desk, fixed, other, carry_out="1", reason="Too long", count="2")

    assert f"{fixed}: This name is fixed." in response.text
    assert "carry_out" not in response.text


def test_an_action_from_a_records_page_leads_back_to_it(desk, record_actions):
    record_actions(Duty.PROGRAM_MANAGER)
    location = LocationFactory()
    address = reverse("admin:portal_location_change", args=[location.pk])

    assert 'name="action" value="rename"' in desk.get(address).text
    response = press(desk, location, record=location.pk)

    assert response.redirect_chain[-1][0] == address


def test_an_action_is_kept_for_its_duty(desk, record_actions):
    record_actions(Duty.PAYMENT_RELEASER)
    location = LocationFactory(name="Office")

    press(desk, location)

    location.refresh_from_db()
    assert location.name == "Office"


def test_a_document_is_handed_out_as_an_attachment(desk):
    kept = files.store(upload("r.pdf", pdf()), parties=[1])
    page = desk.get(reverse("admin:portal_document_change", args=[kept.pk]))
    address = reverse("admin:portal_document_file", args=[kept.pk])

    response = desk.get(address)

    assert address in page.text
    assert response["Content-Disposition"] == 'attachment; filename="r.pdf"'
    assert b"".join(response.streaming_content) == pdf()


def test_documents_are_not_handed_to_others(as_person):
    kept = files.store(upload("r.pdf", pdf()), parties=[1])

    response = as_person(UserFactory()).get(
        reverse("admin:portal_document_file", args=[kept.pk])
    )

    assert response.status_code == 302
