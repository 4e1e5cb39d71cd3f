"""Reasons why a document could not be read.

Messages say what was expected and what was received, and never repeat the document's content.
"""

from __future__ import annotations


class UnreadableDocument(Exception):
    """Base class of every error that `documents` raises about a caller's file."""


class UnsupportedFormat(UnreadableDocument):
    """The file is in no format that is read; the message names its format where it is known."""


class DamagedDocument(UnreadableDocument):
    """The file has a known format but is truncated or inconsistent."""


class EncryptedDocument(UnreadableDocument):
    """The file opens only with a password, and none or another one was given."""


class TooLarge(UnreadableDocument):
    """The file has more pixels, pages or characters than the limits allow."""


class NoSuchPage(UnreadableDocument):
    """The page selection is malformed or names a page that the document does not have."""
