"""Pages of enquiries: from the directory to the answer."""

import pytest
from django.urls import reverse

from enrollment.models import Enquiry
from portal import clock
from portal.models import AuditEntry, Email, Topic
from portal.registry import tasks_of, waiting_for
from portal.roles import Duty, Role
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EnquiryFactory,
    ListingFactory,
)
from tests.factories.portal import (
    MembershipFactory,
    ReasonFactory,
    actor_of,
    staff_actor,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile(engagement_type):
    profile = BusinessProfileFactory(
        partner__is_listed=True, partner__name="Müller & <Sons>"
    )
    ListingFactory(partner=profile.partner, engagement_type=engagement_type)
    return profile


@pytest.fixture
def asker(customer):
    return actor_of(customer, Role.BENEFIT_ADMIN)


@pytest.fixture
def admin(profile):
    return actor_of(profile.partner, Role.PARTNER_ADMIN)


@pytest.fixture
def enquiry(profile, asker, engagement_type):
    return EnquiryFactory(
        partner=profile.partner,
        customer=asker.organization,
        asked_by=asker.person,
        engagement_type=engagement_type,
    )


def contact_url(profile):
    return reverse("directory:contact", args=[profile.partner.slug, "de"])


def enquire_url(profile, organization):
    url = reverse("enrollment:enquire", args=[organization.slug])
    return f"{url}?partner={profile.partner.slug}&country=DE"


def url(page, actor, enquiry):
    return reverse(f"enrollment:{page}", args=[actor.organization.slug, enquiry.pk])


def test_who_is_not_signed_in_comes_back_after_signing_in(client, profile):
    response = client.get(contact_url(profile))

    assert response.url == f"/accounts/login/?next={contact_url(profile)}"


def test_a_customers_person_is_led_to_the_form(as_person, profile, asker):
    response = as_person(asker.person).get(contact_url(profile))

    assert response.url == enquire_url(profile, asker.organization)


def test_who_works_for_two_customers_chooses(as_person, profile, asker):
    MembershipFactory(
        person=asker.person,
        organization__kind="customer",
        roles=[Role.PROJECT_MANAGER],
    )

    response = as_person(asker.person).get(contact_url(profile))

    assert len(response.context["urls"]) == 2
    assert "For which organization do you write?" in response.text


def test_a_partners_person_is_told_who_writes(as_person, profile, admin):
    response = as_person(admin.person).get(contact_url(profile))

    assert "Benefit admins and project managers of customers write" in response.text


def test_there_is_no_way_to_write_to_a_partner_outside_of_the_directory(
    as_person, asker
):
    hidden = BusinessProfileFactory(partner__is_listed=False)
    client = as_person(asker.person)

    assert client.get(contact_url(hidden)).status_code == 404
    response = client.get(enquire_url(hidden, asker.organization), follow=True)
    assert "Choose a partner from the directory first." in response.text


def test_a_customer_writes_and_sees_until_when_the_answer_comes(
    as_person, profile, asker, engagement_type
):
    typed = {"engagement_type": engagement_type.pk, "message": "A <plan>, please."}

    response = as_person(asker.person).post(
        enquire_url(profile, asker.organization), typed, follow=True
    )

    enquiry = Enquiry.objects.get()
    assert response.redirect_chain[-1][0] == url("enquiry", asker, enquiry)
    assert "A &lt;plan&gt;, please." in response.text
    assert "14 days left" in response.text


def test_what_was_typed_stays_beside_a_refusal(as_person, profile, asker, enquiry):
    response = as_person(asker.person).post(
        enquire_url(profile, asker.organization), {"message": "Once more"}
    )

    assert response.status_code == 200
    assert "has written to Müller &amp; &lt;Sons&gt; already" in response.text
    assert "Once more" in response.text


def test_a_message_is_not_endless(as_person, profile, asker):
    response = as_person(asker.person).post(
        enquire_url(profile, asker.organization), {"message": "x" * 2001}
    )

    assert "2000" in response.context["form"].errors["message"][0]
    assert not Enquiry.objects.exists()


def test_the_enquiry_waits_for_the_partners_people(enquiry, admin, asker):
    (task,) = [
        each for each in tasks_of(waiting_for(admin)) if "enquiry" in str(each.title)
    ]
    lead = actor_of(admin.organization, Role.DELIVERY_LEAD)
    consultant = actor_of(admin.organization, Role.CONSULTANT)

    assert task.due_on.day == clock.in_days(14)
    assert task.url == url("enquiry", admin, enquiry)
    assert task.url in [each.url for each in tasks_of(waiting_for(lead))]
    assert task.url not in [each.url for each in tasks_of(waiting_for(consultant))]
    assert not tasks_of(waiting_for(asker))


def test_the_partner_accepts_and_gets_the_customers_address(
    as_person, enquiry, admin, asker
):
    client = as_person(admin.person)
    page = url("enquiry", admin, enquiry)
    assert asker.person.email not in client.get(page).text

    response = client.post(
        url("enquiry_accept", admin, enquiry), {"answer": "We call you."}, follow=True
    )

    assert Enquiry.objects.get().state == "accepted"
    assert asker.person.email in response.text


def test_the_customer_reads_whom_to_call(as_person, enquiry, admin, asker):
    as_person(admin.person).post(
        url("enquiry_accept", admin, enquiry), {"answer": "We call you."}
    )

    response = as_person(asker.person).get(url("enquiry", asker, enquiry))

    assert "We call you." in response.text
    assert admin.person.email in response.text


def test_the_partner_declines_with_a_reason(as_person, enquiry, admin, asker):
    reason = ReasonFactory(topic=Topic.ENQUIRY, label="Too far away")

    response = as_person(admin.person).post(
        url("enquiry_decline", admin, enquiry), {"reason": reason.pk}, follow=True
    )

    assert Enquiry.objects.get().state == "declined"
    assert "Too far away" in response.text


def test_a_note_is_asked_for_where_the_reason_needs_it(as_person, enquiry, admin):
    vague = ReasonFactory(topic=Topic.ENQUIRY, needs_note=True)

    response = as_person(admin.person).post(
        url("enquiry_decline", admin, enquiry), {"reason": vague.pk}
    )

    assert "note" in response.context["form"].errors
    assert Enquiry.objects.get().state == "received"


@pytest.mark.parametrize("page", ["enquiry_accept", "enquiry_decline"])
def test_what_is_answered_says_so(as_person, enquiry, admin, page):
    Enquiry.objects.update(state="closed")

    response = as_person(admin.person).get(url(page, admin, enquiry))

    assert "cannot be done while the enquiry is closed" in response.text


def test_a_colleague_without_the_right_reads_only(as_person, enquiry, admin):
    consultant = actor_of(admin.organization, Role.CONSULTANT)

    response = as_person(consultant.person).get(url("enquiry", consultant, enquiry))

    assert enquiry.message in response.text
    assert url("enquiry_accept", admin, enquiry) not in response.text


def index_of(as_person, actor):
    address = reverse("enrollment:enquiries", args=[actor.organization.slug])
    return as_person(actor.person).get(address)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_one_as_for_three(
    as_person, asker, number, same_statements
):
    EnquiryFactory.create_batch(number, customer=asker.organization)
    address = reverse("enrollment:enquiries", args=[asker.organization.slug])
    client = as_person(asker.person)

    with same_statements():
        response = client.get(address)

    assert len(response.context["page"].rows) == number


def test_a_partner_that_left_the_directory_stays_in_the_list(as_person, asker, enquiry):
    enquiry.partner.is_listed = False
    enquiry.partner.save()

    assert index_of(as_person, asker).context["page"].rows == [enquiry]


def test_an_empty_list_says_what_to_do(as_person, asker, admin):
    assert "Find one in the directory and ask" in index_of(as_person, asker).text
    assert "No customer has written yet" in index_of(as_person, admin).text


def test_a_rival_finds_nothing(as_person, enquiry, admin):
    rival = actor_of(BusinessProfileFactory().partner, Role.PARTNER_ADMIN)
    client = as_person(rival.person)

    for page in ("enquiry", "enquiry_accept", "enquiry_decline"):
        assert client.get(url(page, rival, enquiry)).status_code == 404
    assert index_of(as_person, rival).context["page"].rows == []
    assert not AuditEntry.objects.exists()


def test_only_one_line_of_the_menu_is_marked(as_person, admin, enquiry):
    response = index_of(as_person, admin)

    marked = [item.title for item in response.context["navigation"] if item.is_current]
    assert marked == ["Enquiries"]


def test_the_sponsor_reads_enquiries_and_changes_none(as_person, enquiry):
    auditor = staff_actor(Duty.AUDITOR).person
    give_second_factor(auditor)
    client = as_person(auditor)
    page = reverse("admin:enrollment_enquiry_change", args=[enquiry.pk])

    assert enquiry.message in client.get(page).text
    assert client.post(page, {"message": "x"}).status_code == 403


def test_each_mail_greets_its_reader_and_names_stand_as_typed(
    as_person, profile, asker, admin
):
    as_person(asker.person).post(
        enquire_url(profile, asker.organization), {"message": "It's <urgent>."}
    )
    enquiry = Enquiry.objects.get()
    as_person(admin.person).post(
        url("enquiry_accept", admin, enquiry), {"answer": "Müller & <Sons>!"}
    )

    received, accepted = Email.objects.order_by("queued_at", "key")
    assert received.body.startswith(f"Hello {admin.person.name},")
    assert accepted.body.startswith(f"Hello {asker.person.name},")
    assert "It's <urgent>." in received.body
    assert "Müller & <Sons>" in accepted.subject
    assert url("enquiry", admin, enquiry) in received.body
