"""Keeping files: typed by content, named by content, shown only to their parties."""

import hashlib
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import PurePath
from typing import Any

import filetype
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from portal import inspection, text
from portal.bounded import Busy, run_bounded
from portal.findings import Refused
from portal.models import Document, User
from portal.tenancy import TenantQuerySet, Viewer
from portal.text import join_words

OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "pptx": f"{OFFICE}.presentationml.presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
# Texts fold to a tenth and better; a bomb to a thousandth.
UNFOLDED_TIMES = 20
ACCEPT = ", ".join(f".{ending}" for ending in TYPES)


def store(
    file: File, *, parties: Iterable[int], by: User | None = None, name: str = ""
) -> Document:
    """Store a file and give its document; raises ``Refused`` for what we do not take.

    The type comes from the content; the name only has to agree with it. The file is
    written before the row: a file without a row is harmless, the reverse is not.
    """
    name = text.file_name(name or file.name or "")
    content_type = checked_type(file, name)
    document = Document(
        name=name,
        content_type=content_type,
        size=file.size,
        sha256=_hash(file),
        parties=sorted(set(parties)),
        uploaded_by=by,
    )
    _store(document, file)
    document.save()
    return document


def is_shown(document: Document, actor: Viewer) -> bool:
    """Tell whether an actor sees a record that a file belongs to.

    The organization's part in the file is not enough: a voucher's project manager sees
    what belongs to it as long as it is in this manager's hands.
    """
    links: list[Any] = [
        link
        for link in Document._meta.get_fields(include_hidden=True)
        if link.one_to_many
    ]
    return any(
        rows.visible_to(actor).filter(**{link.field.name: document}).exists()
        for link in links
        if isinstance(rows := link.related_model._default_manager.all(), TenantQuerySet)
    )


def _store(document: Document, file: File) -> None:
    store = storages["documents"]
    # A writer that died leaves a part under the name of the whole.
    if store.exists(document.path) and store.size(document.path) == document.size:
        return
    store.delete(document.path)
    file.seek(0)
    store.save(document.path, file)


def checked_type(file: File, name: str) -> str:
    """Return the content type of an upload, or refuse it with a sentence.

    Its content is opened once: what a form has found, the service need not look for.
    """
    ensure_size(file, settings.DOCUMENT_MAX_BYTES)
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in TYPES:
        raise Refused(
            _("Files of this kind are not accepted. Use one of these: %(endings)s.")
            % {"endings": join_words(sorted(TYPES))}
        )
    content_type = TYPES[ending]
    if getattr(file, "checked_type", "") != content_type:
        if not _content_is(content_type, file):
            raise Refused(
                _("The content of the file is not what its name says (.%(ending)s).")
                % {"ending": ending}
            )
        file.checked_type = content_type  # type: ignore[attr-defined]
    return content_type


def ensure_size(file: File, most: int) -> None:
    if not file.size:
        raise Refused(_("The file is empty. Choose another file."))
    if file.size > most:
        raise Refused(larger_than(most))


def larger_than(most: int) -> str:
    limit = filesizeformat(most)
    return _("The file is larger than %(limit)s.") % {"limit": limit}


def _content_is(expected: str, file: File) -> bool:
    file.seek(0)
    kind = filetype.guess(file.read(8192))
    file.seek(0)
    if expected.startswith(OFFICE):
        return _is_readable(expected, file)
    if kind is None or kind.mime != expected:
        return False
    return expected != TYPES["pdf"] or _is_readable(expected, file)


def _is_readable(expected: str, file: File) -> bool:
    """Let another process open it: here, a file made for it would stop everybody."""
    try:
        code = run_bounded(
            inspection.__file__,
            expected,
            str(UNFOLDED_TIMES * settings.DOCUMENT_MAX_BYTES),
            given=file,
            seconds=inspection.MOST_SECONDS,
        )
    except Busy as busy:
        raise Refused(
            _("Many files are being checked now. Send yours again in a minute.")
        ) from busy
    if code == inspection.PROTECTED:
        raise Refused(_("The file is protected by a password. Save it without one."))
    if code == inspection.BOMB:
        raise Refused(_("The file is far larger inside than outside. Save it anew."))
    return code == inspection.READABLE


def _hash(file: File) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


FORMATS = ("GIF", "JPEG", "PNG")
IMAGE_TYPES = ".gif, .jpg, .jpeg, .png"
MOST_BYTES = 1024 * 1024
# A small file can unfold to a wall of pixels: its header tells before it is opened.
TALLEST = 600
# What stands in pages and programs, and in no picture.
NO_PICTURE = (b"<script", b"<html", b"<svg", b"<!doctype", b"<?php", b"javascript:")


def drawn_anew(file: File, *, widest: int) -> ContentFile:
    """Return the picture as PNG and nothing else that was in the file.

    Raises ``Refused`` for what is no GIF, JPG or PNG, or too large. What hides in
    metadata, behind the picture or in further frames stays behind.
    """
    ensure_size(file, MOST_BYTES)
    file.seek(0)
    content = file.read()
    if any(sign in content.lower() for sign in NO_PICTURE):
        raise Refused(_("The file holds more than a picture. Save the picture anew."))
    buffer = BytesIO()
    _pixels(content, widest).save(buffer, "PNG", optimize=True)
    return ContentFile(buffer.getvalue(), name="logo.png")


def _pixels(content: bytes, widest: int) -> Image.Image:
    size = _read(content, lambda image: image.size, widest)
    # Neither side, before it is opened: lying on its side, its width is its height.
    if max(size) > max(widest, TALLEST):
        raise Refused(_too_large(widest, size))
    upright: Image.Image = _read(content, _turn_upright, widest)
    if upright.width > widest or upright.height > TALLEST:
        raise Refused(_too_large(widest, upright.size))
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    return clean


def _turn_upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(_in_eight_bits(image)).convert("RGBA")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a gray of 16 bits by its levels; converted as it is, it would be white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda level: level * (1 / 257)).convert("L")


def _read(content: bytes, look: Callable[[Image.Image], Any], widest: int) -> Any:
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            return look(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Refused(_too_large(widest)) from bomb
    except Exception as error:  # a broken picture breaks its reader in any way
        raise Refused(
            _("The file is not a GIF, JPG or PNG picture. Choose another file.")
        ) from error


def _too_large(widest: int, size: tuple[int, int] | None = None) -> str:
    allowed = _(
        "The picture may be at most %(width)s pixels wide and %(height)s high."
    ) % {"width": widest, "height": TALLEST}
    if size is None:
        return allowed
    size_text = _("It is %(width)s pixels wide and %(height)s high.") % {
        "width": size[0],
        "height": size[1],
    }
    return f"{allowed} {size_text}"
