"""What ``./run`` understands, and how it ends."""

import os
import sys

from .demo import demo, manage
from .interrupts import Interrupts
from .suite import bench, check, mutants, test
from .trouble import Interrupted, Trouble, sentence

COMMANDS = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "mutants": mutants,
    "manage": manage,
}


def main(arguments: list[str]) -> int:
    """Run one command; whatever goes wrong becomes one sentence."""
    # Other accounts have to pass through our folders to theirs.
    os.umask(0o022)
    interrupts = Interrupts()
    interrupts.listen()
    name, *rest = arguments
    try:
        return COMMANDS[name](interrupts, rest)
    except Trouble as trouble:
        print(f"run: {trouble}", file=sys.stderr)
    except OSError as error:
        print(f"run: {sentence(error)}", file=sys.stderr)
    except Interrupted:
        return 128 + (interrupts.asked or 0)
    return 1
