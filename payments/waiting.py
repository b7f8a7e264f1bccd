"""What of this app waits for a person."""

from portal.actors import Actor
from portal.waiting import Waiting


def tasks_for(actor: Actor) -> list[Waiting]:
    return []
