"""Pictures that people hand in: told by their content, and drawn anew."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile, File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from portal.errors import Refused

FORMATS = ("GIF", "JPEG", "PNG")
ACCEPT = ".gif, .jpg, .jpeg, .png"
MOST_BYTES = 1024 * 1024
# A small file can unfold to a wall of pixels: its header tells before it is opened.
TALLEST = 600
# What stands in pages and programs, and in no picture.
NO_PICTURE = (b"<script", b"<html", b"<svg", b"<!doctype", b"<?php", b"javascript:")


def drawn_anew(file: File, *, widest: int) -> ContentFile:
    """Give the picture as PNG and nothing else that was in the file.

    Raises ``Refused`` for what is no GIF, JPG or PNG, or too large. What hides in
    metadata, behind the picture or in further frames stays behind.
    """
    _must_be_small(file)
    file.seek(0)
    content = file.read()
    if any(sign in content.lower() for sign in NO_PICTURE):
        raise Refused(_("The file holds more than a picture. Save the picture anew."))
    buffer = BytesIO()
    _pixels(content, widest).save(buffer, "PNG", optimize=True)
    return ContentFile(buffer.getvalue(), name="logo.png")


def _must_be_small(file: File) -> None:
    if not file.size:
        raise Refused(_("The file is empty. Choose another file."))
    if file.size > MOST_BYTES:
        limit = filesizeformat(MOST_BYTES)
        raise Refused(_("The file is larger than %(limit)s.") % {"limit": limit})


def _pixels(content: bytes, widest: int) -> Image.Image:
    size = _read(content, lambda image: image.size, widest)
    # Neither side, before it is opened: lying on its side, its width is its height.
    if max(size) > max(widest, TALLEST):
        raise Refused(_too_large(widest, size))
    upright: Image.Image = _read(content, _upright, widest)
    if upright.width > widest or upright.height > TALLEST:
        raise Refused(_too_large(widest, upright.size))
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    return clean


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(_in_eight_bits(image)).convert("RGBA")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Give a gray of 16 bits by its levels; converted as it is, it would be white."""
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
    found = _("It is %(width)s pixels wide and %(height)s high.") % {
        "width": size[0],
        "height": size[1],
    }
    return f"{allowed} {found}"
