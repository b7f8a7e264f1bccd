"""A form sent again, or after a change, does nothing and says what happened."""

from datetime import timedelta

import pytest
from django.core import signing
from django.urls import reverse

from engagements.models import Engagement
from enrollment.models import Enrollment, Extender, ProfileDraft, Program
from portal import clock
from portal.findings import Refused
from portal.models import AuditEntry, Invitation, Membership, Organization
from portal.roles import Duty, Role
from portal.services import invitations
from portal.shown import SALT, RecordChanged, as_shown, read_token, state_of, token_of
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.conftest import give_second_factor
from tests.factories.engagements import EngagementFactory
from tests.factories.enrollment import (
    EngagementTypeFactory,
    ProfileDraftFactory,
    ProgramFactory,
    eligible_partner,
)
from tests.factories.portal import (
    MembershipFactory,
    PartnerFactory,
    actor_of,
    staff_actor,
)
from tests.factories.vouchers import CustomerAgreementFactory, VoucherFactory
from tests.forms import form_of
from vouchers.models import Extension, Voucher
from vouchers.services import extensions

pytestmark = pytest.mark.django_db

ASKED = "send this once more if you still want it"


@pytest.fixture
def desk(as_person):
    """Sign somebody in; give what opens a page and what sends its form."""

    def sit_down(person):
        give_second_factor(person)
        return as_person(person)

    return sit_down


def opened(client, address):
    return form_of(client.get(address)).fields


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def send(client, address, fields, **typed):
    return client.post(address, {**fields, **typed}, follow=True)


def voucher_page(name, voucher, organization=None):
    slug = (organization or voucher.customer).slug
    return reverse(f"vouchers:{name}", args=[slug, voucher.number])


class TestExtending:
    @pytest.fixture
    def voucher(self):
        agreement = CustomerAgreementFactory(
            program__extended_by=Extender.OWNER,
            program__extension_days=30,
            program__extensions_most=5,
        )
        return VoucherFactory(agreement=agreement)

    def test_the_button_pressed_twice_extends_once(self, desk, voucher):
        owner = actor_of(voucher.customer, Role.BENEFIT_ADMIN).person
        client, address = desk(owner), voucher_page("extend", voucher)
        form = opened(client, address)

        send(client, address, form)
        again = send(client, address, form)

        moved = Voucher.objects.get(pk=voucher.pk).expires_on - voucher.expires_on
        assert moved == timedelta(days=30)
        assert Extension.objects.count() == 1
        assert ASKED in again.text
        assert owner.name in again.text

    def test_a_page_opened_anew_extends_once_more(self, desk, voucher):
        owner = actor_of(voucher.customer, Role.BENEFIT_ADMIN).person
        client, address = desk(owner), voucher_page("extend", voucher)

        send(client, address, opened(client, address))
        send(client, address, opened(client, address))

        moved = Voucher.objects.get(pk=voucher.pk).expires_on - voucher.expires_on
        assert moved == timedelta(days=60)

    def test_the_sponsors_page_sent_twice_extends_once(self, desk, voucher):
        client = desk(staff_actor(Duty.PROGRAM_MANAGER).person)
        address = reverse("admin:vouchers_voucher_changelist")
        chosen = {"_selected_action": voucher.pk, "index": 0}
        page = client.post(address, {"action": "extend_by_sponsor", **chosen})
        form = form_of(page).fields | {"days": 10, "reason": "Illness"}

        send(client, address, form)
        again = send(client, address, form)

        moved = Voucher.objects.get(pk=voucher.pk).expires_on - voucher.expires_on
        assert moved == timedelta(days=10)
        assert ASKED in again.text


