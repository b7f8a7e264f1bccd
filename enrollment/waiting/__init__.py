"""What of this app waits for a person: of the company, and of each consultant."""

from enrollment.waiting import agreements, companies, consultants, enquiries, profiles
from portal.actors import Member
from portal.waiting import Waiting

SOURCES = [
    companies.tasks_for,
    enquiries.tasks_for,
    agreements.tasks_for,
    profiles.tasks_for,
    consultants.tasks_for,
]


def tasks_for(actor: Member) -> list[Waiting]:
    """Gather what waits, each kind from its own module."""
    return [task for source in SOURCES for task in source(actor)]
