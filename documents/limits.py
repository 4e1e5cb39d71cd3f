"""Bound how much of one document is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingLimits:
    """Bounds on one document, checked before memory is taken."""

    pages: int = 20
    """Pages read of one document."""
    advice_on_pages: str = "Send fewer, or select some with 'pages'."
    """Advice to the sender of a document with more pages."""
    pixels: int = 100_000_000
    """Pixels of one image: more than phones and scanners make, far fewer than would exhaust memory."""
    characters: int = 50_000
    """Characters of one PDF page: far more than the densest page of small print has."""
    seconds: float = 120.0
    """Seconds for reading one document; then it is abandoned."""
    seconds_per_page: float = 0.0
    """Seconds for each page of a document whose pages together need more than `seconds`."""
    memory: int = 3 * 2**30
    """Bytes of address space for decoding one file."""
    side: int = 4000
    """Pixels along the longer side that are kept for OCR; larger images are reduced, which does not affect boxes."""
    email_documents: int = 50
    """Documents taken out of one e-mail."""
    email_bytes: int = 100_000_000
    """Bytes of the documents of one e-mail together: ten times the largest file that is accepted by default."""
