"""Signing a version of the agreement, and what the database keeps of it."""

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from enrollment.models import ProgramAgreement, Signature
from enrollment.services import agreements
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    DocumentFactory,
    ProgramAgreementFactory,
    SignatureFactory,
)
from tests.factories.portal import PartnerFactory

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def in_days(days):
    return TODAY + timedelta(days=days)


def sign(agreement, by):
    with acting_for(by.organization_id, person=by.person_id):
        return agreements.sign(
            agreement, name="Ana Silva", title="Director", address="192.0.2.7", by=by
        )


def versions(program, *days):
    """Publish versions 1, 2, … in force from so many days from today."""
    return [
        ProgramAgreementFactory(
            program=program, version=str(number), effective_on=in_days(day)
        )
        for number, day in enumerate(days, 1)
    ]


def refused(action, words):
    """Expect a refusal that leaves no signature and no trace."""
    with pytest.raises(Refused, match=words):
        action()
    return not Signature.objects.exists() and not AuditEntry.objects.exists()


def test_a_signature_keeps_who_what_when_and_where(admin, agreement):
    sign(agreement, admin)

    signature = Signature.objects.get()
    assert signature.signer == admin.person
    assert signature.signer_roles == ["partner_admin"]
    assert signature.address == "192.0.2.7"
    assert signature.text_hash == hashlib.sha256(agreement.text.encode()).hexdigest()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.parties) == ("agreement.signed", [admin.organization_id])


def test_the_second_signer_hears_who_signed_when(admin, agreement):
    admin.organization.time_zone = "Asia/Taipei"
    admin.organization.save()
    signature = sign(agreement, admin)

    with pytest.raises(Refused, match="Ana Silva signed this version") as refusal:
        sign(agreement, admin)

    assert f"{signature.signed_there:%Y}" in str(refusal.value)
    assert Signature.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_a_person_without_the_right_hears_who_has_it(lead, agreement):
    assert refused(lambda: sign(agreement, lead), "Partner admin")


def test_a_version_that_was_replaced_cannot_be_signed(admin, program):
    old, _new = versions(program, -100, 0)

    assert refused(lambda: sign(old, admin), "sign version 2")


def test_the_next_version_can_be_signed_before_it_is_in_force(admin, program):
    _old, coming = versions(program, -100, 30)

    sign(coming, admin)

    assert Signature.objects.get().agreement == coming


def test_the_version_after_the_next_cannot(admin, program):
    _old, _coming, later = versions(program, -100, 30, 60)

    assert refused(lambda: sign(later, admin), "Another version comes first")


def test_words_that_changed_since_they_were_read_are_not_signed(admin, agreement):
    ProgramAgreement.objects.filter(pk=agreement.pk).update(text="1. Be fairer.")

    assert refused(lambda: sign(agreement, admin), "changed after you opened")


def run(sql):
    """Run a statement as the role that sees every row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "change",
    [
        "text_hash = repeat('0', 64)",
        "signer_name = 'Eve'",
        "signer_title = ''",
        "signer_roles = '{finance}'",
        "signed_at = now()",
        "address = NULL",
    ],
)
def test_the_database_keeps_a_signature_as_it_was_given(signature, change):
    with pytest.raises(DatabaseError, match="Cannot update"):
        run(f"UPDATE enrollment_signature SET {change}")


def test_the_database_deletes_no_signature(signature):
    with pytest.raises(DatabaseError, match="Cannot delete"):
        run("DELETE FROM enrollment_signature")


def test_the_copy_is_added_once_and_stays(signature):
    first, second = DocumentFactory.create_batch(2)
    Signature.objects.update(copy=first)

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Signature.objects.update(copy=second)

    assert Signature.objects.get().copy == first


@pytest.mark.parametrize(
    "change",
    [
        "text = 'Other words.'",
        "title = 'Other title'",
        "version = '9'",
        "effective_on = effective_on - 1",
    ],
)
def test_the_database_keeps_a_signed_version_as_it_was(signature, change):
    with pytest.raises(DatabaseError, match="A signed version stays as it is"):
        run(f"UPDATE enrollment_programagreement SET {change}")


def test_a_signed_versions_last_day_to_sign_can_move(signature):
    run("UPDATE enrollment_programagreement SET sign_by = effective_on + 900")

    assert ProgramAgreement.objects.get().sign_by


def test_words_that_nobody_signed_can_change(agreement):
    run("UPDATE enrollment_programagreement SET text = 'Other words.'")

    assert ProgramAgreement.objects.get().text == "Other words."


@pytest.mark.parametrize("action", ["UPDATE {} SET text = ''", "DELETE FROM {}"])
def test_an_organization_changes_no_version(agreement, action):
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting_for(PartnerFactory().pk),
    ):
        run(action.format("enrollment_programagreement"))


def test_the_hash_tells_whether_the_text_is_still_the_signed_one(agreement):
    signature = SignatureFactory(agreement=agreement)
    other = SignatureFactory(agreement=agreement, text_hash="0" * 64)

    assert signature.is_of_unchanged_text
    assert not other.is_of_unchanged_text


def test_a_reservation_names_the_terms_by_version_and_date(signature):
    words = f"Version {signature.agreement.version} of the program agreement, signed on"

    assert signature.terms.startswith(words)
