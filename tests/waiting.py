"""What waits for somebody, of one app alone."""

from portal.registry import Answers, read_kinds, tasks_of


def kinds_read(actor, kinds_for):
    return read_kinds(actor.organization, kinds_for(actor, Answers()))


def tasks_for(actor, kinds_for):
    return tasks_of(kinds_read(actor, kinds_for))
