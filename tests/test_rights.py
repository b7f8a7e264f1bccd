"""Which role of the database may do what with which table and column, every one."""

from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from django.db import ProgrammingError, connection, transaction

from enrollment.models import Certificate, EnrollmentLine
from portal.models.invitations import hash_of
from portal.tenancy import acting_for, acting_for_all
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    CertificateFactory,
    ConsultantFactory,
    EnrollmentFactory,
    OfferingFactory,
)
from tests.factories.portal import (
    DomainFactory,
    InvitationFactory,
    MembershipFactory,
    PartnerFactory,
    UserFactory,
)
from tests.factories.vouchers import VoucherFactory
from tests.test_tables import DROP_BOXES, SEALED, SHARED, rows, tenant_tables

INSERT, UPDATE, DELETE = "INSERT", "UPDATE", "DELETE"
# What requests of members and visitors write. Whatever else there is, the portal's own
# login only reads, as far as policies let it.
WRITTEN = {
    "account_emailaddress": {INSERT, UPDATE, DELETE},
    "account_emailconfirmation": {INSERT, UPDATE, DELETE},
    "engagements_completionreport": {INSERT},
    "engagements_engagement": {INSERT, UPDATE},
    "enrollment_businessprofile": {INSERT, UPDATE},
    "enrollment_certificate": {INSERT},
    "enrollment_confirmation": {INSERT, UPDATE, DELETE},
    "enrollment_consultant": {INSERT, UPDATE},
    "enrollment_directoryentry": {INSERT, UPDATE, DELETE},
    "enrollment_enquiry": {INSERT, UPDATE},
    "enrollment_enrollment": {INSERT, UPDATE},
    "enrollment_enrollmentline": {INSERT, UPDATE, DELETE},
    "enrollment_heldcompetency": {INSERT},
    "enrollment_listing": {INSERT, UPDATE, DELETE},
    "enrollment_pin": {UPDATE},
    "enrollment_profiledraft": {INSERT, UPDATE, DELETE},
    "enrollment_profilelocation": {INSERT, UPDATE, DELETE},
    "enrollment_profiletag": {INSERT, UPDATE, DELETE},
    "enrollment_signature": {INSERT},
    "mfa_authenticator": {INSERT, UPDATE, DELETE},
    "payments_paymentline": {INSERT, UPDATE},
    "payments_paymentrequest": {INSERT, UPDATE},
    "portal_acquaintance": {INSERT},
    "portal_adminrecovery": {INSERT, UPDATE},
    "portal_auditentry": {INSERT},
    "portal_cacheentry": {INSERT, UPDATE, DELETE},
    "portal_document": {INSERT},
    "portal_domain": {INSERT, UPDATE},
    "portal_email": {INSERT},
    "portal_invitation": {INSERT, UPDATE},
    "portal_location": {INSERT},
    "portal_membership": {INSERT, UPDATE},
    "portal_organization": {INSERT, UPDATE},
    "portal_savedaddress": {INSERT, UPDATE, DELETE},
    "portal_sealedbody": {INSERT},
    "portal_secondfactorrecovery": {INSERT, UPDATE},
    "portal_tableexport": {INSERT, UPDATE, DELETE},
    "portal_tableimport": {INSERT, UPDATE, DELETE},
    "portal_temporaryfile": {INSERT, DELETE},
    "django_session": {INSERT, UPDATE, DELETE},
    "portal_user": {INSERT, UPDATE, DELETE},
    "usersessions_usersession": {INSERT, UPDATE, DELETE},
    "vouchers_benefitcontact": {INSERT, UPDATE, DELETE},
    "vouchers_conversion": {INSERT},
    "vouchers_customeragreement": {UPDATE},
    "vouchers_extension": {INSERT},
    "vouchers_ledgerentry": {INSERT},
    "vouchers_reservation": {INSERT, UPDATE},
    "vouchers_voucher": {INSERT, UPDATE},
    "vouchers_voucherbatch": {INSERT},
}
# What the portal's own login does not even read.
UNREAD = {
    "portal_sealedbody",
    "vouchers_retirementletter",
    "vouchers_retirementplan",
}
# What the directory's role reads: the catalog, and rows of listed partners.
DIRECTORY = {
    "engagements_engagement": "id partner_id state",
    "portal_user": (
        "date_joined email id is_active is_staff is_superuser language last_login name"
    ),
} | dict.fromkeys(
    [
        "enrollment_businessprofile",
        "enrollment_certificate",
        "enrollment_competency",
        "enrollment_competencyexam",
        "enrollment_consultant",
        "enrollment_directoryentry",
        "enrollment_engagementtype",
        "enrollment_enrollment",
        "enrollment_enrollmentline",
        "enrollment_exam",
        "enrollment_heldcompetency",
        "enrollment_listing",
        "enrollment_offering",
        "enrollment_profilelocation",
        "enrollment_profiletag",
        "enrollment_program",
        "enrollment_programagreement",
        "enrollment_programrequirement",
        "enrollment_qualification",
        "enrollment_signature",
        "enrollment_tag",
        "portal_document",
        "portal_domain",
        "portal_location",
        "portal_organization",
        "portal_place",
        "portal_reason",
    ],
    "",
)
COLUMNS = """
    SELECT c.relname, a.attname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND a.attnum > 0 AND NOT a.attisdropped
        AND has_column_privilege(%s, c.oid, a.attname, %s)
"""
DELETED = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND has_table_privilege(%s, oid, 'DELETE')
"""
QUESTIONS = """
    SELECT p.proname, p.provolatile FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
        AND p.prorettype <> 'trigger'::regtype
