"""Parse a caller's page selection, such as `1-3,5`."""

from __future__ import annotations

MAX_SELECTION_CHARACTERS = 200
"""Bounds the work of parsing one."""
MAX_RANGE_PAGES = 10_000
"""Pages taken from one range, because a damaged file may claim any number of pages."""


def select_pages(selection: str | None, count: int) -> list[int]:
    """Return the selected page numbers from 1, in ascending order and without repetition.

    >>> select_pages("4,1-2", 5)
    [1, 2, 4]
    >>> select_pages("4-", 5)
    [4, 5]

    Args:
        selection: numbers and ranges, such as `1-3` or `1,4-`; None for all pages. Only the first `MAX_RANGE_PAGES`
            pages of a longer range are taken, which is more than anyone reads in one call.
        count: pages that the document has.

    Raises:
        ValueError: if the selection is malformed or names a page beyond `count`.
    """
    if selection is None:
        return list(range(1, min(count, MAX_RANGE_PAGES) + 1))
    if len(selection) > MAX_SELECTION_CHARACTERS:
        raise ValueError(
            f"the page selection is too long: expected at most {MAX_SELECTION_CHARACTERS} characters,"
            f" got {len(selection)}. Use ranges such as '1-3'."
        )
    chosen: set[int] = set()
    for part in selection.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (last and not last.isdecimal()):
            raise ValueError(
                f"the page selection is malformed: expected page numbers and ranges such as '1-3,5', got '{selection}'."
            )
        start, end = int(first), int(last) if last else count if dash else int(first)
        if not 1 <= start <= end or end > count:
            raise ValueError(
                f"the page selection does not fit the document: expected pages 1 to {count}, got '{part.strip()}'."
            )
        chosen.update(range(start, min(end, start + MAX_RANGE_PAGES - 1) + 1))
    return sorted(chosen)
