"""Workbooks of long lists: made by a worker, for one person, for a day."""

import io
from datetime import timedelta

import pytest
import python_calamine
from django.conf import settings
from django.core.files.storage import storages
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import override

from portal import clock, tasks
from portal.models import TableExport, TemporaryFile
from portal.roles import Duty, Role
from portal.services import table_exports
from tests.conftest import give_second_factor
from tests.factories.portal import (
    CustomerFactory,
    TableExportFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import VoucherFactory
from tests.uploads import make_now
from tests.vouchers.actions import acting
from tests.workers import WORKER, beat, celery, wait_until
from vouchers.models import Voucher
from vouchers.presentation.exports import VOUCHERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(table_exports, "MOST_AT_ONCE", 2)


@pytest.fixture
def owner(db):
    return actor_of(CustomerFactory(time_zone="Asia/Taipei"), Role.BENEFIT_ADMIN)


@pytest.fixture
def vouchers(owner):
    return VoucherFactory.create_batch(3, customer=owner.organization)


def page_of(owner, **query):
    page = reverse("vouchers:xlsx", args=[owner.organization.slug])
    encoded = QueryDict(mutable=True)
    encoded.update(query)
    return f"{page}?{encoded.urlencode()}"


def ask(owner, query="", by=None):
    with acting(owner):
        return table_exports.ask(VOUCHERS, QueryDict(query), name="v.xlsx", by=owner)


def rows_of(content):
    book = python_calamine.load_workbook(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def content_of(export):
    with export.file.open() as file:
        return file.read()


@pytest.mark.parametrize(
    ("form", "count", "comes_at_once"),
    [("csv", 2, True), ("csv", 3, True), ("xlsx", 2, True), ("xlsx", 3, False)],
)
@pytest.mark.usefixtures("few")
def test_only_a_long_workbook_is_left_to_a_worker(
    as_person, form, count, comes_at_once
):
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    VoucherFactory.create_batch(count, customer=owner.organization)
    VoucherFactory()
    page = reverse(f"vouchers:{form}", args=[owner.organization.slug])

    answer = as_person(owner.person).get(page)

    assert answer.streaming == comes_at_once
    assert not TableExport.objects.exists()


def test_a_long_list_is_asked_for_made_and_taken_away(few, owner, vouchers, as_person):
    VoucherFactory()
    client = as_person(owner.person)
    assert "Make the workbook" in client.get(page_of(owner)).text

    page = client.post(page_of(owner)).url
    waiting = client.get(page)
    export = make_now(TableExport.objects.get())
    ready = client.get(page)
    file = client.get(f"{page}file/")

    assert "The workbook is being made, 0 %" in waiting.text
    assert waiting["Refresh"] == "2"
    assert "Refresh" not in ready
    assert f"{page}file/" in ready.text
    assert export.name in client.get(page_of(owner)).text
    name = f"vouchers-{owner.organization.slug}-{clock.today('Asia/Taipei')}.xlsx"
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert len(rows_of(b"".join(file.streaming_content))) == 1 + 3


@pytest.mark.parametrize("query", ["", "state=created&country=DE", "state=cancelled"])
def test_it_holds_exactly_what_is_streamed(owner, as_person, query):
    VoucherFactory.create_batch(2, customer=owner.organization)
    VoucherFactory(customer=owner.organization, cancelled=True)
    VoucherFactory()

    page = page_of(owner, **QueryDict(query).dict())

    streamed = as_person(owner.person).get(page)

    made = make_now(ask(owner, query))
    assert rows_of(content_of(made)) == rows_of(streamed.getvalue())


def test_a_project_manager_gets_the_own_vouchers_only(owner):
    ours = VoucherFactory(customer=owner.organization, assigned=True)
    VoucherFactory(customer=owner.organization, assigned=True)
    manager = actor_of(owner.organization, Role.PROJECT_MANAGER)
    Voucher.objects.filter(pk=ours.pk).update(project_manager=manager.person)

    made = make_now(ask(manager))

    assert [row[0] for row in rows_of(content_of(made))[1:]] == [ours.number]


def test_it_speaks_the_language_and_time_of_whoever_asked(owner, vouchers):
    with override("zh-hant"):
        export = ask(owner)

    heading, first, *_rest = rows_of(content_of(make_now(export)))

    assert (heading[4], first[5]) == ("天數", "德國")


def test_asked_for_twice_while_it_is_made_it_is_one(owner):
    first, second = ask(owner), ask(owner)
    other = ask(owner, "state=created")
    make_now(first)

    assert first == second != other
    assert ask(owner) not in {first, other}


def test_made_twice_it_is_made_once(owner, vouchers):
    export = make_now(ask(owner))

    make_now(export)

    assert TemporaryFile.objects.get() == export.file
    assert export.attempts == 1


@pytest.mark.parametrize(("begun", "is_given_up"), [(2, False), (3, True)])
def test_what_ends_its_workers_is_given_up_in_words(
    owner, as_person, begun, is_given_up
):
    export = ask(owner)
    TableExport.objects.update(attempts=begun)

    made = make_now(export)

    address = reverse(
        "organization:table_export", args=[owner.organization.slug, made.ticket]
    )
    page = as_person(owner.person).get(address)
    assert (made.file is None) == is_given_up
    assert ("could not be made" in page.text) == is_given_up
    assert "Refresh" not in page


@pytest.mark.parametrize("end", ["membership", "person"])
def test_who_has_left_gets_nothing(owner, vouchers, end):
    export = ask(owner)
    if end == "membership":
        owner.person.memberships.update(is_active=False)
    else:
        owner.person.is_active = False
        owner.person.save()

    made = make_now(export)

    assert (made.file, made.finished_at is None) == (None, False)


def test_neither_colleagues_nor_other_organizations_see_it(owner, vouchers):
    export = make_now(ask(owner))
    colleague = actor_of(owner.organization, Role.BENEFIT_ADMIN)
    elsewhere = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)

    with acting(owner):
        assert list(TableExport.objects.all()) == [export]
        assert list(TemporaryFile.objects.all()) == [export.file]
    for other in (colleague, elsewhere):
        with acting(other):
            assert not TableExport.objects.exists()
            assert not TemporaryFile.objects.exists()


def test_it_ends_after_a_day_with_its_content(
    owner, vouchers, as_person, time_machine, django_capture_on_commit_callbacks
):
    export = make_now(ask(owner))
    path = export.file.path
    page = reverse(
        "organization:table_export_file",
        args=[owner.organization.slug, export.ticket],
    )
    time_machine.move_to(export.expires_at - timedelta(seconds=1))
    tasks.forget_temporary_files()
    ready = as_person(owner.person).get(page)
    assert len(rows_of(b"".join(ready.streaming_content))) == 1 + 3
    time_machine.move_to(export.expires_at + timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_temporary_files()

    assert as_person(owner.person).get(page).status_code == 404
    assert not storages["documents"].exists(path)


def test_one_that_has_ended_is_not_handed_out_before_the_clock_comes(
    owner, vouchers, as_person
):
    export = make_now(ask(owner))
    TemporaryFile.objects.update(
        created_at=clock.now() - timedelta(days=2), expires_at=clock.now()
    )
    page = reverse(
        "organization:table_export_file",
        args=[owner.organization.slug, export.ticket],
    )

    assert as_person(owner.person).get(page).status_code == 404


@pytest.mark.usefixtures("few", "vouchers")
def test_a_filter_that_makes_no_sense_makes_no_workbook(owner, as_person):
    answer = as_person(owner.person).post(page_of(owner, state="no-such"), follow=True)

    assert "Nothing was exported: a filter makes no sense." in answer.text
    assert not TableExport.objects.exists()


@pytest.mark.parametrize(
    ("done", "share"), [(999, 0), (1000, 24), (1999, 0), (2000, 49), (4000, 99)]
)
def test_the_page_says_how_far_it_is(owner, as_person, done, share):
    export = ask(owner)
    table_exports.note_progress(export, 4000, done)

    page = as_person(owner.person).get(
        reverse(
            "organization:table_export", args=[owner.organization.slug, export.ticket]
        )
    )

    assert f"being made, {share} %" in page.text


def test_who_makes_it_says_how_far_it_is(owner, vouchers, monkeypatch):
    monkeypatch.setattr(table_exports, "STEP", 1)

    export = make_now(ask(owner))

    assert table_exports.share_of(export) == 99


def test_the_sweep_asks_again_for_what_waits(owner, monkeypatch):
    late, _fresh = ask(owner), ask(owner, "state=created")
    TableExport.objects.filter(pk=late.pk).update(
        created_at=clock.now() - timedelta(seconds=31)
    )
    asked = []
    monkeypatch.setattr(
        tasks.make_table_export, "apply_async", lambda args, **_o: asked.extend(args)
    )

    tasks.sweep_tables()

    assert asked == [late.pk]


@pytest.fixture
def desk(as_person, db):
    person = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(person)
    return as_person(person)


def test_the_sponsor_has_workbooks_of_the_admins_lists(few, desk, as_person):
    wanted = VoucherFactory.create_batch(3)
    VoucherFactory(cancelled=True)
    query = "?state__exact=created"
    address = reverse("admin:vouchers_voucher_xlsx") + query
    assert "Make the workbook" in desk.get(address).text

    page = desk.post(address).url
    export = make_now(TableExport.objects.get())

    assert f"{page}file/" in desk.get(page).text
    rows = rows_of(b"".join(desk.get(f"{page}file/").streaming_content))
    assert {row[0] for row in rows[1:]} == {voucher.number for voucher in wanted}
    assert export.organization is None
    colleague = staff_actor(Duty.PROGRAM_MANAGER).person
    give_second_factor(colleague)
    assert as_person(colleague).get(page).status_code == 404


def test_members_see_no_workbook_of_the_sponsor(owner):
    TableExportFactory(organization=None, person=owner.person)

    with acting(owner):
        assert not TableExport.objects.exists()


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_makes_it(tmp_path):
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    VoucherFactory.create_batch(3, customer=owner.organization)
    export = ask(owner)
    TableExport.objects.update(created_at=clock.now() - timedelta(minutes=1))

    def is_made():
        export.refresh_from_db()
        return export.finished_at is not None

    with celery(tmp_path, PORTAL_FILES=str(settings.FILES)) as begin:
        begin(*beat(tmp_path))
        begin(*WORKER)
        wait_until(is_made)

    assert len(rows_of(content_of(export))) == 1 + 3
