from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from documents.decode.content import WHOLE
from documents.decode.images import FORMATS, ImageFile
from documents.errors import DamagedDocument, TooLarge, UnreadableDocument, UnsupportedFormat
from documents.limits import ReadingLimits
from documents.pictures import Picture
from tests.files import encoded, picture

LIMITS = ReadingLimits()


def opened(data: bytes, limits: ReadingLimits = LIMITS) -> ImageFile:
    return ImageFile(data, limits)


def page(file: ImageFile, number: int = 1) -> tuple[Picture, tuple[float, float]]:
    """Return the one picture of a page, and the page's size."""
    content = file.page(number)
    (region,) = content.regions
    assert content.text is None
    assert region.box == WHOLE
    return region.picture, (content.width, content.height)


def ink(pixels: Picture) -> tuple[float, float]:
    """Return the middle of the dark pixels as fractions (x, y)."""
    rows, columns = np.nonzero(pixels.mean(axis=2) < 128)
    return columns.mean() / pixels.shape[1], rows.mean() / pixels.shape[0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000", "AVIF"])
def test_every_format(kind: str) -> None:
    file = opened(encoded(picture(), kind))
    assert file.page_count == 1
    pixels, size = page(file)
    assert size == (600, 200)
    assert pixels.shape == (200, 600, 3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_keeps_dark_text_on_a_light_page(mode: str) -> None:
    image = picture()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    elif mode == "I":
        image = Image.fromarray(np.asarray(image.convert("L"), np.int32) * 257)
    else:
        image = image.convert(mode)
    pixels = page(opened(encoded(image, "TIFF")))[0]
    assert pixels[0, 0].min() > 240
    assert pixels.min() < 60


def test_transparent_pages_are_white() -> None:
    image = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    assert page(opened(encoded(image)))[0].min() == 255


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [
        pytest.param(3, Image.Transpose.ROTATE_180, id="upside-down"),
        pytest.param(6, Image.Transpose.ROTATE_90, id="camera-turned-left"),
        pytest.param(8, Image.Transpose.ROTATE_270, id="camera-turned-right"),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_exif_orientation_is_applied(orientation: int, turn: Image.Transpose, kind: str) -> None:
    upright = picture()
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels, size = page(opened(encoded(upright.transpose(turn), kind, exif=exif)))
    assert size == (600, 200)
    assert ink(pixels) == pytest.approx(ink(np.asarray(upright)), abs=0.01)


def test_tiff_pages() -> None:
    buffer = io.BytesIO()
    picture("one").save(buffer, "TIFF", save_all=True, append_images=[picture("two", (300, 400))])
    file = opened(buffer.getvalue())
    assert file.page_count == 2
    pixels, size = page(file, 2)
    assert size == (300, 400)
    assert pixels.shape[:2] == (400, 300)


def test_large_pictures_are_reduced_but_keep_their_size() -> None:
    file = opened(encoded(picture(size=(5000, 1000)), "JPEG"))
    pixels, size = page(file)
    assert size == (5000, 1000)
    assert max(pixels.shape) <= LIMITS.side


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_large_pictures_of_every_mode_are_averaged(mode: str) -> None:
    image = picture(size=(9000, 300))
    image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    pixels, size = page(opened(encoded(image, "TIFF")))
    assert size == (9000, 300)
    assert pixels.shape[1] <= LIMITS.side
    assert pixels.max() > 240
    assert len(np.unique(pixels[:, :, 1])) > 2  # greys at the edges of letters


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"", UnsupportedFormat, id="nothing"),
        pytest.param(b"hello, world", UnsupportedFormat, id="text"),
        pytest.param(b"PK\x03\x04" + bytes(60), UnsupportedFormat, id="a-zip"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(40), DamagedDocument, id="only-a-signature"),
        pytest.param(encoded(picture(), "PNG")[:300], DamagedDocument, id="truncated-png"),
        pytest.param(encoded(picture(), "AVIF")[:300], DamagedDocument, id="truncated-avif"),
        pytest.param(encoded(picture(), "JPEG2000")[:300], DamagedDocument, id="truncated-jpeg-2000"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", UnsupportedFormat, id="a-sound"),
        pytest.param(encoded(picture(), "JPEG")[:900], DamagedDocument, id="truncated-jpeg"),
    ],
)
def test_bytes_that_are_not_a_picture_are_refused(data: bytes, error: type[UnreadableDocument]) -> None:
    with pytest.raises(error):
        opened(data).page(1)


def test_zero_pixels() -> None:
    header = struct.pack(">4sIIBBBBB", b"IHDR", 0, 0, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    with pytest.raises(UnreadableDocument):
        opened(png).page(1)


def test_more_pixels_than_the_limit_are_never_decoded() -> None:
    with pytest.raises(TooLarge, match=r"at most 1,000 pixels, got 600 x 200"):
        opened(encoded(picture()), ReadingLimits(pixels=1000)).page(1)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    bomb = encoded(Image.new("1", (30_000, 30_000)))
    assert len(bomb) < 200_000
    with pytest.raises(TooLarge, match="at most 100,000,000 pixels, got 30000 x 30000"):
        opened(bomb).page(1)


def test_damaged_files_raise_only_documented_errors() -> None:
    whole = {kind: encoded(picture(), kind) for kind in FORMATS.values() if kind != "HEIF"}
    generator = np.random.default_rng(1)
    for data in whole.values():
        for tenth in range(1, 10):
            broken = bytearray(data[: len(data) * tenth // 10])
            for _ in range(5):
                broken[generator.integers(len(broken))] ^= 1 << int(generator.integers(8))
            try:
                file = opened(bytes(broken))
                file.page(1)
            except UnreadableDocument:
                pass


def test_an_avif_with_transparency_is_white() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert page(opened(encoded(image, "AVIF")))[0].min() > 250


def test_only_the_first_picture_of_an_animated_avif_is_a_page() -> None:
    data = encoded(picture("one"), "AVIF", save_all=True, append_images=[picture("two")])
    file = opened(data)
    assert file.page_count == 1
    assert ink(page(file)[0]) == pytest.approx(ink(np.asarray(picture("one"))), abs=0.01)


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000"])
def test_more_pixels_of_a_newer_format_than_the_limit_are_never_decoded(kind: str) -> None:
    with pytest.raises(TooLarge, match=r"at most 1,000 pixels, got 600 x 200"):
        opened(encoded(picture(), kind), ReadingLimits(pixels=1000)).page(1)
