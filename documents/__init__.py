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
from documents.models import prepare as prepare_models
from documents.ocr import OcrEngine, PaddleOcr
from documents.reader import DocumentReader, PageReader

__all__ = [
    "DamagedDocument",
    "DocumentReader",
    "EncryptedDocument",
    "Limits",
    "NoSuchPage",
    "OcrEngine",
    "PaddleOcr",
    "PageReader",
    "TooLarge",
    "UnreadableDocument",
    "UnsupportedFormat",
    "prepare_models",
]
