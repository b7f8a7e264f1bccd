"""Files: what we take, where it is kept, who gets it back."""

import io
import resource
import subprocess
import sys
import tempfile
import zipfile

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse
from pypdf import PdfWriter

from portal import bounded, files
from portal.findings import Refused
from portal.forms import DocumentField
from portal.models import Document
from portal.roles import Role
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import CertificateFactory
from tests.factories.portal import MembershipFactory, PartnerFactory

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 64


def pdf(password="", *, owner=None):
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if password or owner:
        writer.encrypt(password, owner)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def office(kind, **parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f"<x>{files.TYPES[kind]}</x>")
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def stored(document):
    with document.open() as file:
        return file.read()


def upload(name, content):
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", pdf()),
        ("printing-forbidden.pdf", pdf(owner="secret")),
        ("REPORT.PDF", pdf()),
        ("plan.docx", office("docx")),
        ("days.xlsx", office("xlsx")),
        ("talk.pptx", office("pptx")),
        ("screen.png", PNG),
        ("photo.jpg", JPEG),
        ("photo.jpeg", JPEG),
    ],
)
def test_the_files_we_take_pass(name, content):
    ending = name.lower().rpartition(".")[2]

    assert files.checked_type(upload(name, content), name) == (files.TYPES[ending])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("report.pdf", b"", "The file is empty"),
        ("report.pdf", b"<html><script>alert(1)</script>", "not what its name says"),
        ("report.pdf", b"%PDF-1.7 and nothing more", "not what its name says"),
        ("report.pdf", PNG, "not what its name says"),
        ("report.pdf", pdf("secret"), "protected by a password"),
        ("page.html", b"<html>", "not accepted"),
        ("report", pdf(), "not accepted"),
        ("report.pdf.exe", pdf(), "not accepted"),
        ("plan.docx", office("xlsx"), "not what its name says"),
        ("plan.docx", b"PK\x03\x04 broken", "not what its name says"),
        ("plan.docx", pdf(), "not what its name says"),
    ],
)
def test_other_files_are_refused_with_a_sentence(name, content, sentence):
    with pytest.raises(Refused, match=sentence):
        files.checked_type(upload(name, content), name)


def test_a_bomb_is_refused_unopened(settings):
    settings.DOCUMENT_MAX_BYTES = 10_000
    bomb = office("docx", bomb=b"\0" * 1_000_000)
    assert len(bomb) < settings.DOCUMENT_MAX_BYTES

    with pytest.raises(Refused, match="far larger inside"):
        files.checked_type(upload("plan.docx", bomb), "plan.docx")


