"""Open office files: LibreOffice, where it is installed, turns them into PDFs.

It runs as a child of the decoding process, so the limits of that process hold for it: when the document's time is over
both are stopped, and neither may take more memory. It starts with a profile of its own, in which macros, embedded
objects and links to other files are switched off, and without a network where the kernel lets it (see `unshare(1)`).
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from documents.decode import compound_file
from documents.decode.file_types import file_type
from documents.errors import DamagedDocument, EncryptedDocument, TooLarge, UnsupportedFormat

MAX_UNPACKED_BYTES = 500_000_000
"""Size of a zipped office file's contents: 50 times the largest file that is accepted, which XML can reach; a bomb
has thousands of times."""
MAX_ZIP_ENTRIES = 10_000
"""Files within one office file; a presentation of 500 slides has some 3,000."""
RTF_SIGNATURE = b"{\\rtf"
ZIP_SIGNATURE = b"PK\x03\x04"
NAMESPACE_SECONDS = 5.0
"""Time for trying whether programs may be started without a network."""
_NO_NETWORK = ("unshare", "--user", "--map-root-user", "--net", "--")
"""Starts a program in a network namespace without interfaces; needs a kernel that gives users namespaces."""
_NOWHERE = ("127.0.0.1", 9)
"""Address of the proxy that LibreOffice is told to use: the discard port, where nothing answers."""


class OfficeFormat(NamedTuple):
    """A format that LibreOffice opens."""

    suffix: str
    """The ending by which LibreOffice chooses its filter."""
    title: str
    """Its name in error messages."""


WORD, EXCEL, POWERPOINT = "Word document", "Excel workbook", "PowerPoint presentation"
_BY_FOLDER = {
    "word/": OfficeFormat(".docx", WORD),
    "xl/": OfficeFormat(".xlsx", EXCEL),
    "ppt/": OfficeFormat(".pptx", POWERPOINT),
}
"""Formats by the folder of their parts (ECMA-376, part 2)."""
_BY_MEDIA_TYPE = {
    "text": OfficeFormat(".odt", "text document (ODT)"),
    "spreadsheet": OfficeFormat(".ods", "spreadsheet (ODS)"),
    "presentation": OfficeFormat(".odp", "presentation (ODP)"),
}
"""Formats by the end of their media type (OpenDocument 1.3, part 2, section 3.3)."""
_BY_STREAM = {
    "WordDocument": OfficeFormat(".doc", WORD),
    "Workbook": OfficeFormat(".xls", EXCEL),
    "Book": OfficeFormat(".xls", EXCEL),
    "PowerPoint Document": OfficeFormat(".ppt", POWERPOINT),
}
"""Formats before 2007 by the stream that holds them ([MS-DOC], [MS-XLS], [MS-PPT])."""
_FORMATS = (*_BY_FOLDER.values(), *_BY_MEDIA_TYPE.values(), *_BY_STREAM.values())
_ENCRYPTED_STREAM = "EncryptedPackage"
"""Stream of an encrypted file since 2007 ([MS-OFFCRYPTO], section 2.3.4.4)."""
_RTF = OfficeFormat(".rtf", "text document (RTF)")
_ENCRYPTED = OfficeFormat("", "Office file")

_SETTINGS = (
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),  # only trusted places; none is
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableOLEAutomation", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Writer/Content/Update", "Link", "2"),  # never
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),  # never
    ("org.openoffice.Office.Common/Java", "Enable", "false"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),  # the proxy below, for everything
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", _NOWHERE[0]),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", str(_NOWHERE[1])),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", _NOWHERE[0]),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", str(_NOWHERE[1])),
    ("org.openoffice.Inet/Settings", "ooInetNoProxy", ""),
)
"""Settings of LibreOffice: node, property, value (its registry schema, officecfg/registry/schema)."""


def office_format(data: bytes) -> OfficeFormat | None:
    """Return the format of an office file; None for other files."""
    if data.startswith(RTF_SIGNATURE):
        return _RTF
    if data.startswith(ZIP_SIGNATURE):
        return _zipped_format(data)
    if data.startswith(compound_file.SIGNATURE):
        names = compound_file.top_names(data)
        if names is None:
            return _named_format(data)
        if _ENCRYPTED_STREAM in names:
            return _ENCRYPTED
        return next((found for stream, found in _BY_STREAM.items() if stream in names), None)
    return None


def is_installed() -> bool:
    """Return whether LibreOffice can be run."""
    return shutil.which("soffice") is not None


def converted(data: bytes, kind: OfficeFormat) -> bytes:
    """Return an office file as a PDF.

    Args:
        data: the file.
        kind: its format, as `office_format` returned it.

    Raises:
        EncryptedDocument: if it needs a password.
        UnsupportedFormat: if LibreOffice is not installed.
        TooLarge: if its contents are far larger than the file.
        DamagedDocument: if LibreOffice cannot open it.
    """
    if kind is _ENCRYPTED:
        raise EncryptedDocument(f"the {kind.title} is protected by a password. Send it without one.")
    if not is_installed():
        raise UnsupportedFormat(
            f"this is a {kind.title}, which this server cannot open: expected an image or a PDF. Save it as a PDF and"
            " send that, or ask the operator to install LibreOffice on the server."
        )
    if data.startswith(ZIP_SIGNATURE):
        _require_unpacked_size(data)
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    try:
        source, made = folder / f"document{kind.suffix}", folder / "document.pdf"
        source.write_bytes(data)
        _write_settings(folder / "profile")
        _run(folder, source)
        if not made.exists():
            raise DamagedDocument(
                f"the {kind.title} is damaged or protected by a password: LibreOffice cannot open it. Save it again,"
                " or send a PDF."
            )
        return made.read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _named_format(data: bytes) -> OfficeFormat | None:
    """Return the format of a damaged file by the names within it; None for other files."""
    kind = file_type(data)
    return next((found for found in _FORMATS if kind is not None and found.suffix == f".{kind.key}"), None)


def _zipped_format(data: bytes) -> OfficeFormat | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:  # a media type is shorter
                kind = archive.read("mimetype").decode("ascii", "replace").strip()
                prefix, _, last = kind.rpartition(".")
                return _BY_MEDIA_TYPE.get(last) if prefix == "application/vnd.oasis.opendocument" else None
    except Exception:  # zlib and struct raise errors of their own, which share no base class
        return _named_format(data)
    if "[Content_Types].xml" not in names:
        return None
    return next((found for folder, found in _BY_FOLDER.items() if any(name.startswith(folder) for name in names)), None)


def _require_unpacked_size(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DamagedDocument("the office file is damaged: its parts cannot be listed. Save it again.") from error
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ZIP_ENTRIES or size > MAX_UNPACKED_BYTES:
        raise TooLarge(
            f"the office file is too large when unpacked: expected at most {MAX_ZIP_ENTRIES:,} parts and"
            f" {MAX_UNPACKED_BYTES:,} bytes, got {len(entries):,} parts and {size:,} bytes. Send it as a PDF."
        )


def _write_settings(profile: Path) -> None:
    items = "\n".join(
        f'<item oor:path="/{node}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for node, name, value in _SETTINGS
    )
    user = profile / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry">\n'
        f"{items}\n</oor:items>\n",
        encoding="utf-8",
    )


def _run(folder: Path, source: Path) -> None:
    """Run LibreOffice; what it prints is not used, since it may repeat the document."""
    command = [
        *(_NO_NETWORK if has_network_namespaces() else ()),
        "soffice",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nolockcheck",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(source),
    ]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder)}
    environment |= {"LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}  # draws without a display
    # no timeout of its own and no new session: the sandbox stops the whole group of processes at the deadline
    subprocess.run(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


@functools.cache
def has_network_namespaces() -> bool:
    """Return whether LibreOffice can be started without a network on this machine."""
    try:
        tried = subprocess.run(
            [*_NO_NETWORK, "true"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=NAMESPACE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0