class TestAssigning:
    @pytest.fixture
    def voucher(self):
        return VoucherFactory(engagement_type=EngagementTypeFactory())

    @pytest.fixture
    def manager(self, voucher):
        return MembershipFactory(
            organization=voucher.customer, roles=[Role.PROJECT_MANAGER]
        ).person

    def test_an_old_page_does_not_take_away_the_partner(self, desk, voucher, manager):
        partner = eligible_partner(voucher.engagement_type)
        mine = desk(actor_of(voucher.customer, Role.BENEFIT_ADMIN).person)
        address = voucher_page("assign", voucher)
        old, new = opened(mine, address), opened(mine, address)

        send(mine, address, new, project_manager=manager.pk, partner=partner.pk)
        told = send(mine, address, old, project_manager=manager.pk)

        assert Voucher.objects.get(pk=voucher.pk).partner == partner
        assert ASKED in told.text
        assert partner.name in told.text
        assert verbs() == ["voucher.assigned"]
        # What was typed is still there, and now it shows what is there.
        asked = form_of(told).fields
        assert asked["project_manager"] == [str(manager.pk)]
        send(mine, address, asked, partner="")
        assert Voucher.objects.get(pk=voucher.pk).partner is None

    def test_a_typing_mistake_does_not_make_an_old_page_new(
        self, desk, voucher, manager
    ):
        partner = eligible_partner(voucher.engagement_type)
        mine = desk(actor_of(voucher.customer, Role.BENEFIT_ADMIN).person)
        address = voucher_page("assign", voucher)
        old, new = opened(mine, address), opened(mine, address)
        send(mine, address, new, project_manager=manager.pk, partner=partner.pk)

        mended = form_of(send(mine, address, old, project_manager="")).fields
        send(mine, address, mended, project_manager=manager.pk, partner="")

        assert Voucher.objects.get(pk=voucher.pk).partner == partner

    def test_the_timeline_names_from_and_to(self, desk, voucher, manager):
        first = eligible_partner(voucher.engagement_type)
        second = eligible_partner(voucher.engagement_type)
        mine = desk(actor_of(voucher.customer, Role.BENEFIT_ADMIN).person)
        address = voucher_page("assign", voucher)
        for partner in (first, second):
            form = opened(mine, address)
            send(mine, address, form, project_manager=manager.pk, partner=partner.pk)

        timeline = mine.get(voucher_page("detail", voucher)).context["timeline"]

        assert ("Partner", "", first.name) in timeline[0].changes
        assert ("Partner", first.name, second.name) in timeline[1].changes

    def test_a_partner_does_not_read_who_had_it_before(self, desk, voucher, manager):
        first = eligible_partner(voucher.engagement_type)
        second = eligible_partner(voucher.engagement_type)
        mine = desk(actor_of(voucher.customer, Role.BENEFIT_ADMIN).person)
        address = voucher_page("assign", voucher)
        for partner in (first, second):
            form = opened(mine, address)
            send(mine, address, form, project_manager=manager.pk, partner=partner.pk)
        theirs = desk(actor_of(second, Role.PARTNER_ADMIN).person)

        page = theirs.get(voucher_page("detail", voucher, second))

        assert page.status_code == 200
        assert first.name not in page.text

    def test_many_at_once_are_held_against_their_page_too(self, desk, voucher, manager):
        mine = desk(actor_of(voucher.customer, Role.BENEFIT_ADMIN).person)
        many = reverse("vouchers:assign_many", args=[voucher.customer.slug])
        old = opened(mine, f"{many}?number={voucher.number}")
        partner = eligible_partner(voucher.engagement_type)
        address = voucher_page("assign", voucher)
        form = opened(mine, address)
        send(mine, address, form, project_manager=manager.pk, partner=partner.pk)

        told = send(mine, many, old, project_manager=manager.pk)

        assert Voucher.objects.get(pk=voucher.pk).partner == partner
        assert ASKED in told.text


def test_work_that_came_after_the_page_is_not_handed_over_unseen(desk):
    first = VoucherFactory(assigned=True)
    customer, leaver = first.customer, first.project_manager
    colleague = MembershipFactory(organization=customer, roles=[Role.PROJECT_MANAGER])
    mine = desk(actor_of(customer, Role.BENEFIT_ADMIN).person)
    page = reverse("vouchers:hand_over", args=[customer.slug])
    address = f"{page}?person={leaver.pk}"
    old = opened(mine, address) | {"to": colleague.person_id}
    VoucherFactory(assigned=True, customer=customer, project_manager=leaver)

    told = send(mine, address, old)

    assert "This page named 1 vouchers; now it would be 2." in told.text
    assert Voucher.objects.filter(project_manager=leaver).count() == 2
    send(mine, address, form_of(told).fields)
    assert Voucher.objects.filter(project_manager=leaver).count() == 0


