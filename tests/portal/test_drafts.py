"""Files that stay chosen when another field of their form is wrong."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from engagements.models import CompletionReport
from enrollment.forms.profiles import LogoField
from enrollment.models import Certificate, HeldCompetency, Level
from portal import clock, tasks
from portal.forms import DraftInput
from portal.models import FilePurpose, TemporaryFile
from portal.models.temporary_files import MOST_OF_PERSON
from portal.roles import Role
from portal.services import temporary_files
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import CompetencyFactory, ConsultantFactory, ExamFactory
from tests.factories.portal import PartnerFactory, actor_of
from tests.portal.test_documents import pdf, stored
from tests.vouchers.actions import acting
from vouchers.models import VoucherImport

pytestmark = pytest.mark.django_db
PROOF = pdf()
OTHER = PROOF + b"\n"
NOBODYS_TICKET = "6f0c7d1e-3a52-4d0b-9a6e-0c5d1f2b7e11"


def proof(content=PROOF, name="proof.pdf"):
    return SimpleUploadedFile(name, content)


def report():
    """Return the page, what is typed, one mistake, the file's field, and its record."""
    engagement = EngagementFactory()
    days = engagement.voucher.days
    typed = {
        "days_on_site": days,
        "days_off_site": 0,
        "deliverable_kind": "plan",
        "summary": "We planned the move.",
        "next_steps": "Start with a pilot.",
        "accepted_by": "Ines Roth",
        "accepted_on": str(clock.today()),
        "no_extra_charge": "on",
        "policies_met": "on",
    }
    page = "engagements:report", [engagement.pk]
    found = engagement.partner, page, typed, {"summary": " "}, "deliverable"
    return *found, lambda: CompletionReport.objects.get().deliverable


def certificate():
    consultant = ConsultantFactory()
    typed = {
        "exam": ExamFactory().code,
        "passed_on": str(clock.in_days(-9)),
        "valid_until": str(clock.in_days(90)),
    }
    page = "enrollment:certificate_add", [consultant.pk]
    found = consultant.partner, page, typed, {"exam": "no-such"}, "proof"
    return *found, lambda: Certificate.objects.get().proof


def competency():
    partner = PartnerFactory()
    typed = {
        "competency": CompetencyFactory().pk,
        "level": int(Level.GOLD),
        "valid_from": str(clock.in_days(-9)),
        "valid_until": str(clock.in_days(90)),
    }
    page, wrong = ("enrollment:competency_add", []), {"valid_until": "never"}
    return partner, page, typed, wrong, "proof", lambda: held_by(partner).proof


def held_by(partner):
    return HeldCompetency.objects.get(partner=partner)


class Desk:
    """Somebody before a form with a file."""

    def __init__(self, client, made):
        partner, (page, args), self.typed, self.wrong, self.field, self.document = made
        self.client = client
        self.actor = actor_of(partner, Role.PARTNER_ADMIN)
        give_second_factor(self.actor.person)
        client.force_login(self.actor.person)
        self.address = reverse(page, args=[partner.slug, *args])

    def send(self, **fields):
        fields = {name.replace("field", self.field): v for name, v in fields.items()}
        return self.client.post(self.address, {**self.typed, **fields})

    def draft(self, answer):
        """Read from a page which draft its form sends again."""
        name = f'name="{self.field}-draft" value="([^"]+)"'
        found = re.search(name, answer.text)
        return found and found[1]


@pytest.fixture(params=[report, certificate, competency], ids=lambda f: f.__name__)
def desk(request, client):
    return Desk(client, request.param())


def test_a_chosen_file_survives_an_error_beside_it(desk):
    answer = desk.send(field=proof(), **desk.wrong)
    assert "“proof.pdf” is kept and will be sent." in answer.text

    again = desk.send(**{"field-draft": desk.draft(answer)}, **desk.wrong)
    assert desk.draft(again) == desk.draft(answer)
    done = desk.send(**{"field-draft": desk.draft(again)})

    assert done.status_code == 302
    assert desk.document().name == "proof.pdf"
    assert stored(desk.document()) == PROOF
    assert TemporaryFile.objects.count() == 1


def test_another_file_takes_its_place(desk):
    answer = desk.send(field=proof(), **desk.wrong)

    desk.send(field=proof(OTHER, "b.pdf"), **{"field-draft": desk.draft(answer)})

    assert (desk.document().name, stored(desk.document())) == ("b.pdf", OTHER)


def test_a_file_that_is_wrong_itself_is_not_kept(desk):
    answer = desk.send(field=proof(b"<html>"), **desk.wrong)

    assert desk.draft(answer) is None
    assert desk.field in answer.context["form"].errors
    assert not TemporaryFile.objects.exists()


