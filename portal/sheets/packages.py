"""The ZIP around a workbook: opened only as far as it is safe.

Before a byte is unfolded the list of its parts is judged, by number and by size. What
the list says is not believed: bytes are counted again as they unfold.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO
from xml.parsers import expat

from portal.sheets.problems import Code, Unreadable

PIECE = 65536
ZIP = b"PK\x03\x04"
# The older container: of an Excel before 2007, and of every file with a password.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DIRECTORY = b"PK\x05\x06"
HUGE = b"PK\x06\x07"  # leads to a second list, for packages beyond 4 GiB
MOST_PARTS = 1_000
LONGEST_DIRECTORY = 1_000_000
MEBI = 1024 * 1024
# Of 100,000 rows with 20 columns a spreadsheet program makes about 90 MiB.
MOST_UNFOLDED = 256 * MEBI
FOLDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What a reader of damaged archives raises.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_package(file: IO[bytes]) -> bool:
    file.seek(0)
    return file.read(4) == ZIP


def ensure_not_old(file: IO[bytes]) -> None:
    """Refuse the older container, which hides workbooks behind passwords too."""
    file.seek(0)
    if file.read(8) == OLE:
        before = b""
        for piece in iter(partial(file.read, PIECE), b""):
            if ENCRYPTED in before + piece:
                raise Unreadable(Code.PROTECTED)
            before = piece[-len(ENCRYPTED) :]
        raise Unreadable(Code.OLD_EXCEL)


@contextmanager
def opened(file: IO[bytes]) -> Iterator["Package"]:
    """Open the package of a workbook; what is damaged in it is ``Unreadable``."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            yield Package(archive)
    except (expat.ExpatError, *DAMAGE) as error:
        raise Unreadable(Code.BROKEN) from error


def _check_directory(file: IO[bytes]) -> None:
    """Look at the list of parts before anybody reads it into memory."""
    end = file.seek(0, 2)
    file.seek(max(0, end - PIECE - 22))
    tail = file.read()
    is_bare = tail[-22:].startswith(DIRECTORY) and tail.endswith(b"\0\0")
    at = len(tail) - 22 if is_bare else tail.rfind(DIRECTORY)
    if at < 0:
        raise Unreadable(Code.BROKEN)
    parts = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    is_huge = tail[max(0, at - 20) :].startswith(HUGE)
    if parts > MOST_PARTS or length > LONGEST_DIRECTORY or is_huge:
        raise Unreadable(Code.BOMB)


class Package:
    """The parts of a workbook, by the addresses that they have inside."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.left = MOST_UNFOLDED
        parts = archive.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(Code.PROTECTED)
        if any(part.compress_type not in FOLDED for part in parts):
            raise Unreadable(Code.BROKEN)
        if sum(part.file_size for part in parts) > MOST_UNFOLDED:
            raise Unreadable(Code.BOMB)
        self.names = {part.filename for part in parts}

    def pieces(self, name: str, most: int = MOST_UNFOLDED) -> Iterator[bytes]:
        """Unfold a part piece by piece, and no further than is safe."""
        left = min(most, self.left)
        if self.archive.getinfo(name).file_size > left:
            raise Unreadable(Code.BOMB)
        with self.archive.open(name) as part:
            for piece in iter(partial(part.read, PIECE), b""):
                left -= len(piece)
                self.left -= len(piece)
                if left < 0:
                    raise Unreadable(Code.BOMB)
                yield piece

    def related(self, source: str) -> dict[str, tuple[str, str]]:
        """Give, by id, the kind and the address of what a part points to.

        What lies outside of the package is left out: nothing is ever fetched.
        """
        folder, name = posixpath.split(source)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            outside = attributes.get("TargetMode") == "External"
            if local(tag) == "Relationship" and not outside:
                target = posixpath.join("/", folder, attributes["Target"])
                kind = attributes["Type"].rpartition("/")[2]
                address = posixpath.normpath(target).lstrip("/")
                found[attributes["Id"]] = (kind, address)

        if rels in self.names:
            parser = parser_of()
            parser.StartElementHandler = start
            for piece in self.pieces(rels, MEBI):
                parser.Parse(piece)
            parser.Parse(b"", True)
        return found


def local(tag: str) -> str:
    return tag.rpartition(":")[2]


def parser_of() -> expat.XMLParserType:
    """Return a reader of XML that refuses whatever a workbook has no need of.

    Without a document type there are no entities to grow and none to fetch.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = PIECE

    def refuse(*_declaration: object) -> None:
        raise Unreadable(Code.BOMB)

    parser.StartDoctypeDeclHandler = refuse
    return parser
