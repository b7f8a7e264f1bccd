"""Uploaded tables: read by a worker within bounds, whatever the file does to it."""

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal import clock, db, tasks
from portal.models import TableImport, TemporaryFile
from portal.roles import Role
from portal.services import table_imports
from portal.tenancy import acting_for
from portal.views import table_imports as pages
from tests.factories.portal import CustomerFactory, actor_of
from tests.portal.workbooks import package_of
from tests.uploads import in_a_worker, read_at_once, read_now
from tests.vouchers.actions import acting
from tests.workers import WORKER, beat, celery, end, wait_until
from vouchers.models import VoucherImport
from vouchers.services import voucher_imports

HEAD = "Engagement type,Days,Country of delivery"
TABLE = f"{HEAD}\nCloud,5,DE".encode()


@pytest.fixture
def owner(db):
    return actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)


def upload(owner, content=TABLE, name="vouchers.csv"):
    with acting(owner):
        return voucher_imports.TABLES.upload(ContentFile(content, name), by=owner)


def preview(owner, kept):
    return reverse(
        "vouchers:import_preview", args=[owner.organization.slug, kept.ticket]
    )


def content_of(kept):
    return storages["documents"].exists(kept.file.path)


def test_the_page_only_keeps_the_file(owner, as_person):
    client = as_person(owner.person)
    page = reverse("vouchers:import", args=[owner.organization.slug])

    answer = client.post(page, {"file": ContentFile(b"\x00 no table", "a.csv")})

    kept = VoucherImport.objects.get()
    assert answer.url == preview(owner, kept)
    assert (kept.is_read, kept.attempts, kept.file.name) == (False, 0, "a.csv")


def test_a_page_shows_progress_without_script_until_the_table_is_read(
    owner, as_person, monkeypatch
):
    monkeypatch.setattr(pages, "PATIENCE", 0)
    client, kept = as_person(owner.person), upload(owner)

    waiting = client.get(preview(owner, kept))
    again = client.get(preview(owner, kept))
    read_now(kept)
    shown = client.get(preview(owner, kept))

    assert "“vouchers.csv”" in waiting.text
    assert waiting["Refresh"] == again["Refresh"] == "2"
    assert "Refresh" not in shown
    assert "1 row has mistakes" in shown.text


@pytest.mark.django_db(transaction=True)
def test_a_small_table_feels_immediate(as_person, monkeypatch):
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    client, kept = as_person(owner.person), upload(owner)

    worker = threading.Timer(0.3, in_a_worker, [kept.pk])
    worker.start()
    shown = client.get(preview(owner, kept))
    worker.join()

    assert "Refresh" not in shown


@pytest.mark.parametrize(
    "late", [{"age": timedelta(seconds=3)}, {"size": pages.SMALL + 1}], ids=str
)
def test_nobody_waits_for_a_table_that_is_large_or_late(
    owner, as_person, monkeypatch, late
):
    monkeypatch.setattr(pages.time, "sleep", lambda _seconds: pytest.fail("It waits."))
    kept = upload(owner)
    client = as_person(owner.person)
    if "age" in late:
        VoucherImport.objects.update(created_at=clock.now() - late["age"])
    else:
        TemporaryFile.objects.update(size=late["size"])

    assert "Refresh" in client.get(preview(owner, kept))


def test_what_cannot_be_read_is_told_beside_the_field_whenever_one_comes_back(
    owner, as_person
):
    client, kept = as_person(owner.person), read_now(upload(owner, b"Colour\nred"))

    for _visit in range(2):
        page = client.get(preview(owner, kept))
        [sentence] = page.context["form"].errors["file"]
        assert "These columns are not known: Colour" in sentence
    assert client.post(preview(owner, kept)).status_code == 200


def test_a_bomb_ends_in_a_sentence(owner):
    words = f"<si><t>{'A' * 33 * 1024 * 1024}</t></si>"
    bomb = package_of("", words=words).getvalue()

    kept = read_now(upload(owner, bomb, "a.xlsx"))

    assert "far larger inside than outside" in kept.problem
    assert (kept.rows, kept.file) == ([], None)


def hang(kept):
    """Put a pipe into which nobody writes in the place of a file."""
    path = Path(storages["documents"].path(kept.file.path))
    path.unlink()
    os.mkfifo(path)
    return path


def end_softly(*_signal):
    raise SoftTimeLimitExceeded


def test_a_file_that_hangs_ends_in_a_sentence(owner):
    kept = upload(owner)
    hang(kept)
    before = signal.signal(signal.SIGALRM, end_softly)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        read_now(kept)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert "takes too long to read" in kept.problem


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_reads_it_although_the_first_one_was_killed(tmp_path):
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    kept = upload(owner)
    VoucherImport.objects.update(created_at=clock.now() - timedelta(minutes=1))
    path = hang(kept)

    def attempts():
        kept.refresh_from_db()
        return kept.attempts

    with celery(tmp_path, PORTAL_FILES=str(settings.FILES)) as begin:
        begin(*beat(tmp_path))
        first = begin(*WORKER)
        wait_until(lambda: attempts() == 1)
        end(first)
        path.unlink()
        path.write_bytes(TABLE)
        begin(*WORKER)
        wait_until(lambda: attempts() and kept.is_read)

    assert (kept.problem, len(kept.rows)) == ("", 1)
    assert not path.exists()


