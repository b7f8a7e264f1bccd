"""Business profiles: drafted and published by a partner, returned by a reviewer."""

from functools import partial
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django_fsm import TransitionNotAllowed, can_proceed
from PIL import Image

from enrollment.models import (
    BusinessProfile,
    ProfileDraft,
    ProfileLocation,
    ProfileState,
    ProfileTag,
)
from enrollment.models.profiles import PROFILE_MOVES
from enrollment.services import profiles
from portal.findings import Refused
from portal.models import AuditEntry, Document, Email, Organization
from portal.roles import Role
from portal.states import ways
from portal.tenancy import acting_for
from tests.concurrency import at_once
from tests.factories.enrollment import (
    BusinessProfileFactory,
    EnrollmentFactory,
    ProfileDraftFactory,
    TagFactory,
)
from tests.factories.portal import (
    LocationFactory,
    PartnerFactory,
    ReasonFactory,
    actor_of,
)

pytestmark = pytest.mark.django_db
DRAFT, PUBLISHED, RETURNED = ProfileState
MOVES = {
    "publish": {DRAFT, PUBLISHED, RETURNED},
    "withdraw": {PUBLISHED},
    "return_for_correction": {PUBLISHED},
}


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def png(color="red"):
    buffer = BytesIO()
    Image.new("RGB", (20, 10), color).save(buffer, "PNG")
    return ContentFile(buffer.getvalue(), name="our logo.png")


@pytest.fixture
def active(admin):
    return EnrollmentFactory(partner=admin.organization, active=True)


@pytest.fixture
def draft(admin):
    return ProfileDraftFactory(profile__partner=admin.organization)


@pytest.fixture
def published(admin):
    return BusinessProfileFactory(partner=admin.organization)


@pytest.fixture
def unsuitable(db):
    return ReasonFactory(topic="profile", label="Not suitable", advice="Say what.")


class TestMachine:
    @pytest.mark.parametrize("state", ProfileState)
    @pytest.mark.parametrize("move", MOVES)
    def test_each_move_starts_only_from_its_own_states(self, move, state):
        profile = BusinessProfile(state=state)

        assert can_proceed(getattr(profile, move)) == (state in MOVES[move])

    def test_the_database_knows_the_same_moves(self):
        stays = {(PUBLISHED, PUBLISHED)}

        assert set(ways(BusinessProfile)) - stays == set(PROFILE_MOVES)

    def test_the_database_refuses_another_move(self, draft, unsuitable):
        rows = BusinessProfile.objects.filter(pk=draft.profile_id)

        with (
            pytest.raises(ProgrammingError, match="Invalid transition"),
            transaction.atomic(),
        ):
            rows.update(state=RETURNED, reason=unsuitable)