def test_a_customer_opened_twice_is_opened_once(desk):
    mine = desk(staff_actor(Duty.PROGRAM_MANAGER).person)
    address = reverse("admin:portal_organization_add")
    typed = {"name": "Riverside", "country": "DE", "time_zone": "Europe/Berlin"}
    form = opened(mine, address) | typed | {"admin_email": "bea@riverside.example"}

    send(mine, address, form)
    told = send(mine, address, form)

    assert Organization.objects.filter(name="Riverside").count() == 1
    assert "This page was sent already" in told.text


def test_contacts_of_an_old_page_do_not_replace_a_colleagues(desk):
    agreement = CustomerAgreementFactory()
    mine = desk(actor_of(agreement.customer, Role.BENEFIT_ADMIN).person)
    address = reverse("vouchers:contacts", args=[agreement.customer.slug, agreement.pk])
    old, new = opened(mine, address), opened(mine, address)
    anna = {"benefit_name": "Anna", "benefit_email": "anna@example.com"}
    bert = {"benefit_name": "Bert", "benefit_email": "bert@example.com"}

    send(mine, address, new, **anna)
    told = send(mine, address, old, **bert)

    assert agreement.contacts.get().name == "Anna"
    assert ASKED in told.text
    assert "The benefit: from" in AuditEntry.objects.latest("pk").reason
    assert "to Anna" in AuditEntry.objects.latest("pk").reason
    send(mine, address, form_of(told).fields)
    assert agreement.contacts.get().name == "Bert"


def test_two_editors_of_a_profile_do_not_overwrite_each_other(desk):
    draft = ProfileDraftFactory(description="Old words.")
    profile = draft.profile
    mine = desk(actor_of(profile.partner, Role.PARTNER_ADMIN).person)
    address = reverse("enrollment:profile", args=[profile.partner.slug, "de"])
    old, new = opened(mine, address), opened(mine, address)

    send(mine, address, new, description="Anna's words.")
    told = send(mine, address, old, description="Bert's words.")

    assert ProfileDraft.objects.get().description == "Anna's words."
    assert ASKED in told.text
    assert "Bert&#x27;s words." in told.text
    assert "Old words." in AuditEntry.objects.latest("pk").reason


def test_roles_of_an_old_page_do_not_replace_a_colleagues(desk):
    admin = MembershipFactory(organization=PartnerFactory(), roles=[Role.PARTNER_ADMIN])
    member = MembershipFactory(
        organization=admin.organization, roles=[Role.DELIVERY_LEAD]
    )
    mine = desk(admin.person)
    address = reverse("organization:roles", args=[admin.organization.slug, member.pk])
    old, new = opened(mine, address), opened(mine, address)

    send(mine, address, new, roles=[Role.DELIVERY_LEAD, Role.FINANCE])
    told = send(mine, address, old, roles=[Role.CONSULTANT])

    roles = Membership.objects.get(pk=member.pk).roles
    assert set(roles) == {Role.DELIVERY_LEAD, Role.FINANCE}
    assert ASKED in told.text


def test_dates_of_an_old_page_do_not_replace_a_colleagues(desk):
    engagement = EngagementFactory()
    mine = desk(actor_of(engagement.partner, Role.DELIVERY_LEAD).person)
    slug = engagement.partner.slug
    address = reverse("engagements:dates", args=[slug, engagement.pk])
    old, new = opened(mine, address), opened(mine, address)
    later = engagement.ends_on + timedelta(days=1)

    send(mine, address, new, ends_on=later)
    told = send(mine, address, old, ends_on=later + timedelta(days=1))

    assert Engagement.objects.get().ends_on == later
    assert ASKED in told.text


