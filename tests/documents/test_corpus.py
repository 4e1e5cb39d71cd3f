"""Read broken files: only documented errors, no crash, no hang, bounded memory."""

from __future__ import annotations

import contextlib
import io
import time
import zlib
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from documents import DocumentReader, ReadingLimits, UnreadableDocument
from tests.fakes import Blind
from tests.files import encoded, pdf, picture, raw_pdf, scanned_pdf, shown, stream
from tests.heif_files import HeifItem, heic

KINDS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000", "AVIF")
LIMITS = ReadingLimits(seconds=4)


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind(), LIMITS)) as made:
        yield made


FORM = "/Type /XObject /Subtype /Form /BBox [0 0 100 20]"
STAMP = "/Annots [<< /Type /Annot /Subtype /Stamp /Rect [100 400 200 420] /AP << /N 6 0 R >> >>]"


def whole_files() -> dict[str, bytes]:
    tiff = io.BytesIO()
    picture().save(tiff, "TIFF", save_all=True, append_images=[picture("two")])
    files = {kind.lower(): encoded(picture(), kind) for kind in KINDS}
    return files | {
        "tiff-pages": tiff.getvalue(),
        "pdf": pdf("Invoice number    4711", "Page two"),
        "scan": scanned_pdf(),
        "raw-pdf": raw_pdf(shown("Invoice number 4711")),
        "heic": heic(HeifItem(picture(size=(608, 192)))),
        "heic-10-bit-pages": heic(HeifItem(picture(size=(96, 64)), bits=10), HeifItem(picture(size=(64, 96)), 1)),
        "stamped-pdf": raw_pdf(shown("Invoice number 4711"), page=STAMP, objects=(stream("0 0 9 9 re f", FORM),)),
    }


WHOLE = whole_files()


def attempt(reader: DocumentReader, data: bytes) -> None:
    """Read a file; only documented errors may happen, and in time."""
    begin = time.monotonic()
    with contextlib.suppress(UnreadableDocument):
        reader.read(data)
    assert time.monotonic() - begin < LIMITS.seconds + 2


@pytest.mark.parametrize("name", WHOLE)
def test_intact_files_are_read(reader: DocumentReader, name: str) -> None:
    assert reader.read(WHOLE[name]).pages


@pytest.mark.parametrize("name", WHOLE)
def test_files_truncated_at_every_tenth(reader: DocumentReader, name: str) -> None:
    for tenth in range(10):
        attempt(reader, WHOLE[name][: len(WHOLE[name]) * tenth // 10])


@pytest.mark.parametrize("name", WHOLE)
def test_files_with_flipped_bits(reader: DocumentReader, name: str) -> None:
    generator = np.random.default_rng(7)
    for flips in (1, 1, 1, 3, 10, 30, 100):
        broken = bytearray(WHOLE[name])
        for _ in range(flips):
            broken[generator.integers(len(broken))] ^= 1 << int(generator.integers(8))
        attempt(reader, bytes(broken))


@pytest.mark.parametrize("name", WHOLE)
def test_files_with_zeros_inside(reader: DocumentReader, name: str) -> None:
    data = WHOLE[name]
    for start in (0, 4, len(data) // 3, len(data) // 2):
        attempt(reader, data[:start] + bytes(64) + data[start + 64 :])


def bombs() -> dict[str, bytes]:
    pixels = encoded(Image.new("1", (30_000, 30_000)))
    content = zlib.compress(b"0 0 1 1 re f " * 3_000_000).decode("latin-1")
    objects = f"<< /Length {len(content)} /Filter /FlateDecode >>\nstream\n{content}\nendstream"
    many_operators = raw_pdf("").replace(b"<< /Length 0  >>\nstream\n\nendstream", objects.encode("latin-1"))
    return {
        "pixels": pixels,
        "operators": many_operators,
        "huge-page": raw_pdf(shown("x"), page="/MediaBox [0 0 1000000 1000000]"),
        "no-area": raw_pdf(shown("x"), page="/CropBox [0 0 0 0]"),
        "loop": raw_pdf("/X Do", resources="/XObject << /X 4 0 R >>"),
        "heic-of-absurd-size": heic(HeifItem(picture(size=(64, 64))), size=(2**31, 2**31)),
        "heic-within-the-limit-by-its-header": heic(HeifItem(picture(size=(64, 64))), size=(9000, 9000)),
        "heic-of-many-pictures": heic(*[HeifItem(picture(size=(32, 32)))] * 1000),
        "heic-boxes-in-boxes": heic(HeifItem(picture(size=(32, 32)))) + b"\0\0\xff\xffmeta" * 8000,
        "stamp-that-draws-itself": raw_pdf(
            shown("x"), page=STAMP, objects=(stream("/X Do", f"{FORM} /Resources << /XObject << /X 6 0 R >> >>"),)
        ),
        "many-stamps": raw_pdf(
            shown("x"), page=f"/Annots [{STAMP[9:-1] * 20_000}]", objects=(stream("0 0 9 9 re f", FORM),)
        ),
        "nothing": b"",
        "zeros": bytes(100_000),
        "only-a-header": b"%PDF-1.7\n",
        "pdf-that-is-text": b"%PDF-1.7\n" + b"not really " * 1000,
    }


@pytest.mark.parametrize("name", BOMBS := bombs())
def test_bombs(reader: DocumentReader, name: str) -> None:
    attempt(reader, BOMBS[name])


def test_a_pdf_with_junk_before_its_header_is_read(reader: DocumentReader) -> None:
    prefixed = b"\n\n\n" + WHOLE["pdf"]
    assert len(reader.read(prefixed).pages) == 2
