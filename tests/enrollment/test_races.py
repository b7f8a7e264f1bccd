"""Two people of one company at the same moment."""

from functools import partial

import pytest

from enrollment import services
from enrollment.models import Enrollment, Signature
from portal.errors import Refused
from portal.models import AuditEntry
from portal.roles import Role
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories import (
    PartnerFactory,
    ProgramAgreementFactory,
    ProgramFactory,
    actor_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleagues():
    partner = PartnerFactory()
    return [actor_of(partner, Role.PARTNER_ADMIN) for _ in "12"]


def in_their_place(deed, by, **typed):
    with acting_for(by.organization_id, by.person_id):
        return deed(by=by, **typed)


def test_two_people_signing_at_once_leave_one_signature(colleagues):
    agreement = ProgramAgreementFactory()
    sign = partial(services.sign, agreement, title="Director", address=None)

    outcomes = at_once(
        *[partial(in_their_place, sign, by, name=by.person.name) for by in colleagues]
    )

    [refusal] = [each for each in outcomes if isinstance(each, Refused)]
    [signature] = Signature.objects.all()
    assert f"{signature.signer_name} signed this version" in str(refusal)
    assert AuditEntry.objects.get().person == signature.signer


def test_two_people_beginning_at_once_share_one_enrollment(colleagues):
    begin = partial(services.begin, ProgramFactory())

    outcomes = at_once(*[partial(in_their_place, begin, by) for by in colleagues])

    assert outcomes == [Enrollment.objects.get()] * 2
    assert AuditEntry.objects.get().verb == "enrollment.begun"