@pytest.mark.parametrize(("begun", "is_given_up"), [(2, False), (3, True)])
def test_a_file_that_ends_its_workers_is_given_up(owner, begun, is_given_up):
    """A worker that dies leaves an attempt that it began, and nothing else."""
    kept = upload(owner)
    VoucherImport.objects.update(attempts=begun)

    read_now(kept)

    assert ("each attempt broke off" in kept.problem) == is_given_up
    assert len(kept.rows) == (not is_given_up)


def test_a_lost_file_ends_in_a_sentence(owner):
    kept = upload(owner)
    storages["documents"].delete(kept.file.path)

    assert "could not be read" in read_now(kept).problem


def test_reading_twice_changes_nothing_and_leaves_no_file(owner):
    kept = upload(owner)
    read_now(kept)
    first = (kept.rows, kept.attempts, kept.read_at)

    read_now(kept)

    assert (kept.rows, kept.attempts, kept.read_at) == first
    assert not TemporaryFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_side_by_side_read_it_once():
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)
    kept = upload(owner)
    with transaction.atomic():
        assert db.free_rows(TableImport.objects.filter(pk=kept.pk)).get() == kept
        other = threading.Thread(target=in_a_worker, args=[kept.pk])
        other.start()
        other.join()
    kept.refresh_from_db()

    assert (kept.attempts, kept.is_read) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_a_nudge_reads_after_the_commit(monkeypatch):
    read_at_once(monkeypatch)
    owner = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)

    assert VoucherImport.objects.get(pk=upload(owner).pk).is_read


def test_the_sweep_asks_again_for_what_waits_and_for_nothing_else(owner, monkeypatch):
    late, fresh, read = upload(owner), upload(owner), read_now(upload(owner))
    old = clock.now() - timedelta(seconds=31)
    VoucherImport.objects.exclude(pk=fresh.pk).update(created_at=old)
    asked = []
    monkeypatch.setattr(
        tasks.read_table_import, "apply_async", lambda args, **_o: asked.extend(args)
    )

    assert tasks.sweep_tables() == 1

    assert asked == [late.pk]
    assert read.is_read


def test_a_problem_speaks_the_language_of_whoever_uploaded(owner):
    owner.person.language = "zh-hant"
    owner.person.save()

    assert "檔案" in read_now(upload(owner, b"")).problem


def test_what_is_not_read_is_not_confirmed(owner):
    kept = upload(owner)

    with pytest.raises(table_imports.Refused, match="not read yet"), acting(owner):
        voucher_imports.TABLES.confirm(kept, by=owner)
    with pytest.raises(IntegrityError, match="table_import_confirmed_is_read"):
        VoucherImport.objects.update(confirmed_at=clock.now())


def test_no_other_organization_sees_an_upload(owner):
    kept = read_now(upload(owner))
    other = actor_of(CustomerFactory(), Role.BENEFIT_ADMIN)

    with acting(owner):
        assert TableImport.objects.get() == kept
    with acting(other):
        assert not TableImport.objects.exists()
    with acting_for(other.organization.pk, person=owner.person.pk):
        assert not TableImport.objects.exists()
    assert list(VoucherImport.objects.visible_to(other)) == []


def test_a_colleague_sees_no_file_of_an_upload(owner):
    kept = upload(owner)
    colleague = actor_of(owner.organization, Role.BENEFIT_ADMIN)

    with acting(colleague):
        assert not TemporaryFile.objects.exists()
    with acting(owner):
        assert TemporaryFile.objects.get() == kept.file


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (1, 404)])
def test_what_has_ended_is_shown_no_more_before_the_clock_comes(
    owner, as_person, time_machine, seconds, status
):
    kept = read_now(upload(owner))
    client = as_person(owner.person)
    time_machine.move_to(kept.expires_at + timedelta(seconds=seconds), tick=False)
    client.force_login(owner.person)

    assert client.get(preview(owner, kept)).status_code == status
    assert client.post(preview(owner, kept)).status_code == status


def test_the_result_of_what_was_done_stays(owner, as_person, time_machine):
    kept = read_now(upload(owner))
    VoucherImport.objects.update(confirmed_at=clock.now(), result={"vouchers": 1})
    time_machine.move_to(kept.expires_at + timedelta(days=9))

    assert table_imports.forget_ended() == 0

    client = as_person(owner.person)
    assert "It made 1 voucher" in client.get(preview(owner, kept)).text
    assert VoucherImport.objects.get().rows == []


def test_what_has_ended_is_cleared_with_its_content(owner, time_machine):
    kept = upload(owner)
    path = kept.file.path
    time_machine.move_to(kept.expires_at - timedelta(seconds=1))
    tasks.forget_temporary_files()
    assert VoucherImport.objects.exists()
    assert storages["documents"].exists(path)
    time_machine.move_to(kept.expires_at + timedelta(minutes=1))

    tasks.forget_temporary_files()

    assert not VoucherImport.objects.exists()
    assert not TemporaryFile.objects.exists()
