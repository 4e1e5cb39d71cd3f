"""Look into OLE compound files: messages of Outlook, and office files before 2007."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO

import olefile

from documents.errors import DamagedDocument, TooLarge

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of a compound file ([MS-CFB], section 2.2)."""
MAX_ENTRIES = 10_000
"""Streams and folders of one file: a message to 500 people with 50 attachments has some 6,000."""
_PARSER_FAILURES = (OSError, ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError)
"""Exceptions of the parser on a broken file; its own are subclasses of OSError."""


@contextmanager
def opened(data: bytes) -> Iterator[olefile.OleFileIO]:
    """Open a compound file for the duration of the block.

    Raises:
        DamagedDocument: if its structure cannot be parsed, there or within the block.
    """
    try:
        with closing(olefile.OleFileIO(BytesIO(data))) as file:
            yield file
    except _PARSER_FAILURES as error:
        raise DamagedDocument("the file is damaged: its structure cannot be parsed. Save it again.") from error


def content_bytes(file: olefile.OleFileIO) -> int:
    """Return the size of all streams of an open file together.

    Streams that share their sectors count more than once, so the sum may be far more than the file has.

    Raises:
        TooLarge: if there are more entries than anyone needs.
    """
    entries = [entry for entry in file.direntries if entry is not None]
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(
            f"the file has too many parts: expected at most {MAX_ENTRIES:,} streams, got {len(entries):,}. Split it."
        )
    return sum(entry.size for entry in entries if entry.entry_type == olefile.STGTY_STREAM)


def top_names(data: bytes) -> set[str] | None:
    """Return the names in the root folder; None if the file cannot be parsed."""
    try:
        with opened(data) as file:
            return {entry.name for entry in file.root.kids}
    except DamagedDocument:
        return None
