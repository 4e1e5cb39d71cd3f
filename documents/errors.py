"""Why a document could not be read. Messages say what was expected and what came, never what the document says."""

from __future__ import annotations


class UnreadableDocument(Exception):
    """Base of everything that `documents` raises about a caller's file."""


class UnsupportedFormat(UnreadableDocument):
    """Neither a supported image nor a PDF."""


class DamagedDocument(UnreadableDocument):
    """A known format that breaks off or contradicts itself."""


class EncryptedDocument(UnreadableDocument):
    """A PDF that opens only with a password."""


class TooLarge(UnreadableDocument):
    """More pixels or pages than the limits allow."""


class NoSuchPage(UnreadableDocument):
    """The page selection is malformed or names a page that the document does not have."""


class TookTooLong(UnreadableDocument):
    """Reading was given up when its time was over."""
