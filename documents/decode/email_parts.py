"""Take an e-mail apart: its body and its attachments, each a document of its own.

Internet messages (.eml) follow RFC 5322 and MIME (RFC 2045 to 2049); Outlook's (.msg) are read in
`documents.decode.outlook`. Messages attached to a message are taken apart too.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from typing import NamedTuple, cast

from PIL import Image

from documents.decode import images, office
from documents.decode.file_types import file_type, is_pdf
from documents.decode.html_text import html_text, referenced_pictures
from documents.decode.outlook import OutlookMessage, is_outlook_message, outlook_message
from documents.decode.text_pages import encoded_text, is_text
from documents.errors import DamagedDocument, TooLarge, UnreadableDocument, UnsupportedFormat
from documents.limits import ReadingLimits

MAX_NESTED_MESSAGES = 3
"""Messages within messages that are taken apart: a forwarded reply to a forwarded message."""
MAX_MIME_DEPTH = 50
"""Containers within containers in one message; mail programs make five."""
MAX_NAMES_PER_DOCUMENT = 10
"""Parts of any kind in an e-mail for each document that it may have."""
MAX_NAME_CHARACTERS = 120
"""Longer names of attachments are cut before their ending."""
MIN_INLINE_PICTURE_PIXELS = 595 * 842
"""Area of an A4 page at 72 dpi. A picture that is shown within the text and has fewer pixels is a logo, a signature or
an icon: a page that small cannot be read, while a photographed or pasted document has more."""
MIN_PLAIN_SHARE = 0.3
"""Length of a message's plain text, compared with what its HTML shows: with less, the plain text only says that the
message needs a program that shows HTML."""
HEADER_BYTES = 65_536
"""Bytes within which a message's header lines are looked for."""
MIN_HEADER_LINES = 2
"""Header lines of mail that a message has at least."""
_HEADER_LINE = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
_MAIL_HEADERS = frozenset(
    b"from to cc subject date message-id received return-path delivered-to reply-to sender mime-version"
    b" in-reply-to references x-mailer dkim-signature authentication-results".split()
)
_ORIGIN_HEADERS = frozenset(b"from received return-path message-id delivered-to sender".split())
"""Headers of which a message has one: pages of a web server also have dates and subjects."""
_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_SEALED_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_SIGNATURE_TYPES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")

UNKNOWN = "its format is not known"
EMPTY = "it is empty"
INLINE = "it is a small picture within the message's text, such as a logo"
TNEF = "it is Outlook's own container (winmail.dat), which is not read. Ask the sender for the attachments themselves"
SEALED = "it is encrypted, or signed in a way that hides its content. Send it decrypted"
SIGNATURE = "it is a digital signature"
TOO_DEEP = f"it is an e-mail within more than {MAX_NESTED_MESSAGES} others. Submit it by itself"


class EmailPart(NamedTuple):
    """A part of an e-mail: the body or an attachment, or a part of an attached e-mail."""

    name: str
    """A file name, unique within the e-mail; parts of an attached e-mail begin with its name and a slash."""
    content: bytes | None
    """The part as a file that can be read; None if it is left out."""
    reason: str | None
    """Why it is left out; None if it is not."""


class ReceivedEmail(UnsupportedFormat):
    """The file is an e-mail, whose parts are documents of their own."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message
            or "this is an e-mail, which may hold several documents: expected an image or a PDF. Submit it as a job to"
            " POST /ocr/jobs, which reads its text and each of its attachments."
        )


def is_email(data: bytes) -> bool:
    """Return whether the bytes are an e-mail, of either format."""
    return is_outlook_message(data) or _is_internet_message(data)


def email_parts(data: bytes, limits: ReadingLimits) -> list[EmailPart]:
    """Take an e-mail apart.

    Args:
        data: the file, for which `is_email` is true.
        limits: bounds on the number and size of its parts.

    Raises:
        DamagedDocument: if it cannot be parsed.
        TooLarge: if it has too many parts, or they are too large together.
        UnsupportedFormat: if nothing in it can be read.
    """
    collector = _Collector(limits)
    try:
        collector.add_message(data, "", 0)
    except UnreadableDocument:
        raise
    except Exception as error:  # the standard library's parsers raise anything on hostile header lines
        raise DamagedDocument("the e-mail is damaged: its structure cannot be parsed. Save it again.") from error
    if all(part.content is None for part in collector.parts):
        raise UnsupportedFormat(
            "the e-mail has nothing to read: expected a text, or an attachment that is a PDF, an image or an office"
            f" file, got {len(collector.parts)} attachments of other kinds. Send the documents themselves."
        )
    return collector.parts


def _is_internet_message(data: bytes) -> bool:
    found: set[bytes] = set()
    lines = data[:HEADER_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").splitlines()
    if lines and lines[0].startswith((b"From ", b">From ")):  # the separator of a mailbox file
        del lines[0]
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            continue  # the line before goes on
        header = _HEADER_LINE.match(line)
        if header is None:
            break
        found.add(header[1].lower())
    return len(found & _MAIL_HEADERS) >= MIN_HEADER_LINES and not found.isdisjoint(_ORIGIN_HEADERS)


class _Attachment(NamedTuple):
    """A file as a message has it."""

    name: str | None
    content: bytes
    media_type: str
    is_inline: bool
    """True if the message's HTML shows it within its text."""
    charset: str | None = None


