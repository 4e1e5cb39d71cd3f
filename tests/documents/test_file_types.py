"""Call every format by its name."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from documents.decode.file_types import FileType, file_type, unread_format
from documents.decode.images import FORMATS
from tests.files import encoded, pdf, picture
from tests.heif_files import HeifItem, heic


def zipped(*names: str, first: tuple[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (*([first] if first else []), *((name, "x") for name in names)):
            archive.writestr(name, content)
    return buffer.getvalue()


def office(*streams: str) -> bytes:
    """The beginning of an OLE compound file, and the names of its streams."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in streams)


def iso_media(major: bytes, *others: bytes) -> bytes:
    body = b"ftyp" + major + bytes(4) + b"".join(others)
    return (len(body) + 4).to_bytes(4, "big") + body + bytes(100)


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("invoice.pdf"))
    return buffer.getvalue()


UBL = b'<?xml version="1.0"?>\n<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>4711</ID>'
CII = b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'


@pytest.mark.parametrize(
    ("data", "key"),
    [
        *(pytest.param(encoded(picture(), kind), key, id=key) for key, kind in FORMATS.items() if kind != "HEIF"),
        pytest.param(pdf("one"), "pdf", id="pdf"),
        pytest.param(b"\r\n" * 20 + pdf("one"), "pdf", id="pdf-after-junk"),
        pytest.param(heic(HeifItem(picture(size=(32, 32)))), "heic", id="heic"),
        pytest.param(iso_media(b"mif1", b"mif1", b"avif"), "avif", id="avif-of-the-general-brand"),
        pytest.param(iso_media(b"mif1", b"miaf", b"heic"), "heic", id="heic-of-the-general-brand"),
        pytest.param(iso_media(b"isom", b"mp42"), "video", id="mp4"),
        pytest.param(iso_media(b"qt  "), "video", id="quicktime"),
        pytest.param(iso_media(b"crx "), "raw", id="raw-picture"),
        pytest.param(b"RIFF\0\0\0\0WAVE", "riff", id="wav"),
        pytest.param(b"\xff\x0a" + bytes(20), "jpegxl", id="jpeg-xl"),
        pytest.param(b"8BPS\0\1" + bytes(20), "psd", id="photoshop"),
        pytest.param(b"AT&TFORM\0\0\0\0DJVM", "djvu", id="djvu"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", "postscript", id="eps"),
        pytest.param(b"{\\rtf1\\ansi Invoice}", "rtf", id="rtf"),
        pytest.param(zipped("[Content_Types].xml", "word/document.xml"), "docx", id="docx"),
        pytest.param(zipped("[Content_Types].xml", "xl/workbook.xml"), "xlsx", id="xlsx"),
        pytest.param(zipped("[Content_Types].xml", "ppt/presentation.xml"), "pptx", id="pptx"),
        pytest.param(zipped("[Content_Types].xml", "FixedDocSeq.fdseq"), "xps", id="xps"),
        pytest.param(zipped(first=("mimetype", "application/vnd.oasis.opendocument.text")), "odt", id="odt"),
        pytest.param(zipped(first=("mimetype", "application/vnd.oasis.opendocument.spreadsheet")), "ods", id="ods"),
        pytest.param(zipped(first=("mimetype", "application/epub+zip")), "epub", id="epub"),
        pytest.param(zipped("Index/Document.iwa"), "iwork", id="pages"),
        pytest.param(zipped("invoice.pdf"), "zip", id="zip"),
        pytest.param(office("Root Entry", "WordDocument"), "doc", id="doc"),
        pytest.param(office("Root Entry", "Workbook"), "xls", id="xls"),
        pytest.param(office("Root Entry", "PowerPoint Document"), "ppt", id="ppt"),
        pytest.param(office("Root Entry", "__substg1.0_0037001F"), "msg", id="msg"),
        pytest.param(office("Root Entry", "EncryptedPackage"), "locked-office", id="locked-docx"),
        pytest.param(office("Root Entry"), "ole", id="other-ole"),
        pytest.param(gzip.compress(b"x"), "gzip", id="gzip"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\0\4", "7z", id="7z"),
        pytest.param(b"Rar!\x1a\x07\1\0", "rar", id="rar"),
        pytest.param(tarred(), "tar", id="tar"),
        pytest.param(b"MZ\x90\0\3" + bytes(60), "program", id="windows-program"),
        pytest.param(b"\x7fELF\2\1\1" + bytes(60), "program", id="program"),
        pytest.param(bytes.fromhex("3082010006092a864886f70d010702a0"), "p7m", id="signed-invoice"),
        pytest.param(bytes(5000), "zeros", id="nothing-but-zeros"),
        pytest.param(UBL, "xml-invoice", id="ubl-invoice"),
        pytest.param(CII, "xml-invoice", id="cii-invoice"),
        pytest.param(b"<p:FatturaElettronica versione='FPR12'>", "xml-invoice", id="fatturapa"),
        pytest.param(b"<?xml version='1.0'?><catalogue/>", "xml", id="other-xml"),
        pytest.param(b"<!-- a comment --><svg xmlns='http://www.w3.org/2000/svg'>", "svg", id="svg"),
        pytest.param(b"\xef\xbb\xbf<!DOCTYPE html><html>", "html", id="html"),
        pytest.param(b"<!-- saved --> <HTML>", "html", id="old-html"),
        pytest.param(b'{"total": 12.5}', "json", id="json"),
        pytest.param(b"From: a@example.com\nSubject: Invoice\n\nHello", "eml", id="e-mail"),
        pytest.param(b"From here: we go on\nto there", "text", id="text-with-a-colon"),
        pytest.param(b"JVBERi0xLjcK" * 40, "base64", id="base64-twice"),
        pytest.param(b"number;total\n4711;12,50\n", "text", id="csv"),
        pytest.param("Rechnung über 12 €".encode("utf-16"), "text", id="utf-16"),
        pytest.param("Überweisung für Müller".encode("latin-1"), "text", id="latin-1"),
        pytest.param(b"BMW invoice 4711", "text", id="text-that-begins-like-a-bmp"),
        pytest.param(b"MZ-4711 is the number", "text", id="text-that-begins-like-a-program"),
    ],
)
def test_every_format_has_its_name(data: bytes, key: str) -> None:
    found = file_type(data)
    assert isinstance(found, FileType)
    assert found.key == key


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \n", id="only-spaces"),
        pytest.param(bytes(range(128, 256)) * 4, id="other-bytes"),
    ],
)
def test_what_is_not_known_has_no_name(data: bytes) -> None:
    assert file_type(data) is None
    assert unread_format(data).startswith("the file format is not known: expected an image")


def test_the_message_names_the_format_and_says_what_to_do() -> None:
    message = unread_format(zipped("[Content_Types].xml", "word/document.xml"))
    assert message.startswith("this is a Word document (.docx), which is not read: expected an image")
    assert message.endswith("Save or print it as PDF.")
    assert "4711" not in unread_format(UBL)
    assert "need no reading" in unread_format(UBL)
