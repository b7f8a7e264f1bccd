"""A document that somebody handed in, opened by a process of its own, within bounds.

Runs as a script by ``portal.bounded``. The document comes as standard input, its type
and how much it may unfold to as arguments; the code says what it is.

A file made for it keeps its reader busy for as long as it likes: pypdf looks for what
a damaged PDF lacks in all of it, and a package can list a million parts.
"""

import sys
import zipfile
from typing import IO

if __name__ == "__main__":
    # Only who opens documents has this in memory, not who asks.
    from pypdf import PdfReader

READABLE, BROKEN, PROTECTED, BOMB = 0, 3, 4, 5
MOST_SECONDS = 3  # of the processor


def main(content_type: str, most_unfolded: str) -> int:
    file = sys.stdin.buffer
    try:
        if content_type == "application/pdf":
            return inspect_pdf(file)
        return inspect_office(file, content_type, int(most_unfolded))
    except Exception:  # noqa: BLE001 -- a broken file breaks its reader in any way
        return BROKEN


def inspect_pdf(file: IO[bytes]) -> int:
    """Tell whether a PDF has a page and opens without a password."""
    reader = PdfReader(file)
    # Many a file is closed to printing only: it opens without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        return PROTECTED
    return READABLE if len(reader.pages) > 0 else BROKEN


def inspect_office(file: IO[bytes], content_type: str, most_unfolded: int) -> int:
    """Tell whether a package says of itself that it is of the type."""
    with (
        zipfile.ZipFile(file) as package,
        package.open("[Content_Types].xml") as types,
    ):
        # A small file can grow huge for whoever opens it.
        if sum(part.file_size for part in package.infolist()) > most_unfolded:
            return BOMB
        # Only the first bytes: the list of types of a real file is short.
        is_type = content_type.encode() in types.read(65536)
    return READABLE if is_type else BROKEN
