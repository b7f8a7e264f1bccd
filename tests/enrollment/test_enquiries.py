"""Writing to a partner, and its answer: accepted, declined, or silence."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django_fsm import TransitionNotAllowed

from enrollment.models import Enquiry
from enrollment.services import enquiries
from enrollment.tasks import close_silent_enquiries
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Email, Membership, Organization, Topic
from portal.reminders import remind
from portal.roles import Role
from portal.tenancy import acting_for
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EnquiryFactory,
    ListingFactory,
)
from tests.factories.portal import (
    CustomerFactory,
    PartnerFactory,
    ReasonFactory,
    actor_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile(partner, engagement_type):
    """Return the published profile of a listed partner that can deliver."""
    partner.is_listed = True
    partner.save()
    ListingFactory(partner=partner, engagement_type=engagement_type)
    return BusinessProfileFactory(partner=partner)


@pytest.fixture
def asker(customer):
    return actor_of(customer, Role.PROJECT_MANAGER)


@pytest.fixture
def enquiry(partner, customer, asker, engagement_type):
    return EnquiryFactory(
        partner=partner,
        customer=customer,
        asked_by=asker.person,
        engagement_type=engagement_type,
    )


@pytest.fixture
def no_time(db):
    return ReasonFactory(topic=Topic.ENQUIRY, label="No free consultant in time")


def in_place(action, *args, by, **typed):
    """Do it as a page does: only the rows of the actor's organization exist."""
    with acting_for(by.organization_id, person=by.person_id):
        return action(*args, by=by, **typed)


def ask(profile, by, engagement_type=None):
    return in_place(
        enquiries.enquire, profile, engagement_type=engagement_type, message="Hi", by=by
    )


def mails(name):
    return list(Email.objects.filter(key__startswith=f"{name}:").order_by("to"))


def verbs():
    return list(AuditEntry.objects.values_list("verb", flat=True))


def test_a_customer_writes_to_a_partner_that_has_fourteen_days(
    profile, asker, admin, lead, engagement_type
):
    enquiry = ask(profile, asker, engagement_type)

    assert enquiry.answer_by == clock.in_days(14)
    assert (enquiry.country, enquiry.state) == ("DE", "received")
    assert verbs() == ["enquiry.sent"]
    told = {mail.to for mail in mails("enquiry-received")}
    assert told == {admin.person.email, lead.person.email}


def test_the_partner_reads_who_asks(profile, asker, admin):
    ask(profile, asker)

    with acting_for(admin.organization_id, person=admin.person_id):
        assert Organization.objects.filter(pk=asker.organization_id).exists()


def test_the_program_says_how_long_the_answer_may_take(profile, asker, program):
    program.enquiry_answer_days = 3
    program.save()

    assert ask(profile, asker).answer_by == clock.in_days(3)


@pytest.mark.parametrize("role", [Role.PARTNER_ADMIN, Role.DELIVERY_LEAD])
def test_partners_do_not_write_to_partners(profile, role):
    stranger = actor_of(PartnerFactory(), role)

    with pytest.raises(Refused, match="Project manager"):
        ask(profile, stranger)

    assert not Enquiry.objects.exists()


def test_one_enquiry_waits_at_a_time(profile, asker):
    ask(profile, asker)
    colleague = actor_of(asker.organization, Role.BENEFIT_ADMIN)

    with pytest.raises(Refused, match="has written to"):
        ask(profile, colleague)

    assert Enquiry.objects.count() == 1


def test_after_an_answer_one_may_ask_again(profile, asker, admin):
    first = ask(profile, asker)
    in_place(enquiries.accept_enquiry, first, answer="Yes.", by=admin)

    assert ask(profile, asker).pk != first.pk


def test_nobody_writes_to_a_partner_that_has_left_the_directory(profile, asker):
    Organization.objects.filter(pk=profile.partner_id).update(is_listed=False)

    with pytest.raises(Refused, match="not in the directory at present"):
        ask(profile, asker)

    assert not Enquiry.objects.exists()


