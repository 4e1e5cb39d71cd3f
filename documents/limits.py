"""How much of a document is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one document, checked before memory is taken."""

    pages: int = 20
    pixels: int = 100_000_000
    """Of one image: above what phones and scanners make, far below what exhausts memory."""
    characters: int = 50_000
    """Of one PDF page: far above the densest page of small print."""
    seconds: float = 120.0
    """For reading one document; then it is given up."""
    memory: int = 3 * 2**30
    """Bytes of address space for decoding one file."""
    side: int = 4000
    """Longest side in pixels that is kept for OCR; larger images are reduced, their boxes are not affected."""


MAX_SELECTION = 200
"""Characters of a page selection."""
MAX_RANGE = 10_000
"""Pages of one range: what a file says of its number of pages may be anything."""


def select_pages(selection: str | None, count: int) -> list[int]:
    """Page numbers, from 1, in ascending order and without repetition.

    `selection` is a list of numbers and ranges, such as `1-3` or `1,4-`; None means all pages.

    Of a very long range only the first `MAX_RANGE` pages are chosen: more than anyone reads in one call.

    Raises:
        ValueError: the selection is malformed, or names a page beyond `count`.
    """
    if selection is None:
        return list(range(1, min(count, MAX_RANGE) + 1))
    if len(selection) > MAX_SELECTION:
        raise ValueError(f"a page selection has at most {MAX_SELECTION} characters; {len(selection)} came")
    chosen: set[int] = set()
    for part in selection.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (last and not last.isdecimal()):
            raise ValueError(f"'{selection}' is no page selection; expected page numbers and ranges such as '1-3,5'")
        start, end = int(first), int(last) if last else count if dash else int(first)
        if not 1 <= start <= end or end > count:
            raise ValueError(f"pages '{part.strip()}' were asked for, but the document has pages 1 to {count}")
        chosen.update(range(start, min(end, start + MAX_RANGE - 1) + 1))
    return sorted(chosen)
