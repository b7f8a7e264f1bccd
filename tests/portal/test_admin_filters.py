"""Lists of the admin answer for the filters that they show, and for no others."""

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.urls import reverse

from portal.admin_base import ReviewAdmin
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.portal import UserFactory, staff_actor

pytestmark = pytest.mark.django_db
LOOKUPS = ["", "__gte", "__startswith", "__regex", "__in", "__isnull", "__contains"]
# How Django's own filters name what a reader has chosen.
SUFFIXES = ["", "__exact", "__isnull", "__isempty", "__id__exact", "__gte", "__lt"]


def fields_of(model):
    return [field for field in model._meta.get_fields() if hasattr(field, "name")]


def ways(model):
    """Return each field as an address names it, and those of related records."""
    for field in fields_of(model):
        yield from (f"{field.name}{lookup}" for lookup in LOOKUPS)
        if not field.related_model:
            continue
        for other in fields_of(field.related_model):
            yield f"{field.name}__{other.name}__gte"
            yield f"{field.name}__{other.name}__startswith"
            if other.related_model:
                for third in fields_of(other.related_model):
                    yield f"{field.name}__{other.name}__{third.name}__startswith"


def is_shown(page, name):
    """Tell whether a filter that the list shows goes by this name."""
    paths = [each[0] if isinstance(each, tuple) else each for each in page.list_filter]
    return name in {f"{path}{end}" for path in paths for end in SUFFIXES}


@pytest.fixture
def auditor(db):
    person = staff_actor(Duty.AUDITOR).person
    give_second_factor(person)
    return person


@pytest.mark.parametrize(
    "model", admin.site._registry, ids=lambda model: model._meta.label
)
def test_no_field_can_be_asked_for_by_the_address(rf, auditor, model):
    page = admin.site.get_model_admin(model)
    answered = []
    for name in ways(model):
        request = rf.get("/", {name: "1"})
        request.user = auditor
        try:
            page.get_changelist_instance(request)
        except (DisallowedModelAdminLookup, IncorrectLookupParameters):
            continue
        answered.append(name)

    assert [name for name in answered if not is_shown(page, name)] == []


@pytest.mark.parametrize(
    "asked",
    [
        "user/?password__gte=md5",
        "user/?password__startswith=md5$",
        "user/?is_staff__gte=0",
        "user/?groups__user__password__startswith=md5",
        "user/?emailaddress__email=a@example.com",
        "membership/?person__password__regex=^md5",
        "invitation/?token_hash__startswith=0",
        "domain/?token_hash__gte=0",
        "email/?body__contains=reset",
        "auditentry/?person__password__gte=a",
    ],
)
@pytest.mark.parametrize("duty", [Duty.AUDITOR, Duty.SUPPORT, Duty.PROGRAM_MANAGER])
def test_an_address_that_asks_for_more_is_refused(client, asked, duty):
    person = staff_actor(duty).person
    give_second_factor(person)
    client.force_login(person)

    assert client.get(f"/admin/portal/{asked}").status_code == 400


def test_the_filters_that_are_shown_narrow_the_list(client, auditor):
    client.force_login(auditor)
    member = UserFactory(email="member@example.com")
    address = reverse("admin:portal_user_changelist")

    staff = client.get(address, {"is_staff__exact": "1"}).text

    assert auditor.email in staff
    assert member.email not in staff
    assert member.email in client.get(address, {"q": "member@"}).text


def test_a_period_that_is_shown_narrows_the_list(client, auditor):
    client.force_login(auditor)
    ends_on = EngagementFactory().ends_on
    address = reverse("admin:engagements_engagement_changelist")

    def number(**chosen):
        page = client.get(
            address, {f"ends_on__{part}": n for part, n in chosen.items()}
        )
        return page.context["cl"].result_count

    assert number(year=ends_on.year, month=ends_on.month, day=ends_on.day) == 1
    assert number(year=ends_on.year + 1) == 0
    assert client.get(address, {"ends_on__gte": "2000-01-01"}).status_code == 400


def test_every_list_of_ours_is_such_a_list(rf):
    pages = [admin.site.get_model_admin(model) for model in admin.site._registry]

    assert all(isinstance(page, ReviewAdmin) for page in pages)
    assert all(page.get_changelist(rf.get("/")) is not ChangeList for page in pages)
