"""Bytes -> pages of lines, words and symbols.

The OCR engine is not imported here but chosen by whoever assembles a reader: `documents.ocr.paddle`.
"""

from documents.errors import (
    DamagedDocument,
    EncryptedDocument,
    NoSuchPage,
    TookTooLong,
    TooLarge,
    UnreadableDocument,
    UnsupportedFormat,
)
from documents.limits import Limits
from documents.ocr.engine import OcrEngine
from documents.reader import DocumentReader, PageReader

__all__ = [
    "DamagedDocument",
    "DocumentReader",
    "EncryptedDocument",
    "Limits",
    "NoSuchPage",
    "OcrEngine",
    "PageReader",
    "TooLarge",
    "TookTooLong",
    "UnreadableDocument",
    "UnsupportedFormat",
]