"""
pytestmark = pytest.mark.django_db


def columns_of(role, right):
    """Map each table to the columns for which a role has a right."""
    found = {}
    for table, column in rows(COLUMNS, [role, right]):
        found.setdefault(table, set()).add(column)
    return found


def all_columns():
    return columns_of("portal_owner", "SELECT")


@pytest.mark.parametrize("right", [INSERT, UPDATE])
def test_the_portals_login_writes_what_members_write_and_nothing_else(right):
    everything = all_columns()

    assert columns_of("portal_app", right) == {
        table: everything[table] for table, rights in WRITTEN.items() if right in rights
    }


def test_the_portals_login_deletes_what_members_delete_and_nothing_else():
    found = {table for (table,) in rows(DELETED, ["portal_app"])}

    assert found == {table for table, rights in WRITTEN.items() if DELETE in rights}


def test_the_portals_login_reads_everything_but_what_is_the_sponsors_own():
    everything = all_columns()

    read = columns_of("portal_app", "SELECT")

    assert read == {t: everything[t] for t in everything if t not in UNREAD}


def test_each_written_table_is_known():
    assert set(WRITTEN) <= tenant_tables() | set(SHARED) | DROP_BOXES | SEALED


@pytest.mark.parametrize("right", [INSERT, UPDATE])
def test_the_directorys_role_writes_nothing(right):
    assert columns_of("portal_directory", right) == {}
    assert rows(DELETED, ["portal_directory"]) == []


def test_the_directorys_role_reads_what_partners_show_and_are_judged_by():
    everything = all_columns()

    assert columns_of("portal_directory", "SELECT") == {
        table: set(columns.split()) or everything[table]
        for table, columns in DIRECTORY.items()
    }


def test_what_is_asked_across_the_wall_is_a_closed_list_of_reading_questions():
    """Each stands in decision 2; the one that changes something takes a lock."""
    assert dict(rows(QUESTIONS)) == {
        "enrollment_employers_of_person": "s",
        "enrollment_keep_version": "v",
        "portal_companies_with_domains": "s",
        "portal_inviting_organization": "s",
        "portal_taken_slugs": "s",
        "vouchers_customer_of": "s",
    }


def test_nobody_else_asks_across_the_wall():
    for name, _volatile in rows(QUESTIONS):
        [(others,)] = rows(
            "SELECT bool_or(grantee = 0) FROM pg_proc, aclexplode(proacl)"
            " WHERE proname = %s",
            [name],
        )
        assert not others


@contextmanager
def is_refused():
    """Hold that the portal's own login is kept from what is written here."""
    with (
        pytest.raises(ProgrammingError, match=r"sponsor alone|denied|row-level"),
        transaction.atomic(),
    ):
        yield


def refused(sql, *params):
    with is_refused():
        rows(sql + " RETURNING 1", params)


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_a_member_makes_nobody_staff(field):
    member = MembershipFactory()

    with acting_for(member.organization_id, person=member.person_id):
        refused(f"UPDATE portal_user SET {field} = true WHERE id = {member.person_id}")


@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_who_signs_up_is_no_staff(field):
    values = dict.fromkeys(["is_staff", "is_superuser"], False) | {field: True}

    with acting_for():
        refused(
            "INSERT INTO portal_user (email, name, password, language, is_active,"
            " date_joined, is_staff, is_superuser)"
            " VALUES ('x@x.example', 'X', '', 'en', true, now(), %s, %s)",
            values["is_staff"],
            values["is_superuser"],
        )


