"""Families: combinations of a kind of document, an arrangement and a form of its details.

The arrangement is that of the document's head.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from training.synthetic.details import DETAIL_FORMS


class Family(NamedTuple):
    """One way to compose a document."""

    kind: str
    head: str
    form: str


_HEADS = {
    "invoice": (
        "letter",
        "sides",
        "banner",
        "boxes",
        "mirrored",
        "details_first",
        "late_supplier",
        "wide_details",
        "one_line",
        "stacked",
    ),
    "credit_note": ("letter", "sides", "banner", "boxes"),
    "delivery_note": ("letter", "sides", "banner", "boxes", "wide_details"),
    "order": ("letter", "sides", "mirrored", "boxes", "details_first"),
    "statement": ("letter", "sides", "banner"),
    "form": ("letter", "banner", "sections"),
    "receipt": ("centred", "left", "logo", "late"),
    "page_2": ("continued", "bare"),
}
_FORMS = sorted(set(DETAIL_FORMS))
FAMILIES: tuple[Family, ...] = tuple(
    Family(kind, head, form) for kind, heads in _HEADS.items() for head in heads for form in _FORMS
)
HELD_OUT: frozenset[Family] = frozenset(f for f in FAMILIES if zlib.crc32("/".join(f).encode()) % 12 == 0)
"""Families that training never sees, for validation."""