class _Collector:
    """Collects the parts of a message and of those within it, up to the limits."""

    def __init__(self, limits: ReadingLimits) -> None:
        self.parts: list[EmailPart] = []
        self._limits = limits
        self._names: set[str] = set()
        self._bytes = 0

    def add_message(self, data: bytes, folder: str, depth: int) -> None:
        if is_outlook_message(data):
            self._add_outlook(outlook_message(data, self._limits.email_bytes), folder, depth)
        else:
            message = BytesParser(policy=policy.default).parsebytes(data.removeprefix(b"\xef\xbb\xbf"))
            self._add_internet_message(message, folder, depth)

    def _add_outlook(self, message: OutlookMessage, folder: str, depth: int) -> None:
        self._add_body(_body_text([message.text or ""], [message.html or ""]), folder)
        shown = referenced_pictures(message.html or "")
        for attached in message.attachments:
            if attached.message is not None:
                name = self._unique(folder, attached.name, "message.msg")
                if depth + 1 > MAX_NESTED_MESSAGES:
                    self._add(EmailPart(name, None, TOO_DEEP))
                else:
                    self._add_outlook(attached.message, f"{name}/", depth + 1)
                continue
            inline = attached.is_hidden or (attached.content_id or "") in shown
            self._add_attachment(
                _Attachment(attached.name, attached.content, attached.media_type or "", inline), folder, depth
            )

    def _add_internet_message(self, message: Message, folder: str, depth: int) -> None:
        plain: list[str] = []
        html: list[str] = []
        attached: list[Message] = []
        for leaf in _leaves(message, 0):
            kind = leaf.get_content_type()
            if kind in ("text/plain", "text/html") and not _is_attached(leaf):
                (plain if kind == "text/plain" else html).append(_text_of(leaf))
            else:
                attached.append(leaf)
        self._add_body(_body_text(plain, html), folder)
        shown = referenced_pictures("\n".join(html))
        for leaf in attached:
            if leaf.get_content_type() == "message/rfc822":
                self._add_nested(leaf, folder, depth)
                continue
            content_id = str(leaf.get("Content-ID", "")).strip().strip("<>")
            payload = leaf.get_payload(decode=True)
            self._add_attachment(
                _Attachment(
                    _name_of(leaf),
                    payload if isinstance(payload, bytes) else b"",
                    leaf.get_content_type(),
                    bool(content_id) and content_id in shown,
                    leaf.get_content_charset(),
                ),
                folder,
                depth,
            )

    def _add_nested(self, leaf: Message, folder: str, depth: int) -> None:
        """Take a message apart that is attached as one (RFC 2046, section 5.2.1)."""
        name = self._unique(folder, _name_of(leaf), "message.eml")
        inner = leaf.get_payload()
        if depth + 1 > MAX_NESTED_MESSAGES:
            self._add(EmailPart(name, None, TOO_DEEP))
        elif isinstance(inner, list) and inner:
            self._add_internet_message(cast(Message, inner[0]), f"{name}/", depth + 1)
        else:
            self._add(EmailPart(name, None, EMPTY))

    def _add_body(self, text: str, folder: str) -> None:
        if text.strip():
            self._add(EmailPart(self._unique(folder, "body.txt", ""), encoded_text(text), None))

    def _add_attachment(self, attached: _Attachment, folder: str, depth: int) -> None:
        content, kind = attached.content, attached.media_type
        if is_email(content) and depth + 1 <= MAX_NESTED_MESSAGES:
            default = "message.msg" if is_outlook_message(content) else "message.eml"
            self.add_message(content, f"{self._unique(folder, attached.name, default)}/", depth + 1)
            return
        name = self._unique(folder, attached.name, f"attachment{_suffix(attached)}")
        reason = _reason_to_leave_out(attached, name)
        if reason is None and kind == "text/plain" and not is_text(content):
            content = encoded_text(_decoded(content, attached.charset))
        self._add(EmailPart(name, None if reason else content, reason))

    def _add(self, part: EmailPart) -> None:
        self.parts.append(part)
        self._bytes += len(part.content or b"")
        if sum(one.content is not None for one in self.parts) > self._limits.email_documents:
            raise self._too_many()
        if self._bytes > self._limits.email_bytes:
            raise TooLarge(
                f"the e-mail is too large: expected at most {self._limits.email_bytes:,} bytes of documents, got more."
                " Send them in several e-mails."
            )

    def _unique(self, folder: str, name: str | None, default: str) -> str:
        """Return a file name that no other part has, without folders and control characters.

        Every part takes a name, also one that is left out and a message that has nothing but attachments.
        """
        if len(self._names) >= MAX_NAMES_PER_DOCUMENT * self._limits.email_documents:
            raise self._too_many()
        clean = file_name(name or "") or default
        stem, dot, suffix = clean.rpartition(".")
        if not stem:
            stem, dot, suffix = clean, "", ""
        found, number = folder + clean, 2
        while found.casefold() in self._names:
            found, number = f"{folder}{stem} ({number}){dot}{suffix}", number + 1
        self._names.add(found.casefold())
        return found

    def _too_many(self) -> TooLarge:
        return TooLarge(
            f"the e-mail has too many attachments: expected at most {self._limits.email_documents} documents, got more."
            " Send them in several e-mails."
        )


