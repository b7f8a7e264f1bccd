"""Whatever ends the launcher early."""

import errno


class Trouble(Exception):
    """A reason to stop, as one sentence that says what to do."""

    code = 1


class Interrupted(Exception):
    """Somebody asked the launcher to stop."""


def sentence(error: OSError) -> str:
    """Say what to do about a refusal of the operating system."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full: make room, then run the same command again."
    if isinstance(error, PermissionError):
        return (
            f"{error.filename} may not be written by this user: run as its owner,"
            " or from a copy of the project of your own."
        )
    return f"{error.strerror}: {error.filename}; mend that, then run this again."
