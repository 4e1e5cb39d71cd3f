"""Read broken files: only documented errors, no crash, no hang, bounded memory."""

from __future__ import annotations

import io
import time
import zlib
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from documents import DocumentReader, ReadingLimits, UnreadableDocument
from schemas.deadline import TookTooLong
from tests.fakes import Blind
from tests.files import encoded, pdf, picture, raw_pdf, scanned_pdf, shown, stream
from tests.heif_files import HeifItem, heic
from tests.mail_files import (
    Folder,
    attached_outlook_message,
    compound_file,
    docx,
    eml,
    message,
    msg,
    odt,
    outlook_attachment,
    outlook_folder,
    properties,
    rtf,
    zipped,
)

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


@pytest.fixture(autouse=True)
def _without_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the decoding processes find no LibreOffice, which needs seconds for each file."""
    monkeypatch.setenv("PATH", "")


def emails() -> dict[str, bytes]:
    attached = pdf("Invoice number    4711")
    inner = outlook_attachment("b.pdf", attached)
    html = message(None, "<table><tr><td>Total<td>5.00</table>").as_bytes()
    return {
        "eml": eml("Invoice 4711", ("a.pdf", "application/pdf", attached), ("a.docx", "application/zip", docx())),
        "eml-html": html,
        "eml-nested": eml("outer", ("m.eml", "application/octet-stream", eml("inner"))),
        "msg": msg("Invoice 4711", inner, attached_outlook_message("Re", "inner", inner), html=b"<p>Invoice 4711</p>"),
    }


EMAILS = emails()
WHOLE |= {"text": "Invoice number 4711\n\tTotal 5.00".encode("utf-8-sig")}
OFFICE = {"docx": docx(), "odt": odt(), "rtf": rtf(), "doc": compound_file({"WordDocument": b"x" * 5000})}
"""Read without LibreOffice, which `test_office` starts: what is broken here is the file around the contents."""


def attempt(reader: DocumentReader, data: bytes) -> None:
    """Read a file, or take it apart; only documented errors may happen, and in time."""
    for read in (reader.read, reader.email_parts):
        begin = time.monotonic()
        try:
            found = read(data)
        except (UnreadableDocument, TookTooLong):
            found = None
        assert time.monotonic() - begin < LIMITS.seconds + 2
    for part in found if isinstance(found, list) else ():
        assert "/" not in part.name.replace(".eml/", "").replace(".msg/", "")
        assert (part.content is None) == (part.reason is not None)


@pytest.mark.parametrize("name", WHOLE)
def test_intact_files_are_read(reader: DocumentReader, name: str) -> None:
    assert reader.read(WHOLE[name]).pages


@pytest.mark.parametrize("name", EMAILS)
def test_intact_emails_are_taken_apart(reader: DocumentReader, name: str) -> None:
    assert reader.email_parts(EMAILS[name])


BREAKABLE = WHOLE | EMAILS | OFFICE


@pytest.mark.parametrize("name", BREAKABLE)
def test_files_truncated_at_every_tenth(reader: DocumentReader, name: str) -> None:
    for tenth in range(10):
        attempt(reader, BREAKABLE[name][: len(BREAKABLE[name]) * tenth // 10])


@pytest.mark.parametrize("name", BREAKABLE)
def test_files_with_flipped_bits(reader: DocumentReader, name: str) -> None:
    generator = np.random.default_rng(7)
    for flips in (1, 1, 1, 3, 10, 30, 100):
        broken = bytearray(BREAKABLE[name])
        for _ in range(flips):
            broken[generator.integers(len(broken))] ^= 1 << int(generator.integers(8))
        attempt(reader, bytes(broken))


@pytest.mark.parametrize("name", BREAKABLE)
def test_files_with_zeros_inside(reader: DocumentReader, name: str) -> None:
    data = BREAKABLE[name]
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
        "form-feeds": "\f".join("x" * 100_000).encode("utf-8-sig"),
        "unpacks-to-gigabytes": zipped(
            **{"[Content_Types].xml": b""}, **{f"word__{n}.xml": bytes(50_000_000) for n in range(11)}
        ),
    } | mail_bombs()


def mail_bombs() -> dict[str, bytes]:
    head = b"From: a@example.com\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n"
    within = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    parts = b"".join(b"--x\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.7\r\n" for _ in range(20_000))
    messages = b"".join(b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n\r\n" for _ in range(5_000))
    nested = eml("inner")
    for _ in range(8):
        nested = eml("outer", ("m.eml", "application/octet-stream", nested), ("m.eml", "application/zip", nested))
    outlook: Folder = outlook_folder(24, "inner", None)
    for _ in range(60):
        outlook = outlook_folder(24, "x", None, properties(8, {0x3705: 5}) | {"__substg1.0_3701000D": outlook})
    return {
        "mail-within-mail": nested,
        "mime-within-mime": head + within + b"Content-Type: text/plain\r\n\r\nx",
        "thousands-of-attachments": head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + parts,
        "thousands-of-messages": head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + messages,
        "no-boundary": head + b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
        "header-of-megabytes": head + b"Subject: " + b"=?utf-8?q?=FF?= " * 200_000 + b"\r\n\r\nx",
        "addresses-without-end": head + b"Cc: " + b"<a@" * 100_000 + b"\r\n\r\nx",
        "broken-file-name": head + b"Content-Disposition: attachment; filename*=utf-8''%FF%00; filename*1*=x\r\n\r\nx",
        "broken-encodings": head + b'Content-Type: text/plain; charset="\xff"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n====\xff",
        "html-within-html": message(None, "<table><tr><td>" * 50_000).as_bytes(),
        "html-without-end": message(None, "<" * 500_000).as_bytes(),
        "outlook-within-outlook": compound_file(outlook | {"__nameid_version1.0": {"x": b"y"}}),
        "outlook-without-properties": compound_file({"__properties_version1.0": b"", "__substg1.0_1000001F": b"x"}),
    }


@pytest.mark.parametrize("name", BOMBS := bombs())
def test_bombs(reader: DocumentReader, name: str) -> None:
    attempt(reader, BOMBS[name])


def test_a_pdf_with_junk_before_its_header_is_read(reader: DocumentReader) -> None:
    prefixed = b"\n\n\n" + WHOLE["pdf"]
    assert len(reader.read(prefixed).pages) == 2