class TestDatabaseRefuses:
    def refuse(self, promise, make, *args, **fields):
        def write():
            make(*args, **fields)
            connection.check_constraints()

        with pytest.raises(IntegrityError, match=promise), transaction.atomic():
            write()

    def test_two_profiles_for_one_country(self, published):
        self.refuse(
            "profile_once_a_country",
            BusinessProfileFactory,
            partner=published.partner,
            country=published.country,
        )

    def test_a_long_description(self):
        self.refuse(
            "profile_description_is_short",
            BusinessProfileFactory,
            description="x" * 2501,
        )

    def test_an_eleventh_skill(self):
        self.refuse(
            "profile_skills_are_few",
            BusinessProfileFactory,
            skills=[f"skill {number}" for number in range(11)],
        )

    @pytest.mark.parametrize("field", ["website", "linkedin"])
    @pytest.mark.parametrize("link", ["javascript:alert(1)", "/home", "data:,x"])
    def test_a_link_that_is_no_web_link(self, field, link):
        self.refuse(
            "profile_links_are_web_links", BusinessProfileFactory, **{field: link}
        )

    def test_a_state_that_nobody_knows(self):
        self.refuse(
            "profile_state_is_known",
            BusinessProfileFactory,
            state="gone",
            published_at=None,
        )

    def test_a_published_profile_that_says_nothing(self):
        self.refuse(
            "profile_published_says_something_since",
            BusinessProfileFactory,
            description="",
        )

    def test_a_draft_with_a_moment_of_publication(self):
        self.refuse(
            "profile_published_says_something_since",
            BusinessProfileFactory,
            state=DRAFT,
        )

    def test_a_returned_profile_without_a_reason(self):
        self.refuse(
            "profile_returned_has_reason",
            BusinessProfileFactory,
            returned=True,
            reason=None,
        )

    def test_a_reason_of_a_profile_that_is_not_returned(self, unsuitable):
        self.refuse(
            "profile_returned_has_reason", BusinessProfileFactory, reason=unsuitable
        )

    def show(self, profile, position, **fields):
        place = LocationFactory(organization=profile.partner)
        row = {"profile": profile, "partner": profile.partner, "location": place}
        ProfileLocation.objects.create(**{**row, **fields}, position=position)

    @pytest.mark.parametrize("position", [0, 6])
    def test_a_sixth_location(self, published, position):
        self.refuse(
            "profile_has_at_most_five_locations", self.show, published, position
        )

    def test_two_locations_in_one_position(self, published):
        self.show(published, 1)

        self.refuse("profile_location_position_once", self.show, published, 1)

    def test_a_location_twice(self, published):
        place = LocationFactory(organization=published.partner)
        self.show(published, 1, location=place)

        self.refuse("profile_location_once", self.show, published, 2, location=place)

    def test_a_location_of_another_company(self, published):
        self.refuse(
            "location_partner_tied",
            self.show,
            published,
            1,
            location=LocationFactory(),
        )

    def test_a_tag_twice(self, published):
        row = {"profile": published, "partner": published.partner, "tag": TagFactory()}
        ProfileTag.objects.create(**row)

        self.refuse("profile_tag_once", ProfileTag.objects.create, **row)

    def test_a_tag_under_another_partner(self, published):
        self.refuse(
            "profile_partner_tied",
            ProfileTag.objects.create,
            profile=published,
            partner=PartnerFactory(),
            tag=TagFactory(),
        )

    def test_a_draft_under_another_partner(self, published):
        self.refuse(
            "profile_partner_tied",
            ProfileDraftFactory,
            profile=published,
            partner=PartnerFactory(),
        )

    def test_a_second_draft(self, draft):
        self.refuse(
            "profile_id",
            ProfileDraftFactory,
            profile=draft.profile,
            partner=draft.partner,
        )

    def test_a_tag_of_no_kind(self):
        self.refuse("tag_kind_is_known", TagFactory, kind="color")

    def test_a_tag_under_a_name_that_is_taken(self):
        self.refuse("tag_once", TagFactory, slug=TagFactory().slug)


class TestBegin:
    def test_it_begins_with_the_locations_in_the_country(self, admin):
        mine = LocationFactory.create_batch(2, organization=admin.organization)
        LocationFactory(organization=admin.organization, country="FR")
        with acting_for(admin.organization_id, person=admin.person_id):
            profile = profiles.begin_profile("DE", by=admin)

        assert {*ProfileDraft.objects.get().locations} == {place.pk for place in mine}
        assert profile.state == DRAFT
        assert verbs() == ["profile.begun"]

    def test_it_takes_five_of_many_locations(self, admin):
        LocationFactory.create_batch(6, organization=admin.organization)

        profiles.begin_profile("DE", by=admin)

        assert len(ProfileDraft.objects.get().locations) == 5

    def test_a_country_without_a_location_is_refused(self, admin):
        LocationFactory(organization=admin.organization)

        with pytest.raises(Refused, match="no location in France") as refusal:
            profiles.begin_profile("FR", by=admin)

        assert refusal.value.field == "country"
        assert not BusinessProfile.objects.exists()

    def test_a_second_profile_for_the_country_is_refused(self, admin, draft):
        LocationFactory(organization=admin.organization)

        with pytest.raises(Refused, match="profile for Germany already"):
            profiles.begin_profile("DE", by=admin)

        assert BusinessProfile.objects.get() == draft.profile

    def test_only_an_admin_can(self, lead):
        LocationFactory(organization=lead.organization)

        with pytest.raises(Refused, match="Partner admin"):
            profiles.begin_profile("DE", by=lead)

        assert not BusinessProfile.objects.exists()


