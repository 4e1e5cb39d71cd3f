"""Bytes -> pages of lines, words and symbols."""

from documents.errors import (
    DamagedDocument,
    EncryptedDocument,
    NoSuchPage,
    TooLarge,
    UnreadableDocument,
    UnsupportedFormat,
)
from documents.limits import Limits
from documents.ocr import OcrEngine, RapidOcr
from documents.reader import DocumentReader, PageReader

__all__ = [
    "DamagedDocument",
    "DocumentReader",
    "EncryptedDocument",
    "Limits",
    "NoSuchPage",
    "OcrEngine",
    "PageReader",
    "RapidOcr",
    "TooLarge",
    "UnreadableDocument",
    "UnsupportedFormat",
]