def test_an_invitation_sent_twice_goes_out_once(desk):
    admin = MembershipFactory(organization=PartnerFactory(), roles=[Role.PARTNER_ADMIN])
    mine = desk(admin.person)
    address = reverse("organization:invite", args=[admin.organization.slug])
    form = opened(mine, address)
    typed = {"email": "guest@example.com", "roles": [Role.FINANCE]}

    send(mine, address, form, **typed)
    again = send(mine, address, form, **typed)

    assert Invitation.objects.count() == 1
    assert "was sent already" in again.text
    send(mine, address, opened(mine, address), **typed)
    assert Invitation.objects.count() == 2


def test_settings_of_an_old_page_do_not_replace_a_colleagues(desk):
    program = ProgramFactory()
    mine = desk(staff_actor(Duty.PROGRAM_MANAGER).person)
    address = reverse("admin:enrollment_program_change", args=[program.pk])
    old, new = opened(mine, address), opened(mine, address)

    send(mine, address, new, payment_window_days=[70])
    told = send(mine, address, old, payment_due_days=[40])

    program = Program.objects.get(pk=program.pk)
    assert (program.payment_window_days, program.payment_due_days) == (70, 30)
    assert ASKED in told.text
    send(mine, address, form_of(told).fields)
    assert Program.objects.get(pk=program.pk).payment_due_days == 40


def test_a_first_choice_of_offerings_is_not_replaced_by_a_page_before_it(desk):
    engagement_type = EngagementTypeFactory()
    partner = eligible_partner(engagement_type)
    Enrollment.objects.filter(partner=partner).delete()
    offering = engagement_type.offering
    mine = desk(actor_of(partner, Role.PARTNER_ADMIN).person)
    code = offering.program.code
    address = reverse("enrollment:offerings", args=[partner.slug, code])
    old, new = opened(mine, address), opened(mine, address)

    send(mine, address, new, offerings=[offering.pk])
    told = send(mine, address, old, offerings=[offering.pk])

    assert verbs().count("enrollment.offerings_chosen") == 1
    assert ASKED in told.text


@pytest.mark.django_db(transaction=True)
def test_an_invitation_sent_twice_at_once_goes_out_once():
    admin = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)
    sent = read_token(token_of([]))

    def invite():
        with as_shown(sent), acting_for(admin.organization_id, person=admin.person_id):
            invitations.invite("guest@example.com", [Role.FINANCE], by=admin)

    outcomes = at_once(invite, invite)

    assert [type(each) for each in outcomes].count(Refused) == 1
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_page_sent_twice_at_once_extends_once():
    agreement = CustomerAgreementFactory(
        program__extended_by=Extender.OWNER,
        program__extension_days=30,
        program__extensions_most=5,
    )
    voucher = VoucherFactory(agreement=agreement)
    owner = actor_of(voucher.customer, Role.BENEFIT_ADMIN)
    token = token_of([voucher])

    def extend():
        mine = as_shown(read_token(token))
        with mine, acting_for(owner.organization_id, person=owner.person_id):
            return extensions.extend(voucher, by=owner)

    outcomes = at_once(*[extend] * 4)

    assert [type(each) for each in outcomes].count(RecordChanged) == 3
    assert Extension.objects.count() == 1


def test_a_token_that_is_not_ours_shows_nothing():
    assert read_token("") is None
    assert read_token("made:up:word") is None
    assert read_token(signing.dumps([0, []], salt="another")) is None
    assert read_token(signing.dumps([0, []], salt=SALT)).states == {}


def test_a_state_follows_what_the_record_says_and_not_who_signed_in():
    voucher = VoucherFactory()
    before = state_of(voucher)
    assert before == state_of(Voucher.objects.get(pk=voucher.pk))
    voucher.label = "Another"
    assert state_of(voucher) != before

    person = voucher.admin
    before = state_of(person)
    person.last_login = clock.now()
    assert state_of(person) == before