def endless(size):
    """Make a PDF in which each object could be the root, and none says it is."""
    objects = (b"%d 0 obj\n<</Type/Catalog>>\nendobj\n" % n for n in range(size // 38))
    return b"%PDF-1.4\n" + b"".join(objects) + b"startxref 99\n%%EOF"


def many_parts(count):
    content = io.BytesIO(office("xlsx"))
    with zipfile.ZipFile(content, "a") as archive:
        for number in range(count):
            archive.writestr(str(number), "")
    return content.getvalue()


def own_seconds():
    """Return the processor's time of this thread, without the kernel's writing."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_utime


@pytest.mark.parametrize(
    ("name", "make", "size"),
    [("report.pdf", endless, 20_000_000), ("plan.docx", many_parts, 60_000)],
)
def test_a_file_made_to_keep_its_reader_busy_costs_us_nothing(name, make, size):
    file = upload(name, make(size))
    start = own_seconds()

    with pytest.raises(Refused, match="not what its name says"):
        files.checked_type(file, name)

    assert own_seconds() - start < 0.3


def test_a_long_file_of_many_pages_is_taken(monkeypatch):
    monkeypatch.setattr(bounded, "SECONDS", 100)  # however busy this machine is
    writer = PdfWriter()
    for _ in range(1_000):
        writer.add_blank_page(100, 100)
    content = io.BytesIO()
    writer.write(content)
    long = content.getvalue() + b"%" * 20_000_000

    assert files.checked_type(upload("report.pdf", long), "report.pdf")


def test_who_waits_for_the_check_of_a_file_keeps_no_other_greenlet_waiting():
    """Under gevent as in gunicorn, in a process that is made for it."""
    script = """
from gevent import monkey
monkey.patch_all()
import io, gevent
from portal import bounded
turns = []
def turn():
    while True:
        turns.append(1)
        gevent.sleep(0.01)
gevent.spawn(turn)
code = bounded.run_bounded("SCRIPT", given=io.BytesIO(b"x"), seconds=1)
print(code == bounded.TOO_SLOW, len(turns) > 20)
"""
    with tempfile.NamedTemporaryFile("w", suffix=".py") as endless_script:
        endless_script.write("def main():\n    while True: pass\n")
        endless_script.flush()
        done = subprocess.run(
            [sys.executable, "-c", script.replace("SCRIPT", endless_script.name)],
            capture_output=True,
            text=True,
            check=True,
            cwd=settings.ROOT,
        )

    assert done.stdout.split() == ["True", "True"]


def test_a_file_over_the_limit_is_refused(settings):
    settings.DOCUMENT_MAX_BYTES = 100

    with pytest.raises(Refused, match="larger than 100"):
        files.checked_type(upload("report.pdf", pdf()), "report.pdf")


def test_the_sentence_stands_beside_the_field():
    field = DocumentField()

    with pytest.raises(ValidationError, match="The submitted file is empty"):
        field.clean(upload("report.pdf", b""))
    with pytest.raises(ValidationError, match="not what its name says"):
        field.clean(upload("report.pdf", b"<html>"))


def test_the_field_says_which_files_it_takes():
    assert DocumentField().widget.attrs["accept"] == (
        ".pdf, .docx, .xlsx, .pptx, .png, .jpg, .jpeg"
    )


@pytest.mark.django_db
def test_the_same_content_is_stored_once_under_its_hash():
    content = pdf()

    one = files.store(upload("one.pdf", content), parties=[1])
    two = files.store(upload("two.pdf", content), parties=[2])

    assert one.path == two.path
    assert stored(one) == content
    assert (two.name, two.parties) == ("two.pdf", [2])


@pytest.mark.django_db
def test_a_half_written_file_is_written_anew():
    kept = files.store(upload("one.pdf", pdf()), parties=[1])
    store = storages["documents"]
    store.delete(kept.path)
    store.save(kept.path, upload("part", b"%PDF"))

    files.store(upload("one.pdf", pdf()), parties=[1])

    assert stored(kept) == pdf()


@pytest.mark.django_db
def test_a_name_with_a_path_keeps_only_its_end():
    kept = files.store(upload("x.pdf", pdf()), parties=[1], name="../../etc/report.pdf")

    assert kept.name == "report.pdf"


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing():
    with pytest.raises(Refused):
        files.store(upload("report.pdf", b"<html>"), parties=[1])

    assert not Document.objects.exists()


@pytest.mark.django_db
def test_database_refuses_an_empty_document():
    with pytest.raises(IntegrityError, match="document_is_not_empty"):
        Document.objects.create(name="x", size=0, sha256="x", parties=[1])


@pytest.fixture
def member(db):
    return MembershipFactory(roles=[Role.DELIVERY_LEAD])


def address(member, document):
    return reverse(
        "organization:document", args=[member.organization.slug, document.pk]
    )


def test_a_party_gets_the_file_as_an_attachment(as_person, member):
    kept = files.store(upload("r.pdf", pdf()), parties=[member.organization_id])
    CertificateFactory(consultant__partner=member.organization, proof=kept)

    response = as_person(member.person).get(address(member, kept))

    assert b"".join(response.streaming_content) == pdf()
    assert response["Content-Disposition"] == 'attachment; filename="r.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_nobody_else_finds_the_file(as_person, member):
    kept = files.store(upload("r.pdf", pdf()), parties=[PartnerFactory().pk])

    assert as_person(member.person).get(address(member, kept)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("length", [120, 201, 255])
def test_a_long_name_is_shortened_and_keeps_its_ending(length):
    name = "x" * (length - 4) + ".pdf"

    kept = files.store(upload(name, pdf()), parties=[]).name

    assert len(kept) == 120
    assert kept.endswith("x.pdf")


def test_a_file_that_belongs_to_no_record_is_handed_to_nobody(as_person, member):
    kept = files.store(upload("r.pdf", pdf()), parties=[member.organization_id])

    assert as_person(member.person).get(address(member, kept)).status_code == 404


@pytest.mark.django_db
def test_a_project_manager_has_the_files_of_own_vouchers_only(as_person):
    engagement = EngagementFactory(reported=True)
    voucher, kept = engagement.voucher, engagement.completion_report.deliverable
    storages["documents"].save(kept.path, upload("plan.pdf", pdf()))
    admin, former, manager = (
        MembershipFactory(organization=voucher.customer, roles=[role])
        for role in [Role.BENEFIT_ADMIN, Role.PROJECT_MANAGER, Role.PROJECT_MANAGER]
    )

    def answer(person):
        slug = voucher.customer.slug
        page = reverse("organization:document", args=[slug, kept.pk])
        response = as_person(person).get(page)
        b"".join(getattr(response, "streaming_content", []))
        return response.status_code

    voucher.project_manager = former.person
    voucher.save()
    assert answer(former.person) == 200

    voucher.project_manager = manager.person
    voucher.save()
    assert answer(former.person) == 404
    assert answer(manager.person) == 200
    assert answer(admin.person) == 200