def test_only_what_can_be_delivered_is_asked_for(profile, asker):
    other = ListingFactory().engagement_type

    with pytest.raises(Refused, match="cannot deliver") as refusal:
        ask(profile, asker, other)

    assert refusal.value.field == "engagement_type"
    assert not Enquiry.objects.exists()


def test_a_customer_writes_so_many_enquiries_a_day(settings, asker, profile):
    settings.ENQUIRY_LIMIT = "1/86400s"
    ask(profile, asker)
    other = BusinessProfileFactory(partner__is_listed=True)

    with pytest.raises(Refused, match="Too many attempts"):
        ask(other, asker)

    assert Enquiry.objects.count() == 1


def test_accepting_gives_the_customer_a_contact(enquiry, admin, asker):
    in_place(enquiries.accept_enquiry, enquiry, answer="We call you.", by=admin)

    enquiry = Enquiry.objects.get()
    assert (enquiry.state, enquiry.answered_by) == ("accepted", admin.person)
    (mail,) = mails("enquiry-accepted")
    assert mail.to == asker.person.email
    assert "We call you." in mail.body
    assert admin.person.email in mail.body
    assert verbs() == ["enquiry.accepted"]


def test_who_asked_and_has_left_is_not_told(enquiry, admin, asker):
    Membership.objects.filter(person=asker.person).update(is_active=False)
    benefit_admin = actor_of(asker.organization, Role.BENEFIT_ADMIN)

    in_place(enquiries.accept_enquiry, enquiry, answer="Yes.", by=admin)

    assert [mail.to for mail in mails("enquiry-accepted")] == [
        benefit_admin.person.email
    ]


def test_declining_gives_a_reason_and_other_partners(
    enquiry, lead, no_time, engagement_type
):
    other = BusinessProfileFactory(partner__is_listed=True, partner__name="Other Ltd")
    ListingFactory(partner=other.partner, engagement_type=engagement_type)

    in_place(
        enquiries.decline_enquiry, enquiry, reason=no_time, note="Try May.", by=lead
    )

    enquiry = Enquiry.objects.get()
    assert (enquiry.state, enquiry.reason) == ("declined", no_time)
    (mail,) = mails("enquiry-declined")
    assert "No free consultant in time" in mail.body
    assert "Try May." in mail.body
    assert f"Other Ltd: http://localhost:8400/partners/{other.partner.slug}/de/" in (
        mail.body
    )


def test_a_reason_for_something_else_is_refused(enquiry, lead):
    with pytest.raises(Refused, match="not a reason"):
        in_place(
            enquiries.decline_enquiry,
            enquiry,
            reason=ReasonFactory(topic=Topic.PROFILE),
            note="",
            by=lead,
        )

    enquiry = Enquiry.objects.get()
    assert enquiry.state == "received"


def test_a_reason_that_says_too_little_needs_a_note(enquiry, lead):
    vague = ReasonFactory(topic=Topic.ENQUIRY, needs_note=True)

    with pytest.raises(Refused, match="Write a note") as refusal:
        in_place(enquiries.decline_enquiry, enquiry, reason=vague, note=" ", by=lead)

    assert refusal.value.field == "note"


def answer(enquiry, by):
    return enquiries.accept_enquiry(enquiry, answer="Yes.", by=by)


def test_only_the_partner_that_was_asked_answers(enquiry, asker):
    rival = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

    for stranger in (rival, asker):
        with pytest.raises(Refused):
            answer(enquiry, stranger)

    enquiry = Enquiry.objects.get()
    assert enquiry.state == "received"


@pytest.mark.parametrize("role", [Role.FINANCE, Role.CONSULTANT])
def test_not_everybody_at_the_partner_answers(enquiry, partner, role):
    with pytest.raises(Refused, match="Partner admin"):
        answer(enquiry, actor_of(partner, role))


def test_what_was_answered_is_not_answered_again(enquiry, admin, no_time):
    answer(enquiry, admin)

    with pytest.raises(TransitionNotAllowed):
        enquiries.decline_enquiry(enquiry, reason=no_time, note="", by=admin)

    enquiry = Enquiry.objects.get()
    assert enquiry.state == "accepted"