def test_a_form_without_errors_keeps_nothing(desk):
    desk.send(field=proof())

    assert not TemporaryFile.objects.exists()


@pytest.mark.parametrize("ticket", [NOBODYS_TICKET, "no-ticket", ""])
def test_a_draft_that_is_none_is_no_file(desk, ticket):
    answer = desk.send(**{"field-draft": ticket})

    assert answer.context["form"].errors[desk.field] == ["This field is required."]


def test_a_colleagues_draft_is_no_file(desk):
    colleague = actor_of(desk.actor.organization, Role.PARTNER_ADMIN)
    theirs = keep(colleague)

    answer = desk.send(**{"field-draft": theirs.ticket})

    assert desk.field in answer.context["form"].errors


def test_the_own_draft_of_another_company_is_no_file(desk):
    elsewhere = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    mine = keep(elsewhere)
    TemporaryFile.objects.update(person=desk.actor.person)

    answer = desk.send(**{"field-draft": mine.ticket})

    assert desk.field in answer.context["form"].errors


def test_a_draft_that_has_ended_is_no_file(desk):
    mine = keep(desk.actor)
    TemporaryFile.objects.update(
        created_at=clock.now() - timedelta(days=2), expires_at=clock.now()
    )

    answer = desk.send(**{"field-draft": mine.ticket})

    assert desk.field in answer.context["form"].errors


def test_a_file_that_waits_for_something_else_is_no_draft(desk):
    mine = keep(desk.actor, purpose=FilePurpose.EXPORT)

    answer = desk.send(**{"field-draft": mine.ticket})

    assert desk.field in answer.context["form"].errors


def test_an_upload_of_a_table_is_made_of_a_draft_too(client):
    actor = actor_of(EngagementFactory().customer, Role.BENEFIT_ADMIN)
    mine = keep(actor, "vouchers.csv")
    client.force_login(actor.person)
    page = reverse("vouchers:import", args=[actor.organization.slug])

    client.post(page, {"file-draft": str(mine.ticket)})

    assert VoucherImport.objects.get().file_name == "vouchers.csv"


def keep(actor, name="proof.pdf", purpose=FilePurpose.DRAFT):
    with acting(actor):
        return temporary_files.keep(ContentFile(PROOF, name), purpose, by=actor)


def exists(file):
    return storages["documents"].exists(file.path)


def test_the_oldest_of_many_drafts_makes_room(django_capture_on_commit_callbacks):
    actor, other = (actor_of(PartnerFactory(), Role.PARTNER_ADMIN) for _ in range(2))
    theirs, upload = keep(other), keep(actor, purpose=FilePurpose.IMPORT)
    with django_capture_on_commit_callbacks(execute=True):
        kept = [keep(actor) for _number in range(MOST_OF_PERSON + 1)]

    left = set(TemporaryFile.objects.all())

    assert left == {theirs, upload, *kept[1:]}
    assert [exists(file) for file in kept] == [False] + [True] * MOST_OF_PERSON


def test_drafts_end_with_their_content(
    time_machine, django_capture_on_commit_callbacks
):
    kept = keep(actor_of(PartnerFactory(), Role.PARTNER_ADMIN))
    time_machine.move_to(kept.expires_at - timedelta(seconds=1))
    tasks.forget_temporary_files()
    assert TemporaryFile.objects.get() == kept
    time_machine.move_to(kept.expires_at + timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_temporary_files()
    tasks.forget_temporary_files()

    assert not TemporaryFile.objects.exists()
    assert not exists(kept)


@pytest.mark.parametrize(("age", "is_there"), [(0.9, True), (1.1, False)])
def test_content_that_lost_its_row_is_cleared_after_a_day(time_machine, age, is_there):
    kept = keep(actor_of(PartnerFactory(), Role.PARTNER_ADMIN))
    with_row = keep(actor_of(PartnerFactory(), Role.PARTNER_ADMIN))
    TemporaryFile.objects.filter(pk=kept.pk).delete()
    TemporaryFile.objects.update(expires_at=clock.now() + timedelta(days=9))
    time_machine.move_to(clock.now() + timedelta(days=age))

    tasks.forget_temporary_files()

    assert exists(kept) == is_there
    assert exists(with_row)


def test_every_file_field_keeps_what_was_chosen():
    """A logo is kept in the profile's own draft."""
    fields = [
        field
        for form in all_forms(forms.BaseForm)
        for field in getattr(form, "base_fields", {}).values()
        if isinstance(field, forms.FileField) and not isinstance(field, LogoField)
    ]

    assert len(fields) >= 4
    assert all(isinstance(field.widget, DraftInput) for field in fields)


def all_forms(base):
    import_module(settings.ROOT_URLCONF)
    for form in base.__subclasses__():
        yield form
        yield from all_forms(form)
