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
from documents.deadline import Deadline
from documents.ocr.ocr_engine import OcrResult
from documents.pictures import Picture
from schemas.pages import Preprocessing
from tests.files import encoded, pdf, picture, raw_pdf, scanned_pdf, shown

KINDS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
LIMITS = ReadingLimits(seconds=4)


class Blind:
    """An engine that reads nothing."""

    def read(self, picture: Picture, deadline: Deadline | None = None) -> OcrResult:
        size = (picture.shape[1], picture.shape[0])
        return OcrResult([], Preprocessing(size, size))


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with closing(DocumentReader(Blind(), LIMITS)) as made:
        yield made


def whole_files() -> dict[str, bytes]:
    tiff = io.BytesIO()
    picture().save(tiff, "TIFF", save_all=True, append_images=[picture("two")])
    files = {kind.lower(): encoded(picture(), kind) for kind in KINDS}
    return files | {
        "tiff-pages": tiff.getvalue(),
        "pdf": pdf("Invoice number    4711", "Page two"),
        "scan": scanned_pdf(),
        "raw-pdf": raw_pdf(shown("Invoice number 4711")),
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
