"""What a truth file states, before it is known which types its values have."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from schemas.frames import GridBox

NOT_ON_THE_PAGE = "-"
"""A value that says: the document does not have this field. An empty one says nothing at all."""

StatedValue = str | int | Decimal | bool | None
"""A cell of a CSV is text; JSON also has numbers, truth values and null."""


class TruthError(Exception):
    """The truth cannot be used; the message says where, what was expected, what came and what to do."""


class TruePlace(NamedTuple):
    """Where a value stands: the page, from 1, and a box on the grid of 0 to 1000."""

    page: int
    box: GridBox


class Stated(NamedTuple):
    """One value; None means that it is not on the page. `where` names its place in the truth file."""

    value: StatedValue
    where: str
    place: TruePlace | None = None


StatedRow = dict[str, Stated]


@dataclass
class StatedDocument:
    """What is stated of one document; a field or array that is not here is unknown, an array without rows is absent."""

    where: str
    fields: StatedRow = field(default_factory=dict)
    arrays: dict[str, list[StatedRow]] = field(default_factory=dict)


StatedTruth = dict[str, StatedDocument]
"""By the document's path within its folder."""


def stated(value: StatedValue, where: str, place: TruePlace | None = None) -> Stated | None:
    """The value as it counts: `-` is None; None when nothing is said."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
    return Stated(None if value == NOT_ON_THE_PAGE else value, where, place)


def document_name(text: str) -> str:
    """The form in which names of documents are compared: `/` between folders, accents composed (macOS divides them)."""
    return unicodedata.normalize("NFC", text.strip().replace("\\", "/").removeprefix("./"))