@pytest.mark.parametrize("proof", ["is_staff", "verified"])
def test_who_has_proved_an_address_is_not_deleted_by_who_claims_it(proof):
    nothing = {"is_staff": False, "verified": False}
    proved, claimed = UserFactory(**nothing | {proof: True}), UserFactory(**nothing)

    with acting_for():
        refused("DELETE FROM portal_user WHERE id = %s", proved.pk)
        assert rows("DELETE FROM portal_user WHERE id = %s RETURNING 1", [claimed.pk])


def test_a_member_joins_no_group_and_notes_no_migration():
    member = MembershipFactory()

    with acting_for(member.organization_id, person=member.person_id):
        refused(
            "INSERT INTO portal_user_groups (user_id, group_id) VALUES (%s, 1)",
            member.person_id,
        )
        refused("DELETE FROM django_migrations")


@pytest.mark.parametrize(
    "decision", ["suspended_at = now()", "paid_at = now()", "suspension_reason = 'x'"]
)
def test_a_party_decides_nothing_about_its_voucher_that_is_the_sponsors(decision):
    voucher = VoucherFactory(reserved=True)

    with acting_for(*voucher.parties):
        refused(f"UPDATE vouchers_voucher SET {decision} WHERE id = %s", voucher.pk)


BEGIN_VOUCHER = """
    INSERT INTO vouchers_voucher (number, agreement_id, engagement_type_id, days,
        country, label, customer_id, admin_id, partner_id, project_manager_id, state,
        expires_on, created_at, reserved_at, redeemed_at, days_used, suspension_reason)
    SELECT 'VNEW', agreement_id, engagement_type_id, days, country, label, customer_id,
        admin_id, {partner}, project_manager_id, %s, expires_on, created_at,
        reserved_at, {moment}, {used}, ''
    FROM vouchers_voucher WHERE id = %s
"""


def begin_voucher(state, like, *, has_partner=False):
    """Write the statement that inserts a voucher like another one, in a state."""
    is_used = state == "redeemed"
    sql = BEGIN_VOUCHER.format(
        partner="partner_id" if has_partner else "NULL",
        moment="now()" if is_used else "NULL",
        used="days" if is_used else "NULL",
    )
    return sql, state, like.pk


@pytest.mark.parametrize("state", ["created", "redeemed"])
def test_a_partner_makes_no_voucher_of_its_customer(state):
    voucher = VoucherFactory(reserved=True)

    with acting_for(voucher.partner_id):
        refused(*begin_voucher(state, voucher, has_partner=True))


@pytest.mark.parametrize("state", ["assigned", "redeemed", "cancelled"])
def test_a_customers_voucher_begins_at_the_beginning(state):
    voucher = VoucherFactory(reserved=True)
    has_partner = state == "redeemed"

    with acting_for(*voucher.parties):
        refused(*begin_voucher(state, voucher, has_partner=has_partner))


def test_a_customers_new_voucher_is_with_no_partner():
    voucher = VoucherFactory(reserved=True)

    with acting_for(*voucher.parties):
        refused(*begin_voucher("created", voucher, has_partner=True))


def test_a_customer_makes_a_voucher():
    voucher = VoucherFactory(reserved=True)
    sql, *params = begin_voucher("created", voucher)

    with acting_for(voucher.customer_id):
        assert rows(sql + " RETURNING state", params) == [("created",)]


@pytest.mark.parametrize(
    ("is_in", "state"),
    [
        ("submitted", "active"),
        ("submitted", "rejected"),
        ("active", "suspended"),
        ("active", "lapsed"),
        ("suspended", "active"),
    ],
)
def test_a_partner_does_not_decide_about_its_enrollment(is_in, state):
    enrollment = EnrollmentFactory(**{is_in: True})

    with acting_for(enrollment.partner_id):
        refused(
            "UPDATE enrollment_enrollment SET state = %s WHERE id = %s",
            state,
            enrollment.pk,
        )


@pytest.mark.parametrize("state", ["asked", "approved", "refused"])
def test_a_partner_asks_for_an_offering_and_does_not_approve_it(state):
    enrollment = EnrollmentFactory(active=True)
    line = EnrollmentLine(
        enrollment=enrollment,
        partner=enrollment.partner,
        offering=OfferingFactory(program=enrollment.program),
        state=state,
    )

    with acting_for(enrollment.partner_id):
        if state == "asked":
            line.save()
        else:
            with is_refused():
                line.save()


@pytest.mark.parametrize("is_verified", [False, True])
def test_a_partner_verifies_no_certificate_and_brings_a_verified_one_along(is_verified):
    earlier = CertificateFactory(
        verified=is_verified, consultant__until=date(2098, 12, 31)
    )
    later = ConsultantFactory(person=earlier.consultant.person, since=date(2099, 1, 1))
    carried = Certificate(
        consultant=later,
        partner=later.partner,
        exam=earlier.exam,
        passed_on=earlier.passed_on,
        state="verified",
    )

    with acting_for(earlier.partner_id, later.partner_id):
        if is_verified:
            carried.save()
        else:
            with is_refused():
                carried.save()


