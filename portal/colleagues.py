"""What waits for a company's admins: colleagues who ask to become admin."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.actors import Member
from portal.models import AdminRecovery
from portal.roles import ADMIN_OF
from portal.waiting import Waiting


def tasks_for(actor: Member) -> Iterator[Waiting]:
    if not actor.has(*ADMIN_OF.values()):
        return
    asked = AdminRecovery.objects.visible_to(actor).open()
    unanswered = asked.filter(objected_by=None).select_related("person")
    for recovery in unanswered.order_by("pk"):
        yield Waiting(
            _("%(name)s asks to become admin") % {"name": recovery.person},
            reverse(
                "organization:recovery", args=[actor.organization.slug, recovery.pk]
            ),
            _("Make this colleague admin, or object."),
        )
