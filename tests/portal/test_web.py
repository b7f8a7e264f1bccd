"""That a page takes as long wherever in the calls it stands."""

from resource import RUSAGE_SELF, getrusage

from portal.web import RoomMiddleware

DEEP = 400
TURNS = 100


def pages_taken():
    """Count the pieces of memory that this process has asked for."""
    return getrusage(RUSAGE_SELF).ru_minflt


def step():
    one = two = three = four = five = six = seven = eight = 1
    return one, two, three, four, five, six, seven, eight


def most_taken(depth=DEEP):
    """Return the most that a loop takes at any depth, down to this one."""
    before = pages_taken()
    for _turn in range(TURNS):
        step()
    taken = pages_taken() - before
    return max(taken, most_taken(depth - 1)) if depth else taken


def test_no_depth_is_slower_than_another():
    assert RoomMiddleware(lambda _request: most_taken())(None) < TURNS / 2
