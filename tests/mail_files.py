"""E-mails and office files made on the spot, also those that no program would write."""

from __future__ import annotations

import io
import struct
import zipfile
from email.message import EmailMessage
from typing import Any

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, SMALL_SECTOR, SMALL = 512, 64, 4096
"""Sizes in [MS-CFB]; streams below the last are kept in small sectors."""

Folder = dict[str, Any]
"""Streams (bytes) and folders of a compound file by their names."""


def message(text: str | None = "Invoice number 4711", html: str | None = None, **headers: str) -> EmailMessage:
    """An e-mail with the header lines of every mail program."""
    made = EmailMessage()
    lines = {"From": "a@example.com", "To": "b@example.com", "Date": "Wed, 30 Apr 2025 12:00:00 +0000"}
    for name, value in (lines | {"Subject": "Invoice"} | headers).items():
        made[name] = value
    if text is not None:
        made.set_content(text)
    if html is not None and text is None:
        made.set_content(html, subtype="html")
    elif html is not None:
        made.add_alternative(html, subtype="html")
    return made


def eml(text: str = "Invoice number 4711", *attached: tuple[str, str, bytes]) -> bytes:
    """An e-mail with attachments, each a file name, a media type and the content."""
    made = message(text)
    for name, kind, content in attached:
        main, sub = kind.split("/")
        made.add_attachment(content, main, sub, filename=name)
    return made.as_bytes()


