"""Recognise a file's format by its bytes, so that a refused file is called by its name.

Signatures: https://www.garykessler.net/library/file_sigs.html and the formats' own specifications. ISO base media files
(HEIC, AVIF, MP4) are told apart by the brands of their first box (ISO/IEC 14496-12, section 4.3), ZIP packages by the
names of their entries, XML by its first element.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from documents.decode.pdf import SIGNATURE, SIGNATURE_WITHIN_BYTES

HEAD_BYTES = 4096
"""Bytes at the beginning of a file in which text formats show what they are."""
READ = "an image (JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC, AVIF, JPEG 2000) or a PDF"
"""The formats that are read, as error messages list them."""


class FileType(NamedTuple):
    """A file format, and what to do with a file of it."""

    key: str
    """A short name that is unique among formats, such as `heic`."""
    name: str
    """The format as messages name it, with its article: "a HEIC picture"."""
    advice: str
    """A sentence about what to do instead of sending such a file, or with a damaged one if the format is read."""


_SAVE_AGAIN = "Save it again."
_AS_JPEG = "Save it as JPEG, PNG or PDF."
_AS_PDF = "Save or print it as PDF."
_UNPACK = "Unpack it, and send the documents in it."
_PRINT = "Print it as PDF if it is a document."
_NOT_A_DOCUMENT = "Send a picture or a PDF of a document."
_ITS_DATA = "Its values are data already and need no reading: take them from its elements."

_BY_SIGNATURE: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", FileType("jpeg", "a JPEG picture", _SAVE_AGAIN)),
    (b"\x89PNG", FileType("png", "a PNG picture", _SAVE_AGAIN)),
    (b"GIF8", FileType("gif", "a GIF picture", _SAVE_AGAIN)),
    (b"BM", FileType("bmp", "a BMP picture", _SAVE_AGAIN)),
    (b"II*\0", FileType("tiff", "a TIFF picture", _SAVE_AGAIN)),
    (b"MM\0*", FileType("tiff", "a TIFF picture", _SAVE_AGAIN)),
    (b"\0\0\0\x0cjP  \r\n\x87\n", FileType("jpeg2000", "a JPEG 2000 picture", _SAVE_AGAIN)),
    (b"\xff\x4f\xff\x51", FileType("jpeg2000", "a JPEG 2000 picture", _SAVE_AGAIN)),
    (b"II+\0", FileType("bigtiff", "a BigTIFF picture", _AS_JPEG)),
    (b"MM\0+", FileType("bigtiff", "a BigTIFF picture", _AS_JPEG)),
    (b"\0\0\0\x0cJXL \r\n\x87\n", FileType("jpegxl", "a JPEG XL picture", _AS_JPEG)),
    (b"\xff\x0a", FileType("jpegxl", "a JPEG XL picture", _AS_JPEG)),
    (b"8BPS", FileType("psd", "a Photoshop picture", _AS_JPEG)),
    (b"AT&TFORM", FileType("djvu", "a DjVu document", _AS_PDF)),
    (b"\x97JB2\r\n\x1a\n", FileType("jbig2", "a JBIG2 picture", _AS_JPEG)),
    (b"\0\0\1\0", FileType("ico", "an icon", _AS_JPEG)),
    (b"\xd7\xcd\xc6\x9a", FileType("wmf", "a Windows metafile", _AS_JPEG)),
    (b"%!PS", FileType("postscript", "a PostScript or EPS file", _AS_PDF)),
    (b"\xc5\xd0\xd3\xc6", FileType("postscript", "a PostScript or EPS file", _AS_PDF)),
    (b"{\\rtf", FileType("rtf", "a document in rich text format (RTF)", _AS_PDF)),
    (b"\x1f\x8b", FileType("gzip", "a gzip archive", _UNPACK)),
    (b"BZh", FileType("bzip2", "a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\0", FileType("xz", "an xz archive", _UNPACK)),
    (b"(\xb5/\xfd", FileType("zstd", "a Zstandard archive", _UNPACK)),
    (b"7z\xbc\xaf'\x1c", FileType("7z", "a 7-Zip archive", _UNPACK)),
    (b"Rar!\x1a\x07", FileType("rar", "a RAR archive", _UNPACK)),
    (b"ID3", FileType("audio", "a sound file", _NOT_A_DOCUMENT)),
    (b"OggS", FileType("audio", "a sound or video file", _NOT_A_DOCUMENT)),
    (b"\x1aE\xdf\xa3", FileType("video", "a video", _NOT_A_DOCUMENT)),
    (b"\x7fELF", FileType("program", "a program", _NOT_A_DOCUMENT)),
    (b"MZ", FileType("program", "a Windows program", _NOT_A_DOCUMENT)),
    (b"SQLite format 3\0", FileType("sqlite", "a SQLite database", _NOT_A_DOCUMENT)),
    (b"\x78\x9f\x3e\x22", FileType("tnef", "an Outlook attachment (winmail.dat)", _UNPACK)),
)
_WEAK_BYTES = 3
"""A signature of this length or less may begin a text; a text has no zero bytes."""
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: tuple[tuple[str, FileType], ...] = (
    (
        "EncryptedPackage",
        FileType("locked-office", "an Office document that is locked by a password", "Remove the password."),
    ),
    ("__substg1.0_", FileType("msg", "an Outlook message (.msg)", "Print it as PDF, or send its attachments.")),
    ("WordDocument", FileType("doc", "a Word document (.doc)", _AS_PDF)),
    ("Workbook", FileType("xls", "an Excel workbook (.xls)", _AS_PDF)),
    ("PowerPoint Document", FileType("ppt", "a PowerPoint presentation (.ppt)", _AS_PDF)),
)
"""Names of streams in an OLE compound file ([MS-CFB], section 2.6.1: UTF-16, little endian)."""
_OLE = FileType("ole", "an older Office document", _AS_PDF)
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_ENTRIES: tuple[tuple[bytes, FileType], ...] = (
    (b"word/", FileType("docx", "a Word document (.docx)", _AS_PDF)),
    (b"xl/", FileType("xlsx", "an Excel workbook (.xlsx)", _AS_PDF)),
    (b"ppt/", FileType("pptx", "a PowerPoint presentation (.pptx)", _AS_PDF)),
    (b"Documents/1/", FileType("xps", "an XPS document", _AS_PDF)),
    (b"FixedDocSeq", FileType("xps", "an XPS document", _AS_PDF)),
)
"""Names of entries in an Open Packaging Conventions file, which also has `[Content_Types].xml`."""
_OPENDOCUMENT_SIGNATURE = b"mimetypeapplication/vnd.oasis.opendocument."
_OPENDOCUMENT = {
    b"text": FileType("odt", "an OpenDocument text (.odt)", _AS_PDF),
    b"spreadsheet": FileType("ods", "an OpenDocument spreadsheet (.ods)", _AS_PDF),
    b"presentation": FileType("odp", "an OpenDocument presentation (.odp)", _AS_PDF),
}
_OTHER_OPENDOCUMENT = FileType("opendocument", "an OpenDocument file", _AS_PDF)
_EPUB = FileType("epub", "an e-book (EPUB)", _AS_PDF)
_IWORK = FileType("iwork", "an Apple Pages, Numbers or Keynote document", _AS_PDF)
_ZIP = FileType("zip", "a ZIP archive", _UNPACK)
_TAR = FileType("tar", "a tar archive", _UNPACK)
_TAR_MAGIC = slice(257, 262)
"""Bytes that hold "ustar" in a tar archive (POSIX.1, pax interchange format)."""

_HEVC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_PICTURE_BRANDS = frozenset((b"mif1", b"mif2", b"msf1", b"miaf"))
_HEIC = FileType("heic", "a HEIC picture", _AS_JPEG)
_AVIF = FileType("avif", "an AVIF picture", _AS_JPEG)
_RAW_PICTURE = FileType("raw", "a camera's raw picture", _AS_JPEG)
_VIDEO = FileType("video", "a video", _NOT_A_DOCUMENT)

_PDF = FileType("pdf", "a PDF", _SAVE_AGAIN)
_WEBP = FileType("webp", "a WebP picture", _SAVE_AGAIN)
_ZEROS = FileType("zeros", "a file of nothing but zero bytes", "Its content was lost: send the original file.")
_SIGNED = FileType("p7m", "a signed file (PKCS #7, such as .p7m)", "Take the document out of it, and send that.")
_SIGNED_DATA_OID = bytes.fromhex("06092a864886f70d010702")
"""The DER encoding of the object identifier `id-signedData` (RFC 5652, section 5.1)."""
_SVG = FileType("svg", "an SVG drawing", _AS_JPEG)
_HTML = FileType("html", "a web page (HTML)", _AS_PDF)
_XML_INVOICE = FileType("xml-invoice", "an XML invoice", _ITS_DATA)
_XML = FileType("xml", "an XML file", _ITS_DATA)
_JSON = FileType("json", "JSON", "Its values are data already and need no reading.")
_BASE64 = FileType("base64", "base64 text", "Send the bytes that it encodes.")
_EMAIL = FileType("eml", "an e-mail", "Print it as PDF, or send its attachments.")
_TEXT = FileType("text", "plain text", _PRINT)

_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)([^>]*)")
_INVOICE_ROOTS = frozenset(
    ("crossindustryinvoice", "crossindustrydocument", "fatturaelettronica", "facturae", "comprobante")
)
"""First elements of CII, ZUGFeRD 1, FatturaPA, Facturae and CFDI."""
_UBL_ROOTS = frozenset(("invoice", "creditnote"))
"""First elements of UBL; other formats of invoices use the same names."""
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|div)\b", re.IGNORECASE | re.DOTALL
)
_HEADER_LINE = re.compile(r"^[!-9;-~]+:[ \t]")
_MAIL_HEADERS = frozenset(
    ("from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version", "delivered-to")
)
_MIN_MAIL_HEADERS = 2
_BASE64_LINE = re.compile(r"[A-Za-z0-9+/=\s]{200,}\Z")
_MAX_CONTROL_SHARE = 0.01
"""Control characters in a text: a page break now and then, while other files have one in eight bytes."""
_MAX_UNDECODED_SHARE = 0.3
"""Characters of a text that are not UTF-8: the letters with accents of a text in an older encoding are fewer."""


def file_type(data: bytes) -> FileType | None:
    """Return the format of a file, whether or not it can be read; None if it is not known.

    Examples: `file_type(b"%PDF-1.7 ...").key` is `"pdf"`; that of an iPhone's photograph is `"heic"`.
    """
    if office := _office(data):  # first, since a PDF attached to a message may be near its beginning
        return office
    if SIGNATURE in data[:SIGNATURE_WITHIN_BYTES]:
        return _PDF
    for signature, kind in _BY_SIGNATURE:
        if data.startswith(signature) and (len(signature) > _WEAK_BYTES or b"\0" in data[:HEAD_BYTES]):
            return kind
    return _riff(data) or _iso_media(data) or _zip(data) or _other_binary(data) or _text(data)


def is_pdf(data: bytes) -> bool:
    """Return whether a file is a PDF, perhaps with junk before its header."""
    return file_type(data) is _PDF


def unread_format(data: bytes) -> str:
    """Return the error message for a file that is not read; it names the format if known."""
    kind = file_type(data)
    if kind is None:
        return f"the file format is not known: expected {READ}, got other bytes. Convert the file."
    return f"this is {kind.name}, which is not read: expected {READ}. {kind.advice}"


def _riff(data: bytes) -> FileType | None:
    if data[:4] != b"RIFF":
        return None
    return _WEBP if data[8:12] == b"WEBP" else FileType("riff", "a sound or video file", _NOT_A_DOCUMENT)


def _iso_media(data: bytes) -> FileType | None:
    """Return the format of an ISO base media file by its brands."""
    if data[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(data[:4], "big"), HEAD_BYTES)
    brands = {data[start : start + 4] for start in (8, *range(16, max(end, 16), 4))}
    if brands & _AVIF_BRANDS and not brands & _HEVC_BRANDS:
        return _AVIF
    if brands & (_HEVC_BRANDS | _PICTURE_BRANDS):
        return _HEIC
    return _RAW_PICTURE if b"crx " in brands else _VIDEO


def _office(data: bytes) -> FileType | None:
    """Return the format of an OLE compound file by the names of its streams."""
    if not data.startswith(_OLE_SIGNATURE):
        return None
    return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in data), _OLE)


def _zip(data: bytes) -> FileType | None:
    """Return the format of a ZIP package by its entries."""
    if not data.startswith(_ZIP_SIGNATURES):
        return None
    head = data[:HEAD_BYTES]
    start = head.find(_OPENDOCUMENT_SIGNATURE)
    if start >= 0:
        rest = head[start + len(_OPENDOCUMENT_SIGNATURE) :]
        return next((kind for name, kind in _OPENDOCUMENT.items() if rest.startswith(name)), _OTHER_OPENDOCUMENT)
    if b"mimetypeapplication/epub" in head:
        return _EPUB
    if b"[Content_Types].xml" in data:
        return next((kind for name, kind in _ZIP_ENTRIES if name in data), _ZIP)
    return _IWORK if b"Index/Document.iwa" in data else _ZIP


def _other_binary(data: bytes) -> FileType | None:
    if data and not data.strip(b"\0"):
        return _ZEROS
    if data[_TAR_MAGIC] == b"ustar":
        return _TAR
    return _SIGNED if data[:1] == b"\x30" and _SIGNED_DATA_OID in data[:64] else None


def _text(data: bytes) -> FileType | None:
    """Return the format of a text file; None if the bytes are not text."""
    text = _decoded(data[:HEAD_BYTES])
    if text is None or not text.strip():
        return None
    start = text.lstrip()
    if _HTML_START.match(start):
        return _HTML
    if start.startswith("<"):
        return _markup(start)
    if start.startswith(("{", "[")):
        return _JSON
    if _is_mail(start):
        return _EMAIL
    return _BASE64 if _BASE64_LINE.match(start) and " " not in start.strip() else _TEXT


def _decoded(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", errors="ignore")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
        if text.count("\ufffd") > len(text) * _MAX_UNDECODED_SHARE:
            return None
    controls = sum(character < " " and character not in "\t\n\r\f" for character in text)
    return text if controls <= len(text) * _MAX_CONTROL_SHARE else None


def _markup(text: str) -> FileType:
    root = _XML_ROOT.search(text)
    name, attributes = (root[1].lower(), root[2].lower()) if root else ("", "")
    if name == "svg":
        return _SVG
    if name == "html":
        return _HTML
    is_invoice = name in _INVOICE_ROOTS or (name in _UBL_ROOTS and "xmlns" in attributes)
    return _XML_INVOICE if is_invoice else _XML


def _is_mail(text: str) -> bool:
    headers: set[str] = set()
    for line in text.splitlines():
        if line.startswith((" ", "\t")):
            continue  # a folded header
        if not _HEADER_LINE.match(line):
            break
        headers.add(line.partition(":")[0].lower())
    return len(headers & _MAIL_HEADERS) >= _MIN_MAIL_HEADERS
