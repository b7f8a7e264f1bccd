"""What waits for partner admins: profiles to publish, and to mend."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import BusinessProfile, Enrollment, ProfileState
from enrollment.services import ADMINS
from portal import clock
from portal.actors import Member
from portal.models import Organization
from portal.waiting import Waiting


def tasks_for(actor: Member) -> list[Waiting]:
    """List what a partner's admin is expected to do; nothing for anybody else."""
    if actor.organization is None or not actor.has(*ADMINS):
        return []
    return list(_tasks(actor, actor.organization))


def _tasks(actor: Member, partner: Organization) -> Iterator[Waiting]:
    mine = BusinessProfile.objects.visible_to(actor)
    profiles = list(mine.select_related("partner", "reason").order_by("country"))
    returned = [each for each in profiles if each.state == ProfileState.RETURNED]
    for each in returned:
        yield Waiting(
            _("Mend your business profile for %(country)s")
            % {"country": each.country_name},
            each.get_absolute_url(),
            " ".join(filter(None, [f"{each.reason}.", each.note])),
        )
    published = any(each.state == ProfileState.PUBLISHED for each in profiles)
    today = clock.today(partner.time_zone)
    enrolled = Enrollment.objects.visible_to(actor).running_on(today)
    if not published and not returned and enrolled.exists():
        yield Waiting(
            _("Publish your business profile"),
            reverse("enrollment:profiles", args=[partner.slug]),
            _("Customers find you once it is published."),
        )
