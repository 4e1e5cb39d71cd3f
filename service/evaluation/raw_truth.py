"""The content of truth files, before their values are given types."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from schemas.frames import GridBox

NOT_ON_THE_PAGE = "-"
"""Written in the truth for a field that the document does not have; an empty cell says nothing about the field."""

RawValue = str | int | Decimal | bool | None
"""Text from a CSV cell; JSON also has numbers, booleans and null."""


class TruthError(Exception):
    """The truth cannot be used; the message says where it is wrong and what to do."""


class TruePlace(NamedTuple):
    """The true place of a value: its page, from 1, and its box on the grid of 0 to 1000."""

    page: int
    box: GridBox


class RawCell(NamedTuple):
    """One value of a truth file.

    `value` is None if the truth says that it is not on the page; `where` names the cell's position in the truth file.
    """

    value: RawValue
    where: str
    place: TruePlace | None = None


RawRow = dict[str, RawCell]


@dataclass
class RawDocument:
    """The truth about one document.

    A field or array that is missing here is unknown; an array without rows is known to be absent.
    """

    where: str
    fields: RawRow = field(default_factory=dict)
    arrays: dict[str, list[RawRow]] = field(default_factory=dict)


RawTruth = dict[str, RawDocument]
"""Documents by their paths within the folder."""


def raw_cell(value: RawValue, where: str, place: TruePlace | None = None) -> RawCell | None:
    """Return the cell, its value None for `-`; or None for an empty cell, which says nothing."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    return RawCell(None if value == NOT_ON_THE_PAGE else value, where, place)


def document_name(text: str) -> str:
    """Normalise a document's name for comparison.

    Folders are separated by `/`, and accents are composed, because macOS splits them.
    """
    return unicodedata.normalize("NFC", text.strip().replace("\\", "/").removeprefix("./"))