class TestSave:
    def test_customers_do_not_see_what_is_kept(self, admin, published):
        tag = TagFactory()
        typed = ProfileDraft(description="Better.", skills=["Mail"], tags=[tag.pk])
        with acting_for(admin.organization_id, person=admin.person_id):
            profiles.save_profile(published, typed, by=admin)

        shown = BusinessProfile.objects.get()
        assert (shown.description, shown.skills) == ("We plan.", [])
        assert not shown.chosen_tags.exists()
        assert ProfileDraft.objects.get().description == "Better."
        assert verbs() == ["profile.saved"]

    def test_a_draft_that_says_the_same_as_the_profile_ends(self, admin, published):
        ProfileDraftFactory(profile=published)

        typed = ProfileDraft(description=published.description)
        profiles.save_profile(published, typed, by=admin)

        assert not ProfileDraft.objects.exists()

    def test_the_logo_of_the_draft_stays(self, admin, draft):
        profiles.change_logo(draft.profile, png(), by=admin)

        profiles.save_profile(draft.profile, ProfileDraft(description="X"), by=admin)

        assert ProfileDraft.objects.get().logo == Document.objects.get()

    def test_a_sixth_location_is_refused(self, admin, draft):
        places = LocationFactory.create_batch(6, organization=admin.organization)
        typed = ProfileDraft(locations=[place.pk for place in places])

        with pytest.raises(Refused, match="6 of 5 locations") as refusal:
            profiles.save_profile(draft.profile, typed, by=admin)

        assert refusal.value.field == "locations"
        assert ProfileDraft.objects.get().locations == []

    @pytest.mark.parametrize("where", ["another company", "another country"])
    def test_a_location_elsewhere_is_refused(self, admin, draft, where):
        place = (
            LocationFactory()
            if where == "another company"
            else LocationFactory(organization=admin.organization, country="FR")
        )

        with pytest.raises(Refused, match="your company in Germany"):
            profiles.save_profile(
                draft.profile, ProfileDraft(locations=[place.pk]), by=admin
            )

        assert ProfileDraft.objects.get().locations == []

    def test_a_colleague_who_is_no_admin_cannot(self, lead, draft):
        with pytest.raises(Refused, match="Partner admin"):
            profiles.save_profile(draft.profile, ProfileDraft(), by=lead)

        assert ProfileDraft.objects.get().description == "We plan well."

    def test_an_admin_of_another_company_cannot(self, draft):
        stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

        with pytest.raises(Refused, match="another company"):
            profiles.save_profile(draft.profile, ProfileDraft(), by=stranger)

        assert ProfileDraft.objects.get().description == "We plan well."


class TestLogo:
    def test_it_is_kept_for_the_company_alone(self, admin, published):
        with acting_for(admin.organization_id, person=admin.person_id):
            profiles.change_logo(published, png(), by=admin)

        kept = Document.objects.get()
        assert (kept.content_type, kept.parties) == (
            "image/png",
            [admin.organization_id],
        )
        assert ProfileDraft.objects.get().logo == kept
        assert BusinessProfile.objects.get().logo is None
        assert ProfileDraft.objects.get().description == "We plan."

    def test_it_can_be_taken_away(self, admin, draft):
        profiles.change_logo(draft.profile, png(), by=admin)

        profiles.change_logo(draft.profile, None, by=admin)

        assert ProfileDraft.objects.get().logo is None

    def test_a_file_that_is_no_picture_is_refused(self, admin, draft):
        with pytest.raises(Refused, match="not a GIF, JPG or PNG"):
            profiles.change_logo(draft.profile, ContentFile(b"hello"), by=admin)

        assert not Document.objects.exists()