def test_silence_closes_and_names_three_other_partners(enquiry, asker, engagement_type):
    for number in range(4):
        other = BusinessProfileFactory(
            partner__is_listed=True, partner__name=f"Other {number}"
        )
        ListingFactory(partner=other.partner, engagement_type=engagement_type)
    Enquiry.objects.update(answer_by=clock.in_days(-1))

    assert close_silent_enquiries() == 1
    assert close_silent_enquiries() == 0

    enquiry = Enquiry.objects.get()
    assert enquiry.state == "closed"
    (mail,) = mails("enquiry-closed")
    assert mail.to == asker.person.email
    named = [
        f"Other {number}" for number in range(4) if f"Other {number}:" in mail.body
    ]
    assert named == ["Other 0", "Other 1", "Other 2"]
    assert verbs() == ["enquiry.closed"]


def test_the_last_day_is_the_partners_own(enquiry, partner):
    partner.time_zone = "Pacific/Pago_Pago"
    partner.save()
    Enquiry.objects.update(answer_by=clock.today("Pacific/Pago_Pago"))

    assert close_silent_enquiries() == 0


def test_what_nobody_needs_costs_no_statement_more(enquiry, same_statements):
    with same_statements():
        close_silent_enquiries()
    EnquiryFactory.create_batch(3)

    with same_statements():
        close_silent_enquiries()


@pytest.mark.parametrize(
    ("days_left", "reminder_offset"), [(8, None), (7, 7), (5, 7), (2, 2), (0, 2)]
)
def test_the_partner_is_reminded_of_a_waiting_enquiry(
    enquiry, admin, days_left, reminder_offset
):
    # It was sent two weeks before it closes.
    last_day = clock.in_days(days_left)
    Enquiry.objects.update(
        answer_by=last_day, created_at=clock.now() - timedelta(days=14 - days_left)
    )

    remind(enquiries.REMINDER)
    remind(enquiries.REMINDER)

    keys = [mail.key for mail in mails("enquiry-reminder")]
    expected = f"enquiry-reminder:{enquiry.pk}:{reminder_offset}:{admin.person_id}"
    assert keys == ([expected] if reminder_offset else [])


def test_nobody_is_reminded_on_the_day_of_the_enquiry(enquiry, admin):
    Enquiry.objects.update(answer_by=clock.in_days(7))

    remind(enquiries.REMINDER)

    assert mails("enquiry-reminder") == []


def test_nobody_is_reminded_of_what_is_answered(enquiry, admin):
    answer(enquiry, admin)
    Enquiry.objects.update(
        answer_by=clock.in_days(1), created_at=clock.now() - timedelta(days=13)
    )

    assert remind(enquiries.REMINDER) == 0


def test_an_enquiry_is_seen_by_its_two_parties_only(enquiry, admin, asker):
    rivals = [
        actor_of(PartnerFactory(), Role.PARTNER_ADMIN),
        actor_of(CustomerFactory(), Role.BENEFIT_ADMIN),
    ]

    for party in (admin, asker):
        with acting_for(party.organization_id):
            assert list(Enquiry.objects.visible_to(party)) == [enquiry]
    for rival in rivals:
        assert not Enquiry.objects.visible_to(rival).exists()
        with acting_for(rival.organization_id):
            assert not Enquiry.objects.exists()


def test_two_waiting_enquiries_of_a_customer_to_a_partner_are_refused(enquiry):
    with pytest.raises(IntegrityError, match="enquiry_one_waiting"):
        EnquiryFactory(partner=enquiry.partner, customer=enquiry.customer)


def test_a_declined_enquiry_has_a_reason(enquiry):
    with pytest.raises(IntegrityError, match="enquiry_declined_has_reason"):
        Enquiry.objects.update(state="declined")


def test_an_enquiry_is_in_a_known_state(enquiry):
    with pytest.raises(IntegrityError, match="enquiry_state_is_known"):
        EnquiryFactory(state="lost")


def test_the_database_knows_the_moves(enquiry):
    Enquiry.objects.update(state="closed")

    with (
        pytest.raises(ProgrammingError, match="Invalid transition"),
        transaction.atomic(),
    ):
        Enquiry.objects.update(state="accepted")
