"""Publishing versions in the admin, and looking at signatures there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from enrollment.models import ProgramAgreement
from enrollment.services import agreements
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry
from portal.roles import Duty
from tests.conftest import give_second_factor
from tests.enrollment.test_admin import change
from tests.factories.enrollment import (
    EnrollmentFactory,
    ProgramAgreementFactory,
    SignatureFactory,
)
from tests.factories.portal import staff_actor

pytestmark = pytest.mark.django_db
TODAY = clock.today()
ADD = "admin:enrollment_programagreement_add"


def in_days(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def manager():
    return staff_actor(Duty.PROGRAM_MANAGER)


@pytest.fixture
def desk(as_person, manager):
    give_second_factor(manager.person)
    return as_person(manager.person)


def typed(program, **changes):
    return {
        "program": program.pk,
        "version": "2.0",
        "title": "Program agreement",
        "text": "1. Be fair.\r\n\r\n2. Be on time.",
        "effective_on": in_days(30),
        "sign_by": in_days(60),
        **changes,
    }


def errors_of(response):
    return response.context["adminform"].form.errors


def test_a_manager_publishes_a_version(desk, program, signature):
    response = desk.post(reverse(ADD), typed(program))

    version = ProgramAgreement.objects.get(version="2.0")
    assert response.status_code == 302
    assert (version.effective_on, version.sign_by) == (in_days(30), in_days(60))
    assert version.text == "1. Be fair.\n\n2. Be on time."
    assert AuditEntry.objects.get().verb == "catalogue.added"


@pytest.mark.usefixtures("signature")
@pytest.mark.parametrize(
    ("field", "days", "words"),
    [
        ("sign_by", 29, "cannot be before the version"),
        ("effective_on", -1, "choose today or a later"),
    ],
)
def test_dates_that_surprise_are_refused_beside_the_field(
    desk, program, field, days, words
):
    response = desk.post(reverse(ADD), typed(program, **{field: in_days(days)}))

    assert words in errors_of(response)[field][0]
    assert not ProgramAgreement.objects.filter(version="2.0").exists()


def test_a_version_that_is_there_already_is_told_beside_its_field(
    desk, program, agreement
):
    again = typed(program, version=agreement.version)

    response = desk.post(reverse(ADD), again)

    assert "has this version already" in errors_of(response)["version"][0]


def test_before_anybody_signed_a_version_may_begin_in_the_past(desk, program):
    desk.post(reverse(ADD), typed(program, effective_on=in_days(-1)))

    assert ProgramAgreement.objects.get().effective_on == in_days(-1)


def test_the_service_refuses_as_the_form_does(manager, program, signature):
    version = ProgramAgreement(
        program=program, version="2", title="T", text="T", effective_on=in_days(-1)
    )

    with pytest.raises(Refused, match="choose today or a later date"):
        agreements.publish(version, by=manager)

    assert version.pk is None


def test_only_a_program_manager_publishes(admin, agreement):
    with pytest.raises(Refused, match="Program manager"):
        agreements.publish(agreement, by=admin)


def test_the_add_page_tells_how_many_would_have_to_sign_again(desk, program, signature):
    EnrollmentFactory(partner=signature.partner, program=program, active=True)

    response = desk.get(reverse(ADD))

    assert f"{program}: 1 partner would have to sign again." in response.text


def test_a_version_tells_how_many_have_to_sign_it(desk, program, signature):
    EnrollmentFactory(partner=signature.partner, program=program, active=True)
    version = ProgramAgreementFactory(program=program, effective_on=in_days(3))
    SignatureFactory(agreement=version)

    text = " ".join(desk.get(change(version)).text.split())

    assert "1 partner that is enrolled, or about to be, has signed an earlier" in text
    assert "1 partner has signed this version." in text


def test_of_a_signed_version_only_the_last_day_changes(desk, signature):
    version = signature.agreement
    day = in_days(9)

    desk.post(change(version), {"text": "x", "version": "9", "sign_by": day})

    kept = ProgramAgreement.objects.get()
    assert (kept.text, kept.version) == (version.text, version.version)
    assert kept.sign_by == day


@pytest.mark.parametrize("sign_by", [in_days(20), ""])
def test_partners_who_were_told_a_day_never_get_less_time(desk, program, sign_by):
    version = ProgramAgreementFactory(
        program=program, sign_by=in_days(30), told_at=clock.now()
    )
    SignatureFactory(agreement=version)

    response = desk.post(change(version), {"sign_by": sign_by})

    assert "you can only give more time" in errors_of(response)["sign_by"][0]
    assert ProgramAgreement.objects.get().sign_by == in_days(30)


def test_a_signature_shows_that_its_text_has_not_changed(desk, signature):
    assert "The text has not changed since." in desk.get(change(signature)).text


def test_a_signature_of_another_text_is_seen(desk, agreement):
    signature = SignatureFactory(agreement=agreement, text_hash="0" * 64)

    assert "is not the one that was signed" in desk.get(change(signature)).text
