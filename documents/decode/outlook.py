"""Read Outlook's messages (.msg): properties in the streams of a compound file ([MS-OXMSG]).

Of a body only plain text and HTML are read: a message that has neither has them within compressed RTF, next to which
Outlook also writes the plain text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oxmsg.domain import constants
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from documents.decode import compound_file
from documents.decode.file_types import file_type
from documents.errors import DamagedDocument, TooLarge

_PROPERTIES_STREAM = "__properties_version1.0"
"""Stream that every message has ([MS-OXMSG], section 2.4)."""
_OTHER_STREAMS = ("__nameid_version1.0", "__substg1.0_")
"""A message has one of these too; section 2.2.3 and 2.1.3."""
_EMBEDDED = "__substg1.0_3701000D"
"""Folder of an attached message, property PidTagAttachDataObject (section 2.2.2.1)."""
_TOP_HEADER_BYTES, _EMBEDDED_HEADER_BYTES, _ATTACHMENT_HEADER_BYTES = 32, 24, 8
"""Bytes before the properties in their stream (section 2.4.1)."""
MAX_EMBEDDED_DEPTH = 20
"""Messages within messages that are parsed at all."""


@dataclass(frozen=True)
class OutlookAttachment:
    """A file or a message attached to a message."""

    name: str | None
    content: bytes
    media_type: str | None
    content_id: str | None
    is_hidden: bool
    """True if Outlook does not list it: it is shown within the text."""
    message: OutlookMessage | None
    """The attached message; None for a file."""


@dataclass(frozen=True)
class OutlookMessage:
    """The text and attachments of a message."""

    text: str | None
    html: str | None
    attachments: tuple[OutlookAttachment, ...]


def is_outlook_message(data: bytes) -> bool:
    """Return whether the bytes are a message of Outlook."""
    if not data.startswith(compound_file.SIGNATURE):
        return False
    names = compound_file.top_names(data)
    if names is None:  # a damaged message is to be called one
        kind = file_type(data)
        return kind is not None and kind.key == "msg"
    return _PROPERTIES_STREAM in names and any(name.startswith(_OTHER_STREAMS) for name in names)


def outlook_message(data: bytes, max_bytes: int) -> OutlookMessage:
    """Parse a message.

    Args:
        data: the file.
        max_bytes: size of its streams together, which is more than the file's if they share sectors.

    Raises:
        DamagedDocument: if it cannot be parsed.
        TooLarge: if its streams are larger.
    """
    with compound_file.opened(data) as file:
        if (size := compound_file.content_bytes(file)) > max_bytes:
            raise TooLarge(
                f"the e-mail is too large: expected at most {max_bytes:,} bytes of contents, got {size:,}."
                " Send its attachments in several e-mails."
            )
        return _message(Storage.from_ole(file), _TOP_HEADER_BYTES, 0)


def _message(storage: Storage, header_bytes: int, depth: int) -> OutlookMessage:
    if depth > MAX_EMBEDDED_DEPTH:
        raise DamagedDocument(
            f"the e-mail is nested too deeply: expected at most {MAX_EMBEDDED_DEPTH} levels, got more. Forward its"
            " attachments in a new e-mail."
        )
    properties = Properties(storage, header_bytes)
    attachments = tuple(_attachment(one, depth) for one in storage.iter_attachment_storages())
    return OutlookMessage(_text(properties, constants.PID_BODY), _html(properties), attachments)


def _attachment(storage: Storage, depth: int) -> OutlookAttachment:
    properties = Properties(storage, _ATTACHMENT_HEADER_BYTES)
    embedded = next((one for one in storage.storages if one.name == _EMBEDDED), None)
    name = _text(properties, constants.PID_ATTACH_LONG_FILENAME) or _text(properties, constants.PID_ATTACH_FILENAME)
    if embedded is not None and not name:
        name = _text(properties, constants.PID_DISPLAY_NAME)
        name = f"{name}.msg" if name else None
    return OutlookAttachment(
        name=name,
        content=_value(properties.binary_prop_value, constants.PID_ATTACH_DATA_BINARY) or b"",
        media_type=_text(properties, constants.PID_ATTACH_MIME_TAG),
        content_id=_text(properties, constants.PID_ATTACH_CONTENT_ID),
        is_hidden=bool(_value(properties.int_prop_value, constants.PID_ATTACHMENT_HIDDEN)),
        message=_message(embedded, _EMBEDDED_HEADER_BYTES, depth + 1) if embedded is not None else None,
    )


def _text(properties: Properties, property_id: int) -> str | None:
    found = _value(properties.str_prop_value, property_id)
    return found.rstrip("\0") if isinstance(found, str) else None


def _html(properties: Properties) -> str | None:
    """Return the HTML: bytes in the message's own code page, or text in old messages."""
    data = _value(properties.binary_prop_value, constants.PID_HTML)
    if not isinstance(data, bytes):
        return _text(properties, constants.PID_BODY_HTML)
    codepage = _value(properties.int_prop_value, constants.PID_INTERNET_CODEPAGE)
    try:
        return data.decode(encoding_from_codepage(codepage) if codepage else "utf-8")
    except (LookupError, UnicodeError, ValueError):
        return data.decode("cp1252", errors="replace")


def _value(read: Any, property_id: int) -> Any:
    """Return a property; None if it is missing or broken, since the others may be whole."""
    try:
        return read(property_id)
    except (KeyError, LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return None
