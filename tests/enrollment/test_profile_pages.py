"""The pages of business profiles: what is typed, shown, refused and never lost."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from enrollment.models import BusinessProfile, ProfileDraft, ProfileState
from enrollment.services import profiles
from portal.models import Document, Organization
from portal.roles import Duty, Role
from portal.tenancy import acting_for
from tests.conftest import give_second_factor
from tests.factories.enrollment import (
    BusinessProfileFactory,
    CompetencyFactory,
    EnrollmentFactory,
    HeldCompetencyFactory,
    ProfileDraftFactory,
    TagFactory,
)
from tests.factories.portal import (
    LocationFactory,
    PartnerFactory,
    ReasonFactory,
    actor_of,
    staff_actor,
)

pytestmark = pytest.mark.django_db


def png(width=20):
    buffer = BytesIO()
    Image.new("RGB", (width, 10), "red").save(buffer, "PNG")
    return SimpleUploadedFile("our logo.png", buffer.getvalue())


def url(page, actor, country=None):
    args = [actor.organization.slug, *([country] if country else [])]
    return reverse(f"enrollment:{page}", args=args)


@pytest.fixture
def open_page(as_person):
    """Open a page as an actor; with ``typed``, post it."""

    def go(actor, page, country="de", typed=None):
        client, address = as_person(actor.person), url(page, actor, country)
        if typed is None:
            return client.get(address)
        return client.post(address, typed, follow=True)

    return go


@pytest.fixture
def place(admin):
    return LocationFactory(organization=admin.organization)


@pytest.fixture
def draft(admin, place):
    return ProfileDraftFactory(profile__partner=admin.organization)


@pytest.fixture
def published(admin, place):
    return BusinessProfileFactory(partner=admin.organization)


@pytest.fixture
def active(admin):
    return EnrollmentFactory(partner=admin.organization, active=True)


class TestList:
    def test_it_shows_the_companys_profiles_with_their_states(
        self, open_page, admin, published
    ):
        ProfileDraftFactory(profile=published)
        BusinessProfileFactory()

        response = open_page(admin, "profiles", None)

        assert list(response.context["profiles"]) == [published]
        assert "Germany" in response.text
        assert "Published" in response.text
        assert "changes that customers do not see yet" in response.text

    def test_it_offers_the_countries_that_are_left(self, open_page, admin, published):
        LocationFactory(organization=admin.organization, country="FR")

        response = open_page(admin, "profiles", None)

        assert response.context["countries"] == ["FR"]
        assert url("profile_add", admin) in response.text

    def test_an_empty_list_tells_the_next_step(self, open_page, admin, place):
        response = open_page(admin, "profiles", None)

        assert "Add the first country." in response.text

    def test_a_colleague_reads_and_hears_who_writes(self, open_page, lead, published):
        response = open_page(lead, "profiles", None)

        assert list(response.context["profiles"]) == [published]
        assert "The partner admins of your company write these." in response.text
        assert url("profile_add", lead) not in response.text

    @pytest.mark.parametrize("rows", [1, 3])
    def test_it_costs_the_same_for_any_number_of_rows(
        self, as_person, admin, rows, same_statements
    ):
        for country in ["DE", "FR", "GB"][:rows]:
            LocationFactory(organization=admin.organization, country=country)
            profile = BusinessProfileFactory(
                partner=admin.organization, country=country
            )
            ProfileDraftFactory(profile=profile)

        client = as_person(admin.person)

        with same_statements():
            client.get(url("profiles", admin))


class TestAdd:
    def test_a_profile_begins_and_opens(self, open_page, admin, place):
        response = open_page(admin, "profile_add", None, {"country": "DE"})

        assert BusinessProfile.objects.get().state == ProfileState.DRAFT
        assert response.request["PATH_INFO"] == url("profile", admin, "de")

    def test_a_country_without_a_location_cannot_be_chosen(
        self, open_page, admin, place
    ):
        response = open_page(admin, "profile_add", None, {"country": "FR"})

        assert "country" in response.context["form"].errors
        assert not BusinessProfile.objects.exists()

    def test_where_every_country_has_one_the_page_says_what_helps(
        self, open_page, admin, published
    ):
        response = open_page(admin, "profile_add", None)

        assert "add a location first" in response.text


class TestWrite:
    def write(self, open_page, admin, **typed):
        plain = {"description": "We plan.", "skills": "", "website": "", "linkedin": ""}
        return open_page(admin, "profile", typed={**plain, **typed})

    def test_all_that_is_typed_is_kept_and_shown(self, open_page, admin, draft, place):
        tags = [TagFactory(), TagFactory(kind="language", name="Dutch")]

        response = self.write(
            open_page,
            admin,
            description="We plan.\r\n\r\nOn site.\x00\u202e",
            website="plan.example",
            linkedin="https://www.linkedin.com/company/plan",
            skills="Mail,  moving   house\nmail; Zero trust，雲端",
            industry=tags[0].pk,
            language=tags[1].pk,
            locations=place.pk,
        )

        kept = ProfileDraft.objects.get()
        assert kept.description == "We plan.\n\nOn site."
        assert kept.website == "https://plan.example"
        assert kept.skills == ["mail", "moving house", "Zero trust", "雲端"]
        assert {*kept.tags} == {tag.pk for tag in tags}
        assert kept.locations == [place.pk]
        for words in ["<p>On site.</p>", "Dutch", "moving house", place.city]:
            assert words in response.text

    def test_the_form_opens_with_what_the_draft_says(
        self, open_page, admin, draft, place
    ):
        tag = TagFactory()
        changes = {"skills": ["Mail", "Move"], "tags": [tag.pk]}
        ProfileDraft.objects.update(**changes, locations=[place.pk])

        form = open_page(admin, "profile").context["form"]

        assert form["description"].value() == "We plan well."
        assert form["skills"].value() == "Mail\nMove"
        assert form["industry"].value() == [tag.pk]
        assert form["locations"].value() == [place.pk]

    def test_one_character_too_many_is_counted_and_stays(self, open_page, admin, draft):
        text = "x" * 2501

        response = self.write(open_page, admin, description=text, skills="Mail")

        assert "2,501 of 2,500 characters" in response.text
        assert text in response.text
        assert response.context["form"]["skills"].value() == "Mail"
        assert ProfileDraft.objects.get().description == "We plan well."

    def test_ends_of_lines_count_once(self, open_page, admin, draft):
        self.write(open_page, admin, description="x\r\n" * 1249 + "x")

        assert len(ProfileDraft.objects.get().description) == 2499

    def test_the_browser_is_not_told_to_cut_the_text(self, open_page, admin, draft):
        assert "maxlength" not in str(
            open_page(admin, "profile").context["form"]["description"]
        )

    @pytest.mark.parametrize("field", ["website", "linkedin"])
    def test_a_script_for_a_link_is_refused_and_stays(
        self, open_page, admin, draft, field
    ):
        link = "javascript:alert(1)"

        response = self.write(open_page, admin, **{field: link})

        [error] = response.context["form"].errors[field]
        assert "begin with https:// or http://" in error
        assert response.context["form"][field].value() == link
        assert ProfileDraft.objects.get().description == "We plan well."

    def test_a_link_in_the_description_is_words(self, open_page, admin, draft):
        harm = "<a href='javascript:alert(1)'>x</a> javascript:alert(1) http://x.de"

        response = self.write(open_page, admin, description=harm)

        assert "&lt;a href=&#x27;javascript:alert(1)&#x27;" in response.text
        assert 'href="javascript' not in response.text
        assert 'href="http://x.de' not in response.text

    @pytest.mark.parametrize(
        ("skills", "sentence"),
        [
            (",".join(f"skill {n}" for n in range(11)), "11 of 10 skills"),
            ("x" * 41, "has 41 of 40 characters"),
        ],
    )
    def test_too_many_or_long_skills_are_refused(
        self, open_page, admin, draft, skills, sentence
    ):
        response = self.write(open_page, admin, skills=skills)

        assert sentence in response.context["form"].errors["skills"][0]
        assert response.context["form"]["skills"].value() == skills

    def test_a_sixth_location_is_refused_beside_the_field(
        self, open_page, admin, draft
    ):
        LocationFactory.create_batch(5, organization=admin.organization)
        all_six = list(admin.organization.locations.values_list("pk", flat=True))

        response = self.write(open_page, admin, locations=all_six)

        assert "6 of 5 locations" in response.context["form"].errors["locations"][0]
        assert response.text.count(" checked") == 6
        assert ProfileDraft.objects.get().locations == []

    def test_a_location_of_another_company_is_refused(self, open_page, admin, draft):
        response = self.write(open_page, admin, locations=LocationFactory().pk)

        assert "locations" in response.context["form"].errors

    def test_a_tag_of_another_kind_is_refused(self, open_page, admin, draft):
        response = self.write(open_page, admin, language=TagFactory(kind="industry").pk)

        assert "language" in response.context["form"].errors

    @pytest.mark.parametrize("places", [1, 3])
    def test_it_costs_the_same_for_any_number_of_choices(
        self, as_person, admin, draft, places, same_statements
    ):
        LocationFactory.create_batch(places, organization=admin.organization)
        TagFactory.create_batch(places)

        client = as_person(admin.person)

        with same_statements():
            client.get(url("profile", admin, "de"))


class TestLogo:
    def upload(self, open_page, admin, file, **typed):
        plain = {"description": "We plan.", "logo": file}
        return open_page(admin, "profile", typed={**plain, **typed})

    def test_it_is_kept_and_shown_to_the_company(self, open_page, admin, draft):
        response = self.upload(open_page, admin, png())

        logo = ProfileDraft.objects.get().logo
        address = reverse(
            "organization:document", args=[admin.organization.slug, logo.pk]
        )
        assert f'src="{address}"' in response.text

    def test_it_survives_a_mistake_in_another_field(self, open_page, admin, draft):
        response = self.upload(open_page, admin, png(), website="javascript:x")

        logo = ProfileDraft.objects.get().logo
        assert "website" in response.context["form"].errors
        assert f"/documents/{logo.pk}/" in response.text
        assert ProfileDraft.objects.get().description == "We plan well."

    def test_sent_again_without_a_file_it_stays(self, open_page, admin, draft):
        self.upload(open_page, admin, png())

        self.upload(open_page, admin, "")

        assert ProfileDraft.objects.get().logo == Document.objects.get()

    def test_it_can_be_taken_away(self, open_page, admin, draft):
        self.upload(open_page, admin, png())

        self.upload(open_page, admin, "", **{"logo-clear": "on"})

        assert ProfileDraft.objects.get().logo is None

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"<svg onload='alert(1)'/>", "more than a picture"),
            (b"alert(1)", "not a GIF, JPG or PNG"),
            (png(301).read(), "at most 300 pixels wide"),
        ],
    )
    def test_a_bad_one_is_refused_and_the_words_stay(
        self, open_page, admin, draft, content, sentence
    ):
        file = SimpleUploadedFile("logo.png", content)

        response = self.upload(open_page, admin, file, skills="Mail")

        assert sentence in response.context["form"].errors["logo"][0]
        assert response.context["form"]["skills"].value() == "Mail"
        assert not Document.objects.exists()


class TestPreview:
    def test_it_shows_the_draft_with_what_is_missing(self, open_page, admin, draft):
        response = open_page(admin, "profile_preview")

        assert "We plan well." in response.text
        assert "once your enrollment is active" in response.text
        assert url("profile_publish", admin, "de") not in response.text

    def test_what_was_earned_stands_beside_what_was_typed(
        self, open_page, admin, active, draft
    ):
        competency = CompetencyFactory(name="Messaging")
        HeldCompetencyFactory(
            partner=admin.organization, competency=competency, verified=True
        )

        response = open_page(admin, "profile_preview")

        assert "Messaging: Gold" in response.text
        assert "New in the program" in response.text

    def test_a_returned_profile_says_why_and_what_helps(self, open_page, admin, place):
        BusinessProfileFactory(
            partner=admin.organization,
            returned=True,
            reason=ReasonFactory(topic="profile", label="Rude", advice="Be kind."),
            note="Line 2.",
        )

        text = open_page(admin, "profile_preview").text

        for words in ["The sponsor has returned", "Rude", "Be kind.", "Line 2."]:
            assert words in text

    def test_a_colleague_sees_it_without_buttons(self, open_page, lead):
        ProfileDraftFactory(profile__partner=lead.organization)

        response = open_page(lead, "profile_preview")

        assert "We plan well." in response.text
        assert url("profile", lead, "de") + '"' not in response.text


class TestPublish:
    def test_it_lists_the_partner(self, open_page, admin, active, draft):
        response = open_page(admin, "profile_publish", typed={})

        assert "Your business profile for Germany is published." in response.text
        assert Organization.objects.get(pk=admin.organization_id).is_listed

    def test_it_is_refused_in_words(self, open_page, admin, draft):
        response = open_page(admin, "profile_publish", typed={})

        assert "No enrollment of your company is active." in response.text
        assert BusinessProfile.objects.get().state == ProfileState.DRAFT

    def test_it_can_be_taken_back(self, open_page, admin, active, published):
        asked = open_page(admin, "profile_withdraw")
        assert BusinessProfile.objects.get().state == ProfileState.PUBLISHED

        response = open_page(admin, "profile_withdraw", typed={})

        assert "You can publish it again" in asked.text
        assert "Customers no longer see the profile." in response.text
        assert BusinessProfile.objects.get().state == ProfileState.DRAFT

    def test_another_partner_finds_nothing(self, open_page, published):
        stranger = actor_of(PartnerFactory(), Role.PARTNER_ADMIN)

        assert open_page(stranger, "profile_preview").status_code == 404


class TestLogoForEverybody:
    @pytest.fixture
    def profile(self, admin, active, draft):
        with acting_for(admin.organization_id, person=admin.person_id):
            profiles.change_logo(draft.profile, png(), by=admin)
            profiles.publish_profile(draft.profile, by=admin)
        return BusinessProfile.objects.get()

    def get(self, client, profile, sha256=None):
        address = [profile.pk, sha256 or profile.logo.sha256]
        return client.get(reverse("directory:logo", args=address))

    def test_anybody_gets_it_as_a_picture_and_nothing_else(self, client, profile):
        response = self.get(client, profile)

        assert response["Content-Type"] == "image/png"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert Image.open(BytesIO(response.getvalue())).size == (20, 10)

    def test_a_guess_finds_nothing(self, client, profile):
        assert self.get(client, profile, "0" * 64).status_code == 404

    def test_it_goes_with_the_profile(self, client, admin, profile):
        profiles.withdraw_profile(profile, by=admin)

        assert self.get(client, profile).status_code == 404

    def test_it_goes_with_the_partner(self, client, profile):
        Organization.objects.update(is_listed=False)

        assert self.get(client, profile).status_code == 404

    def test_a_draft_is_not_for_everybody(self, client, admin, profile):
        profiles.change_logo(profile, png(30), by=admin)
        hidden = ProfileDraft.objects.get().logo.sha256

        assert self.get(client, profile, hidden).status_code == 404


class TestAtTheReviewersDesk:
    @pytest.fixture
    def desk(self, as_person):
        person = staff_actor(Duty.ENROLLMENT_REVIEWER).person
        give_second_factor(person)
        return as_person(person)

    def test_a_reviewer_reads_what_customers_see(self, desk, published):
        address = reverse(
            "admin:enrollment_businessprofile_change", args=[published.pk]
        )

        response = desk.get(address)

        assert "What customers see" in response.text
        assert "<p>We plan.</p>" in response.text

    def test_a_draft_is_the_partners_own(self, desk, draft):
        address = reverse(
            "admin:enrollment_businessprofile_change", args=[draft.profile_id]
        )

        assert "We plan well." not in desk.get(address).text

    def test_a_reviewer_returns_it_with_a_reason(self, desk, published):
        reason = ReasonFactory(topic="profile")
        address = reverse("admin:enrollment_businessprofile_changelist")
        chosen = {"action": "return_profile", "_selected_action": published.pk}

        typed = {"carry_out": "1", "reason": reason.pk, "note": "Line 2."}
        desk.post(address, {**chosen, **typed})

        profile = BusinessProfile.objects.get()
        assert profile.state == ProfileState.RETURNED
        assert (profile.reason, profile.note) == (reason, "Line 2.")
