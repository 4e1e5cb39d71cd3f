"""The choices of one call about how its document is read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReadingOptions:
    """The choices for one document."""

    pages: str | None = None
    """Page numbers and ranges, such as `1-3,5`; None for all."""
    picture_side: int = 0
    """Maximum pixels along the longer side of the pages' pictures; 0 for no pictures."""
    password: str | None = field(default=None, repr=False)
    """Opens an encrypted PDF; ignored if the file needs none."""
    all_codes: bool = False
    """True to read bar codes of every format, False for QR codes alone."""


DEFAULT = ReadingOptions()
"""All pages, without pictures."""
