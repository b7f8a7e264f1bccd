"""Pictures: what is taken, what is refused, and what is left of a file."""

from io import BytesIO
from zlib import compress, crc32

import pytest
from django.core.files.base import ContentFile
from PIL import Image, PngImagePlugin

from portal.files import MOST_BYTES, drawn_anew
from portal.findings import Refused

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(kind="PNG", size=(300, 100), mode="RGB", **options):
    buffer = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(
        buffer, kind, **options
    )
    return buffer.getvalue()


def drawn(content, widest=300):
    return drawn_anew(ContentFile(content, name="x"), widest=widest)


def chunk(name, data):
    return (
        len(data).to_bytes(4, "big")
        + name
        + data
        + crc32(name + data).to_bytes(4, "big")
    )


def bomb(width, height):
    """Return a small file whose header promises a wall of pixels."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["GIF", "JPEG", "PNG"])
def test_each_kind_of_picture_becomes_a_png_of_the_same_size(kind):
    image = Image.open(drawn(picture(kind)))

    assert image.format == "PNG"
    assert image.size == (300, 100)
    assert image.convert("RGB").getpixel((1, 1))[0] > 250


def test_what_is_clear_stays_clear():
    image = Image.open(drawn(picture(mode="RGBA")))

    assert image.getpixel((0, 0))[3] == 0


def test_metadata_stay_behind():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody secret", zip=False)
    content = picture(pnginfo=notes, icc_profile=b"secret profile")
    assert b"secret" in content

    clean = drawn(content).read()

    assert b"secret" not in clean
    assert Image.open(BytesIO(clean)).info == {}


def test_what_hangs_on_behind_a_picture_stays_behind():
    content = picture() + b"PK\x03\x04 an archive"

    assert b"archive" not in drawn(content).read()


def test_only_the_first_frame_of_a_moving_picture_is_kept():
    frames = [Image.new("RGB", (30, 30), color) for color in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    image = Image.open(drawn(buffer.getvalue()))

    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((1, 1)) == (255, 0, 0)


def test_a_picture_lying_on_its_side_is_turned_and_measured_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = picture("JPEG", size=(400, 200), exif=exif)

    assert Image.open(drawn(lying)).size == (200, 400)


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<!DOCTYPE html><html><body>hello</body></html>",
        picture("GIF") + b"<script>alert(1)</script>",
        picture() + b"<?PHP system(1); ?>",
        b"GIF89a/*" + SVG + b"*/",
    ],
    ids=["svg", "html", "gif with a script", "png with a program", "polyglot"],
)
def test_what_is_a_page_or_a_script_too_is_refused(content):
    with pytest.raises(Refused, match="more than a picture"):
        drawn(content)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a=1;alert(1)",
        b"%PDF-1.7 ...",
        picture("BMP"),
        picture("WEBP"),
        picture()[:20],
        b"alert('hello')",
    ],
    ids=["gif by name only", "pdf", "bmp", "webp", "cut off", "words"],
)
def test_what_is_no_such_picture_is_refused(content):
    with pytest.raises(Refused, match="not a GIF, JPG or PNG picture"):
        drawn(content)


@pytest.mark.parametrize("size", [(301, 10), (10, 601)])
def test_a_picture_too_wide_or_high_is_refused_with_its_size(size):
    sentence = f"It is {size[0]} pixels wide and {size[1]} high."

    with pytest.raises(Refused, match=sentence):
        drawn(picture(size=size))


@pytest.mark.parametrize("side", [3_000, 13_000, 60_000])
def test_a_bomb_is_refused_before_it_is_opened(side, monkeypatch):
    monkeypatch.delattr(PngImagePlugin.PngImageFile, "load_prepare")

    with pytest.raises(Refused, match="at most 300 pixels wide"):
        drawn(bomb(side, side))


def test_an_empty_file_is_refused():
    with pytest.raises(Refused, match="empty"):
        drawn(b"")


def test_a_large_file_is_refused_unread():
    with pytest.raises(Refused, match="larger than"):
        drawn(b"x" * (MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("level", "shown"), [(0, 0), (257, 1), (32896, 128), (65535, 255)]
)
def test_a_gray_of_sixteen_bits_keeps_its_levels(level, shown):
    buffer = BytesIO()
    Image.new("I;16", (30, 10), level).save(buffer, "PNG")

    image = Image.open(drawn(buffer.getvalue()))

    assert image.getpixel((5, 5)) == (shown, shown, shown, 255)
