"""What waits for a partner's people: enquiries to answer."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from enrollment.models import Enquiry
from enrollment.services import ANSWERERS
from portal.actors import Member
from portal.clock import Deadline
from portal.waiting import Waiting


def tasks_for(actor: Member) -> Iterator[Waiting]:
    """List the enquiries that wait for an answer of the actor's company."""
    if actor.organization is None or not actor.has(*ANSWERERS):
        return
    waiting = Enquiry.objects.visible_to(actor).waiting()
    for enquiry in waiting.select_related("customer").order_by("answer_by", "pk"):
        yield Waiting(
            _("Answer the enquiry of %(customer)s") % {"customer": enquiry.customer},
            enquiry.address_for(actor.organization),
            _("After that day it closes, and the customer is told of others."),
            Deadline(enquiry.answer_by, actor.organization.time_zone),
        )