class TestPublish:
    def test_it_shows_the_draft_and_lists_the_partner(self, admin, active, draft):
        places = LocationFactory.create_batch(2, organization=admin.organization)
        tags = TagFactory.create_batch(2)
        typed = ProfileDraft(
            description="We plan.",
            website="https://a.example/",
            skills=["Mail"],
            tags=[tag.pk for tag in tags],
            locations=[place.pk for place in reversed(places)],
        )
        with acting_for(admin.organization_id, person=admin.person_id):
            profiles.save_profile(draft.profile, typed, by=admin)
            profiles.publish_profile(draft.profile, by=admin)

        shown = BusinessProfile.objects.get()
        assert shown.state == PUBLISHED
        assert (shown.website, shown.skills) == ("https://a.example/", ["Mail"])
        assert {each.tag for each in shown.chosen_tags.all()} == {*tags}
        assert [each.location for each in shown.shown_locations.all()] == [
            *reversed(places)
        ]
        assert not ProfileDraft.objects.exists()
        assert Organization.objects.get(pk=admin.organization_id).is_listed
        assert verbs() == ["profile.saved", "profile.published", "profile.listed"]

    def test_changes_replace_what_was_shown(self, admin, active, draft):
        typed = ProfileDraft(description="One", tags=[TagFactory().pk])
        profiles.save_profile(draft.profile, typed, by=admin)
        profiles.publish_profile(draft.profile, by=admin)
        other = TagFactory()

        typed = ProfileDraft(description="Two", tags=[other.pk])
        profiles.save_profile(draft.profile, typed, by=admin)
        profiles.publish_profile(draft.profile, by=admin)

        shown = BusinessProfile.objects.get()
        assert shown.description == "Two"
        assert shown.chosen_tags.get().tag == other

    @pytest.mark.parametrize("state", ["submitted", "lapsed", "suspended"])
    def test_without_a_running_enrollment_it_is_refused(self, admin, draft, state):
        EnrollmentFactory(partner=admin.organization, **{state: True})

        with pytest.raises(Refused, match="cannot be published yet") as refusal:
            profiles.publish_profile(draft.profile, by=admin)

        [finding] = refusal.value.findings
        assert "once your enrollment is active" in finding.needed
        assert BusinessProfile.objects.get().state == DRAFT
        assert ProfileDraft.objects.get() == draft

    def test_an_empty_description_is_refused(self, admin, active):
        empty = ProfileDraftFactory(profile__partner=admin.organization, description="")

        with pytest.raises(Refused) as refusal:
            profiles.publish_profile(empty.profile, by=admin)

        assert [each.found for each in refusal.value.findings] == [
            "The description is empty."
        ]
        assert BusinessProfile.objects.get().state == DRAFT

    def test_a_second_click_is_refused(self, admin, active, published):
        with pytest.raises(Refused) as refusal:
            profiles.publish_profile(published, by=admin)

        assert "Nothing has changed" in refusal.value.findings[0].found
        assert verbs() == []

    def test_a_location_that_is_no_longer_the_companys_is_refused(
        self, admin, active, draft
    ):
        place = LocationFactory(organization=admin.organization)
        ProfileDraft.objects.update(locations=[place.pk])
        type(place).objects.update(country="FR")

        with pytest.raises(Refused, match="your company in Germany"):
            profiles.publish_profile(draft.profile, by=admin)

        assert BusinessProfile.objects.get().state == DRAFT

    def test_only_an_admin_can(self, lead, draft):
        EnrollmentFactory(partner=lead.organization, active=True)

        with pytest.raises(Refused, match="Partner admin"):
            profiles.publish_profile(draft.profile, by=lead)

        assert BusinessProfile.objects.get().state == DRAFT