ENTRY = """
    INSERT INTO portal_auditentry (verb, subject_type, subject_id, subject_name,
        person_id, person_name, organization_id, organization_name, side, roles,
        parties, reason, changes, at)
    VALUES ('voucher.paid', 'vouchers.voucher', 1, 'V1', %s, 'Rita', %s, '', %s, '{}',
        %s, '', '{}', now())
"""


@pytest.mark.parametrize("claimed", ["side", "person", "organization"])
def test_a_members_entry_says_of_nobody_else_that_it_has_acted(claimed):
    mine, other = MembershipFactory(), MembershipFactory()
    parties = [mine.organization_id, other.organization_id]
    person, organization, side = mine.person_id, mine.organization_id, "customer"
    match claimed:
        case "side":
            side = "sponsor"
        case "person":
            person = other.person_id
        case "organization":
            organization = other.organization_id

    with acting_for(mine.organization_id, person=mine.person_id):
        refused(ENTRY, person, organization, side, parties)


def test_the_sponsors_side_is_not_claimed_without_a_name():
    mine = MembershipFactory()

    with acting_for(mine.organization_id, person=mine.person_id):
        refused(ENTRY, None, None, "sponsor", [mine.organization_id])


@pytest.mark.parametrize("is_named", [False, True])
def test_a_member_writes_what_it_did_and_what_the_portal_did(is_named):
    """The entry is for another party too, which need not be in scope."""
    mine, other = MembershipFactory(), MembershipFactory()
    who = (mine.person_id, mine.organization_id) if is_named else (None, None)
    side = "customer" if is_named else "clock"
    parties = [mine.organization_id, other.organization_id]

    with acting_for(mine.organization_id, person=mine.person_id):
        assert rows(ENTRY + " RETURNING side", [*who, side, parties]) == [(side,)]


def test_the_sponsor_writes_what_it_did():
    member = MembershipFactory()
    values = [member.person_id, None, "sponsor", [member.organization_id]]

    with acting_for_all():
        assert rows(ENTRY + " RETURNING side", values) == [("sponsor",)]


def second_factors():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mfa_authenticator")
        return cursor.fetchone()[0]


def test_in_a_members_transaction_second_factors_are_the_persons_own():
    mine, other = MembershipFactory(), MembershipFactory()
    give_second_factor(mine.person)
    give_second_factor(other.person)

    with acting_for(mine.organization_id, person=mine.person_id):
        assert second_factors() == 1
    with acting_for(mine.organization_id):
        assert second_factors() == 0
    with acting_for_all():
        assert second_factors() == 2


def answer(question, *params):
    return [value for (value,) in rows(f"SELECT {question}", params) if value]


def test_a_voucher_is_found_by_number_and_address_together():
    voucher, other = VoucherFactory(), VoucherFactory()

    with acting_for():
        ask = partial(answer, "vouchers_customer_of(%s, %s)")
        assert ask(voucher.number, voucher.admin.email) == [voucher.customer_id]
        assert ask(voucher.number, other.admin.email) == []
        assert ask(other.number, voucher.admin.email) == []


def test_only_the_acting_person_learns_where_it_works():
    consultant = ConsultantFactory()
    ask = partial(answer, "enrollment_employers_of_person()")

    with acting_for(person=consultant.person_id):
        assert ask() == [consultant.partner_id]
    with acting_for(consultant.partner_id):
        assert ask() == []


def test_a_domain_that_nobody_proved_names_no_company():
    proved = DomainFactory()
    claimed = DomainFactory(verified_at=None)
    names = [proved.name, claimed.name, "nobody.example"]

    with acting_for():
        found = rows("SELECT * FROM portal_companies_with_domains(%s)", [names])

    assert found == [(proved.name, proved.organization_id)]


def test_words_in_addresses_are_told_taken_and_nothing_more():
    partner = PartnerFactory()

    with acting_for():
        found = answer("portal_taken_slugs(%s)", [partner.slug, "free-word"])

    assert found == [partner.slug]


def test_a_link_that_nobody_sent_leads_to_no_organization():
    invitation = InvitationFactory(token_hash=hash_of("known"))
    ask = partial(answer, "portal_inviting_organization(%s)")

    with acting_for():
        assert ask(hash_of("known")) == [invitation.organization_id]
        assert ask(hash_of("unknown")) == []