def compound_file(root: Folder) -> bytes:
    """A compound file with these streams and folders, written as [MS-CFB] says."""
    entries: list[tuple[str, int, bytes, int, int]] = []
    """Name, type, content, sibling to the right, first child."""

    def add(name: str, content: Any, kind: int) -> int:
        number = len(entries)
        entries.append(("", 0, b"", 0, 0))
        child = FREE
        if isinstance(content, dict):
            for inner, value in reversed(list(content.items())):
                child_number = add(inner, value, 1 if isinstance(value, dict) else 2)
                name_, kind_, data, _, first = entries[child_number]
                entries[child_number] = (name_, kind_, data, child, first)
                child = child_number
        entries[number] = (name, kind, content if isinstance(content, bytes) else b"", FREE, child)
        return number

    add("Root Entry", root, 5)
    sectors: list[bytes] = []
    table: list[int] = []
    small, small_table = b"", list[int]()

    def chain(data: bytes, size: int, into: list[int], begin: int) -> int:
        count = -(-len(data) // size)
        into += [*range(begin + 1, begin + count), END] if count else []
        return begin if count else END

    def store(data: bytes) -> int:
        start = chain(data, SECTOR, table, len(table))
        sectors.extend(data[i : i + SECTOR].ljust(SECTOR, b"\0") for i in range(0, len(data), SECTOR))
        return start

    starts = []
    for _, kind, data, _, _ in entries:
        if kind == 2 and len(data) < SMALL:
            starts.append(chain(data, SMALL_SECTOR, small_table, len(small_table)))
            small += data.ljust(-(-len(data) // SMALL_SECTOR) * SMALL_SECTOR, b"\0")
        else:
            starts.append(store(data))
    starts[0] = store(small)
    small_start = store(struct.pack(f"<{len(small_table)}I", *small_table).ljust(SECTOR, b"\xff"))
    directory = b""
    for (name, kind, data, right, child), start in zip(entries, starts, strict=True):
        encoded = (name + "\0").encode("utf-16-le")
        size = len(small) if kind == 5 else len(data)
        directory += encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, right, child)
        directory += bytes(36) + struct.pack("<IQ", start if kind != 1 else 0, size)
    directory_start = store(directory)
    tables = 1
    while (len(table) + tables) * 4 > tables * SECTOR:
        tables += 1
    first_table = len(table)
    table += [FAT] * tables
    packed = struct.pack(f"<{len(table)}I", *table).ljust(tables * SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6x9I",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        tables,
        directory_start,
        0,
        SMALL,
        *((small_start, -(-len(small_table) * 4 // SECTOR)) if small_table else (END, 0)),
        END,
        0,
    )
    header += struct.pack("<109I", *range(first_table, first_table + tables), *[FREE] * (109 - tables))
    return header + b"".join(sectors) + packed


TEXT, BINARY, INTEGER, BOOLEAN = 0x001F, 0x0102, 0x0003, 0x000B
"""Types of properties ([MS-OXCDATA], section 2.11.1)."""


def properties(header: int, values: dict[int, str | bytes | int | bool], **folders: Folder) -> Folder:
    """A message, recipient or attachment: its properties in streams ([MS-OXMSG], section 2.4)."""
    made: Folder = {}
    listed = bytes(header)
    for number, value in values.items():
        if isinstance(value, bool):
            listed += struct.pack("<HHIQ", BOOLEAN, number, 6, value)
        elif isinstance(value, int):
            listed += struct.pack("<HHIQ", INTEGER, number, 6, value)
        else:
            kind, data = (TEXT, value.encode("utf-16-le")) if isinstance(value, str) else (BINARY, value)
            made[f"__substg1.0_{number:04X}{kind:04X}"] = data
            listed += struct.pack("<HHIII", kind, number, 6, len(data), 0)
    return made | folders | {"__properties_version1.0": listed}


def outlook_attachment(name: str, content: bytes, content_id: str | None = None, hidden: bool = False) -> Folder:
    """An attached file."""
    values: dict[int, str | bytes | int | bool] = {0x3705: 1, 0x3707: name, 0x3701: content, 0x7FFE: hidden}
    return properties(8, values | ({0x3712: content_id} if content_id else {}))


def outlook_folder(header: int, text: str, html: bytes | None, *attached: Folder) -> Folder:
    """A message as a folder; attached messages have a header of 24 bytes, others of 32."""
    values: dict[int, str | bytes | int | bool] = {0x001A: "IPM.Note", 0x0037: "Invoice", 0x1000: text}
    values |= {0x1013: html, 0x3FDE: 65001} if html else {}
    folders = {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attached)}
    return properties(header, values, **folders)


def msg(text: str = "Invoice number 4711", *attached: Folder, html: bytes | None = None) -> bytes:
    """A message of Outlook."""
    return compound_file(outlook_folder(32, text, html, *attached) | {"__nameid_version1.0": {"x": b"y"}})


def attached_outlook_message(name: str, text: str, *attached: Folder) -> Folder:
    """A message attached to another one."""
    made = properties(8, {0x3705: 5, 0x3001: name})
    return made | {"__substg1.0_3701000D": outlook_folder(24, text, None, *attached)}


def zipped(**files: str | bytes) -> bytes:
    """A zip archive; `__` in a name is a slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "/")), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def docx(text: str = "Invoice number 4711") -> bytes:
    """A Word document of one paragraph."""
    return _ooxml("word/document.xml", "wordprocessingml.document.main", _WORD.format(text))


_WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{}'
    "</w:t></w:r></w:p></w:body></w:document>"
)


def _ooxml(part: str, kind: str, content: str) -> bytes:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/'
        f'{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        f' Target="{part}"/></Relationships>'
    )
    files: dict[str, str | bytes] = {"[Content_Types].xml": types, "_rels__.rels": relations}
    return zipped(**files, **{part.replace("/", "__"): content})


def odt(text: str = "Invoice number 4711", picture: str = "") -> bytes:
    """An OpenDocument text of one paragraph, with a picture at a URL if that is given."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{rest}"'
        for name, rest in {
            "office": "office:1.0",
            "text": "text:1.0",
            "draw": "drawing:1.0",
            "svg": "svg-compatible:1.0",
        }.items()
    )
    shown = (
        f'<draw:frame svg:width="2cm" svg:height="2cm"><draw:image xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' xlink:type="simple" xlink:href="{picture}"/></draw:frame>'
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry'
        ' manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry'
        ' manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return zipped(
        mimetype="application/vnd.oasis.opendocument.text",
        **{
            "META-INF__manifest.xml": manifest,
            "content.xml": f"<office:document-content {names}><office:body><office:text><text:p>{text}"
            f"{shown if picture else ''}</text:p></office:text></office:body></office:document-content>",
        },
    )


def rtf(text: str = "Invoice number 4711") -> bytes:
    """A text document in RTF."""
    return b"{\\rtf1\\ansi " + text.encode() + b"\\par}"
