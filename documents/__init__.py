"""Read files: bytes to pages of lines, words and symbols.

`decode` opens files, `ocr` reads pictures, `layout` puts words into reading order, and `reader` joins the three. The
OCR engine is passed to the reader, not imported here: `documents.ocr.paddle` has the one that ships.
"""

from documents.decode.email_parts import EmailPart, ReceivedEmail
from documents.errors import (
    DamagedDocument,
    EncryptedDocument,
    NoSuchPage,
    TooLarge,
    UnreadableDocument,
    UnsupportedFormat,
)
from documents.limits import ReadingLimits
from documents.ocr.ocr_engine import OcrEngine
from documents.reader import DocumentReader, PageReader, TextChecker
from documents.reading_options import ReadingOptions

__all__ = [
    "DamagedDocument",
    "DocumentReader",
    "EmailPart",
    "EncryptedDocument",
    "NoSuchPage",
    "OcrEngine",
    "PageReader",
    "ReadingLimits",
    "ReadingOptions",
    "ReceivedEmail",
    "TextChecker",
    "TooLarge",
    "UnreadableDocument",
    "UnsupportedFormat",
]