class TestWithdraw:
    def test_it_takes_the_partner_out_and_keeps_the_words(
        self, admin, active, published
    ):
        Organization.objects.filter(pk=admin.organization_id).update(is_listed=True)
        with acting_for(admin.organization_id, person=admin.person_id):
            profiles.withdraw_profile(published, by=admin)

        assert BusinessProfile.objects.get().state == DRAFT
        assert ProfileDraft.objects.get().description == "We plan."
        assert not Organization.objects.get(pk=admin.organization_id).is_listed
        assert verbs() == ["profile.withdrawn", "profile.unlisted"]

    def test_it_can_be_published_again_as_it_was(self, admin, active, published):
        profiles.withdraw_profile(published, by=admin)

        profiles.publish_profile(published, by=admin)

        assert BusinessProfile.objects.get().state == PUBLISHED

    def test_a_partner_with_another_profile_stays_listed(
        self, admin, active, published
    ):
        Organization.objects.filter(pk=admin.organization_id).update(is_listed=True)
        BusinessProfileFactory(partner=admin.organization, country="FR")

        profiles.withdraw_profile(published, by=admin)

        assert Organization.objects.get(pk=admin.organization_id).is_listed

    def test_a_draft_cannot_be_withdrawn(self, admin, draft):
        with pytest.raises(TransitionNotAllowed):
            profiles.withdraw_profile(draft.profile, by=admin)

        assert verbs() == []


class TestReturn:
    @pytest.fixture
    def listed(self, admin, lead, active, published):
        Organization.objects.filter(pk=admin.organization_id).update(is_listed=True)
        return published

    def test_it_takes_the_profile_out_and_tells_the_admins(
        self, admin, listed, unsuitable, reviewer
    ):
        profiles.return_profile(
            listed, reason=unsuitable, note="Paragraph 2.", by=reviewer
        )

        profile = BusinessProfile.objects.get()
        assert profile.state == RETURNED
        assert (profile.reason, profile.note) == (unsuitable, "Paragraph 2.")
        assert not Organization.objects.get(pk=admin.organization_id).is_listed
        assert verbs() == ["profile.returned", "profile.unlisted"]
        assert Email.objects.get().to == admin.person.email

    def test_the_mail_says_why_and_what_to_do_and_where(
        self, admin, published, unsuitable, reviewer
    ):
        profiles.return_profile(
            published, reason=unsuitable, note="It's <2>.", by=reviewer
        )

        mail = Email.objects.get()
        assert mail.subject == "Your business profile for Germany needs a change"
        assert mail.body.startswith(f"Hello {admin.person.name},")
        for words in ["Not suitable", "It's <2>.", "Say what."]:
            assert words in mail.body
        assert published.get_absolute_url() in mail.body

    def test_unchanged_it_cannot_be_published_again(
        self, admin, active, published, unsuitable, reviewer
    ):
        profiles.return_profile(published, reason=unsuitable, note="", by=reviewer)

        with pytest.raises(Refused) as refusal:
            profiles.publish_profile(published, by=admin)

        assert "Nothing has changed" in refusal.value.findings[0].found
        assert BusinessProfile.objects.get().state == RETURNED

    def test_mended_it_can_be_published_again(
        self, admin, active, published, unsuitable, reviewer
    ):
        profiles.return_profile(published, reason=unsuitable, note="", by=reviewer)
        profiles.save_profile(published, ProfileDraft(description="Mended"), by=admin)

        profiles.publish_profile(published, by=admin)

        profile = BusinessProfile.objects.get()
        assert (profile.state, profile.reason) == (PUBLISHED, None)
        assert Organization.objects.get(pk=admin.organization_id).is_listed

    def test_a_reason_of_another_topic_is_refused(self, published, reviewer):
        with pytest.raises(Refused, match="is not a reason that can be given here"):
            profiles.return_profile(
                published, reason=ReasonFactory(), note="", by=reviewer
            )

        assert BusinessProfile.objects.get().state == PUBLISHED
        assert not Email.objects.exists()

    def test_a_partner_cannot_return_a_profile(self, admin, published, unsuitable):
        with pytest.raises(Refused, match="Enrollment reviewer"):
            profiles.return_profile(published, reason=unsuitable, note="", by=admin)

        assert BusinessProfile.objects.get().state == PUBLISHED


@pytest.mark.django_db(transaction=True)
def test_two_admins_beginning_the_same_profile_at_once_begin_one():
    partner = LocationFactory().organization
    admins = [actor_of(partner, Role.PARTNER_ADMIN) for _ in range(2)]

    def begin(by):
        with acting_for(by.organization_id, person=by.person_id):
            return profiles.begin_profile("DE", by=by)

    outcomes = at_once(*[partial(begin, by) for by in admins])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "BusinessProfile",
        "Refused",
    ]
