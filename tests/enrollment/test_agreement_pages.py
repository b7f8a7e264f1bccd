"""The pages of the agreement, through the browser's eyes."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import ProgramAgreement, Signature
from portal import clock
from tests.enrollment.conftest import url
from tests.factories.enrollment import (
    DocumentFactory,
    ProgramAgreementFactory,
    SignatureFactory,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()
TYPED = {"name": "Ana Silva", "title": "Director", "agreed": "on"}
BUTTON = "Sign the agreement</button>"


def in_days(days):
    return TODAY + timedelta(days=days)


def typed(version, **changes):
    return {**TYPED, "shown": version.version_key, **changes}


@pytest.fixture
def next_version(program, agreement):
    return ProgramAgreementFactory(
        program=program,
        version="2.0",
        text="1. Be fairer.",
        effective_on=in_days(10),
        sign_by=in_days(40),
    )


@pytest.fixture
def visit_version(as_person, program):
    def open_page(actor, version, typed=None):
        args = [actor.organization.slug, program.code, version.pk]
        address = reverse("enrollment:agreement_version", args=args)
        client = as_person(actor.person)
        if typed is None:
            return client.get(address)
        return client.post(address, typed, follow=True)

    return open_page


def test_the_whole_text_is_shown_with_version_and_date(visit, admin, agreement):
    agreement.text = "1. Be fair.\n\n2. Be on time.\nAlways."
    agreement.save()

    response = visit(admin, "agreement")

    assert "<p>2. Be on time.<br>Always.</p>" in response.text
    assert f"version {agreement.version}, in force from" in response.text
    assert agreement.version_key in response.text


def test_what_was_shown_is_signed(visit, admin, agreement):
    response = visit(admin, "agreement", typed(agreement))

    signature = Signature.objects.get()
    assert (signature.signer_name, signature.signer_title) == ("Ana Silva", "Director")
    assert signature.address == "127.0.0.1"
    assert "The agreement is signed." in response.text


def test_without_the_tick_nothing_is_signed_and_nothing_lost(visit, admin, agreement):
    response = visit(admin, "agreement", typed(agreement, agreed=""))

    assert "agreed" in response.context["form"].errors
    # The long text does not hide what is wrong.
    assert response.text.index("There is a problem") < response.text.index("1. Be")
    assert 'value="Director"' in response.text
    assert not Signature.objects.exists()


def test_a_text_that_changed_meanwhile_is_not_signed(visit, admin, agreement):
    shown = typed(agreement)
    ProgramAgreement.objects.update(text="1. Be fairer.")

    response = visit(admin, "agreement", shown)

    assert "The agreement changed after you opened this page." in response.text
    assert "1. Be fairer." in response.text
    assert 'value="Director"' in response.text
    assert "checked" not in response.text
    assert not Signature.objects.exists()


def test_a_version_that_came_meanwhile_is_not_signed_instead(visit, admin, agreement):
    shown = typed(agreement)
    ProgramAgreementFactory(
        program=agreement.program, text=agreement.text, effective_on=TODAY
    )

    response = visit(admin, "agreement", shown)

    assert "The agreement changed after you opened this page." in response.text
    assert not Signature.objects.exists()


def test_a_colleague_reads_it_and_hears_who_could_sign(visit, lead, agreement):
    response = visit(lead, "agreement")

    assert agreement.text in response.text
    assert BUTTON not in response.text
    assert "one of these roles: Partner admin" in response.text


def test_a_colleague_who_posts_is_refused(visit, lead, agreement):
    response = visit(lead, "agreement", typed(agreement))

    assert "one of these roles: Partner admin" in response.text
    assert not Signature.objects.exists()


def test_a_signed_version_shows_who_signed_and_the_copy(visit, admin, signature):
    Signature.objects.update(copy=DocumentFactory())

    response = visit(admin, "agreement")

    assert "Ana Silva (Director) signed this version" in response.text
    assert "Signed copy (PDF)" in response.text
    assert BUTTON not in response.text


def test_a_copy_that_is_not_made_yet_is_announced(visit, admin, signature):
    assert "The signed copy is being made." in visit(admin, "agreement").text


def test_signing_twice_leaves_one_signature(visit, admin, signature):
    response = visit(admin, "agreement", typed(signature.agreement))

    assert "Ana Silva signed this version for your company on" in response.text
    assert Signature.objects.count() == 1


def test_before_there_is_a_version_the_page_does_not_exist(visit, admin):
    assert visit(admin, "agreement").status_code == 404


def test_the_next_version_is_announced_and_can_be_signed_early(
    visit, visit_version, admin, signature, next_version
):
    assert "Version 2.0 follows on" in visit(admin, "agreement").text
    assert "You can sign it now." in visit_version(admin, next_version).text

    visit_version(admin, next_version, typed(next_version))

    assert Signature.objects.filter(agreement=next_version).exists()


def test_a_new_version_in_force_is_asked_for_while_the_old_one_counts(
    visit, admin, signature, next_version
):
    ProgramAgreement.objects.filter(pk=next_version.pk).update(effective_on=TODAY)

    response = visit(admin, "agreement")

    assert "1. Be fairer." in response.text
    assert "Until you sign, version" in response.text
    assert "40 days left" in response.text
    assert BUTTON in response.text


def test_past_the_last_day_it_says_what_cannot_be_done(
    visit, admin, signature, next_version
):
    ProgramAgreement.objects.filter(pk=next_version.pk).update(
        effective_on=in_days(-9), sign_by=in_days(-1)
    )

    assert "counts no more" in visit(admin, "agreement").text


def test_a_version_that_was_replaced_can_be_read_only(
    visit_version, admin, agreement, program
):
    ProgramAgreementFactory(program=program, effective_on=TODAY)

    response = visit_version(admin, agreement)

    assert "This version can no longer be signed." in response.text
    assert BUTTON not in response.text


def test_the_enrollment_page_asks_again(visit, admin, signature, next_version):
    ProgramAgreement.objects.filter(pk=next_version.pk).update(effective_on=TODAY)

    assert "To be signed again" in visit(admin, "program").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_lists_what_the_company_signed(
    as_person, lead, program, rows, same_statements
):
    for row in range(rows):
        agreement = ProgramAgreementFactory(
            program=program, effective_on=in_days(-10 * row - 9)
        )
        SignatureFactory(agreement=agreement, partner=lead.organization)
        SignatureFactory(agreement=agreement)
    client = as_person(lead.person)

    with same_statements():
        response = client.get(url("signatures", lead.organization, program))

    shown = response.context["signatures"]
    assert [each.partner for each in shown] == [lead.organization] * rows


def test_an_empty_history_leads_to_the_text(visit, admin, agreement):
    assert url("agreement", admin.organization, agreement.program) in (
        visit(admin, "signatures").text
    )
