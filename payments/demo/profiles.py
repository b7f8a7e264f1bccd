"""What the demo's partners say of themselves to customers."""

from io import BytesIO
from typing import NamedTuple

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from enrollment.models import ProfileDraft, Tag
from enrollment.services import profiles
from payments.demo.cast import DemoPlace
from portal.actors import Member
from portal.models import Location

SIDE = 160


class ProfileStory(NamedTuple):
    """The words, tags (kind and short name) and color of one company."""

    description: str
    skills: list[str]
    tags: list[str]
    color: str


STORIES = {
    "nordlicht": ProfileStory(
        "We plan Microsoft deployments with hospitals, schools and manufacturers in the"
        " north of Germany: on site, with the people who will run them.\n\n"
        "You get a written plan that your own team can carry out, with dates, risks"
        " and a pilot. We speak German and English.",
        ["Windows roll-outs", "Intranets", "Data centre moves", "Zero trust"],
        [
            "industry:health",
            "industry:manufacturing",
            "industry:education",
            "product:windows",
            "product:sharepoint",
            "product:sql-server",
            "service:consulting",
            "service:deployment",
            "language:de",
            "language:en",
            "size:medium",
            "size:large",
        ],
        "#1c5d99",
    ),
    "harbor": ProfileStory(
        "Harbor moves mail and telephones of British logistics companies, ports and"
        " shippers to Exchange and Skype for Business without a day of silence.",
        ["Mail migration", "Telephony", "Round-the-clock operations"],
        [
            "industry:travel",
            "industry:retail",
            "product:exchange",
            "product:skype-for-business",
            "service:deployment",
            "service:managed-services",
            "language:en",
            "size:large",
            "size:enterprise",
        ],
        "#1a6a39",
    ),
}
SHORT = ProfileStory(
    "We plan servers and clouds with our customers: on site, with a written plan that"
    " can be carried out.",
    ["Server consolidation"],
    ["product:windows-server", "service:consulting", "language:de", "language:es"],
    "#7a4a00",
)


def present(place: DemoPlace, *, by: Member) -> None:
    """Let a partner draw a logo, write its profile and publish it."""
    partner = place.organization
    story = STORIES.get(partner.slug, SHORT)
    profile = profiles.begin_profile(partner.country, by=by)
    profiles.change_logo(profile, logo(story.color), by=by)
    locations = Location.objects.filter(organization=partner, country=partner.country)
    draft = ProfileDraft(
        description=story.description,
        website=f"https://{partner.slug}.example/",
        linkedin=f"https://www.linkedin.com/company/{partner.slug}-example/",
        skills=story.skills,
        tags=[tag.pk for tag in Tag.objects.all() if tag_name(tag) in story.tags],
        locations=list(locations.values_list("pk", flat=True)),
    )
    profiles.save_profile(profile, draft, by=by)
    profiles.publish_profile(profile, by=by)


def tag_name(tag: Tag) -> str:
    return f"{tag.kind}:{tag.slug}"


def logo(color: str) -> ContentFile:
    """Draw a sun over a sea in the company's color."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 30, 120, 110), fill=color)
    pen.rectangle((0, 80, SIDE, 110), fill="white")
    for height in (86, 104, 122):
        pen.rectangle((20, height, SIDE - 20, height + 8), fill=color)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return ContentFile(buffer.getvalue(), name="logo.png")
