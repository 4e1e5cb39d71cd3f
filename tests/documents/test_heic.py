"""Decode HEIC pictures: the primary one, upright, within the limits."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from documents.decode.images import ImageFile
from documents.errors import DamagedDocument, TooLarge, UnreadableDocument, UnsupportedFormat
from documents.limits import ReadingLimits
from documents.pictures import Picture
from tests.files import encoded, picture
from tests.heif_files import HeifItem, heic

UPRIGHT = picture(size=(608, 192))
QUARTER = 90


def decoded(data: bytes, limits: ReadingLimits | None = None) -> Picture:
    """Return the only picture of the only page."""
    file = ImageFile(data, limits or ReadingLimits())
    assert file.page_count == 1
    content = file.page(1)
    (region,) = content.regions
    assert (content.width, content.height) == region.size
    return region.picture


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()[len(b"Exif\0\0") :]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(heic(HeifItem(UPRIGHT)), id="8-bit"),
        pytest.param(heic(HeifItem(UPRIGHT, bits=10)), id="10-bit"),
        pytest.param(heic(HeifItem(UPRIGHT), brand=b"mif1"), id="general-brand"),
        pytest.param(heic(HeifItem(UPRIGHT.rotate(-QUARTER, expand=True), rotation=1)), id="turned-by-the-container"),
        pytest.param(heic(HeifItem(UPRIGHT.rotate(180), rotation=2)), id="upside-down"),
        pytest.param(
            heic(HeifItem(UPRIGHT.rotate(-QUARTER, expand=True), rotation=1), exif=turned(8)),
            id="exif-repeats-the-turn",
        ),
        pytest.param(heic(HeifItem(UPRIGHT), exif=turned(6)), id="exif-alone-turns-nothing"),  # HEIF, section 6.5.10
        pytest.param(
            heic(HeifItem(picture("other", (320, 320))), HeifItem(UPRIGHT), primary=2), id="second-is-primary"
        ),
        pytest.param(heic(HeifItem(UPRIGHT), HeifItem(picture("other", (320, 320)))), id="first-of-two"),
    ],
)
def test_the_picture_that_viewers_show_is_decoded(data: bytes) -> None:
    pixels = decoded(data)
    assert pixels.shape == (192, 608, 3)
    assert np.abs(pixels.astype(int) - np.asarray(UPRIGHT)).mean() < 1


def test_a_page_can_be_decoded_twice() -> None:
    file = ImageFile(heic(HeifItem(UPRIGHT)), ReadingLimits())
    first, second = (file.page(1).regions[0].picture for _ in range(2))
    assert (first == second).all()


def test_more_pixels_than_the_limit_are_never_decoded() -> None:
    with pytest.raises(TooLarge, match="at most 1,000 pixels, got 608 x 192"):
        decoded(heic(HeifItem(UPRIGHT)), ReadingLimits(pixels=1000))
    with pytest.raises(UnreadableDocument):
        decoded(heic(HeifItem(UPRIGHT), size=(60_000, 60_000)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(heic(HeifItem(UPRIGHT))[:300], id="cut-within-the-boxes"),
        pytest.param(heic(HeifItem(UPRIGHT))[:5000], id="cut-within-the-picture"),
        pytest.param(heic(HeifItem(UPRIGHT), primary=7), id="no-such-primary"),
        pytest.param(heic(HeifItem(UPRIGHT)).replace(b"hvc1", b"xxxx"), id="unknown-coding"),
    ],
)
def test_damaged_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(DamagedDocument):
        decoded(data)


def test_without_the_plug_in_the_picture_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)  # as where no wheel fits the machine
    with pytest.raises(UnsupportedFormat, match="this is a HEIC picture"):
        decoded(heic(HeifItem(UPRIGHT)))


def test_the_plug_in_is_imported_for_heic_alone() -> None:
    script = (
        "import sys; from documents.decode.images import ImageFile; from documents.limits import ReadingLimits\n"
        "ImageFile(sys.stdin.buffer.read(), ReadingLimits()).page(1); print('pi_heif' in sys.modules)"
    )
    for data, is_imported in ((encoded(UPRIGHT), b"False"), (heic(HeifItem(UPRIGHT)), b"True")):
        done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
        assert done.stdout.strip() == is_imported