def file_name(text: str) -> str:
    """Return a sender's name for a file as a plain file name; empty if nothing of it is left.

    >>> file_name("../../etc/Invoice 7.pdf")
    'Invoice 7.pdf'
    """
    last = re.split(r"[/\\]", text)[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    clean = " ".join(shown.split()).strip(". ")
    if len(clean) <= MAX_NAME_CHARACTERS:
        return clean
    stem, dot, suffix = clean.rpartition(".")
    if not stem or len(suffix) > 10:  # longer than any ending
        return clean[:MAX_NAME_CHARACTERS]
    return stem[: MAX_NAME_CHARACTERS - len(suffix) - 1] + dot + suffix


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    """Yield the parts of a message that hold no others."""
    if depth > MAX_MIME_DEPTH:
        raise TooLarge(
            f"the e-mail is nested too deeply: expected at most {MAX_MIME_DEPTH} levels, got more. Forward its"
            " attachments in a new e-mail."
        )
    if part.get_content_maintype() != "multipart":
        yield part
        return
    inner = part.get_payload()
    for one in inner if isinstance(inner, list) else ():
        yield from _leaves(cast(Message, one), depth + 1)


def _is_attached(leaf: Message) -> bool:
    """Return whether a text is an attachment rather than a part of the body."""
    return leaf.get_content_disposition() == "attachment" or _name_of(leaf) is not None


def _name_of(leaf: Message) -> str | None:
    try:
        return leaf.get_filename()
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):  # a hostile header line
        return None


def _text_of(leaf: Message) -> str:
    payload = leaf.get_payload(decode=True)
    return _decoded(payload, leaf.get_content_charset()) if isinstance(payload, bytes) else ""


def _decoded(data: bytes, charset: str | None) -> str:
    """Decode a text in the encoding it claims, or else in the one that it is in most likely."""
    for encoding in (charset, "utf-8-sig"):
        try:
            return data.decode(encoding or "utf-8-sig")
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")


def _body_text(plain: list[str], html: list[str]) -> str:
    """Return a message's own text.

    It is the plain text, or what the HTML shows if the plain text is a mere hint.
    """
    written = "\n".join(text.strip("\r\n") for text in plain)
    shown = "\n".join(html_text(text) for text in html)
    return written if len(written.split()) > MIN_PLAIN_SHARE * len(shown.split()) else shown


def _reason_to_leave_out(attached: _Attachment, name: str) -> str | None:
    """Return why an attachment is not a document, or None if it is one."""
    content, kind = attached.content, attached.media_type
    if not content:
        return EMPTY
    if kind in _TNEF_TYPES or name.lower().endswith("winmail.dat"):
        return TNEF
    if kind in _SEALED_TYPES:
        return SEALED
    if kind in _SIGNATURE_TYPES:
        return SIGNATURE
    if is_email(content):
        return TOO_DEEP
    if attached.is_inline and (pixels := _pixels(content)) and pixels < MIN_INLINE_PICTURE_PIXELS:
        return INLINE
    if kind == "text/plain" or is_readable(content):
        return None
    found = file_type(content)
    return f"it is {found.name}, which is not read" if found else UNKNOWN


def is_readable(data: bytes) -> bool:
    """Return whether the bytes begin like a document of a format that is read."""
    return is_pdf(data) or is_text(data) or images.is_image(data) or office.office_format(data) is not None


def _pixels(data: bytes) -> int:
    """Return the area of a picture in pixels; 0 if it is not a picture."""
    try:
        with Image.open(io.BytesIO(data), formats=list(images.FORMATS.values())) as image:
            return image.width * image.height
    except Exception:  # Pillow's decoders raise anything on a broken file
        return 0


def _suffix(attached: _Attachment) -> str:
    """Return the ending for a file without a name."""
    if kind := office.office_format(attached.content):
        return kind.suffix
    if is_pdf(attached.content):
        return ".pdf"
    main, _, sub = attached.media_type.partition("/")
    return f".{sub}" if main == "image" and sub.isalnum() else ""
