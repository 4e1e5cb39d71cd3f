"""The interface of an extractor: pages + schema -> proposals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from schemas.fields import Schema
from schemas.pages import Document
from schemas.results import Proposal


class Model(NamedTuple):
    """The model an extractor computes with."""

    name: str
    device: str
    """`cpu`, `cuda` or `mps`; `remote` if another machine computes."""


@runtime_checkable
class Extractor(Protocol):
    """Proposes values for a schema. Safe to call from several threads."""

    model: Model
    picture_side: int
    """Maximum pixels along the longer side of the page pictures it looks at; 0 if text and boxes are enough."""

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:
        """Propose values for the fields that are on the pages; a field without a proposal is absent.

        Args:
            document: the pages to read.
            schema: the requested fields.
            locale: a BCP 47 tag, as a hint for ambiguous dates and numbers.

        Returns:
            The proposals; array rows are numbered from 0 in page order.
        """
        ...


class WordChance(NamedTuple):
    """Whether a word is part of a value, and the probability of that answer."""

    is_part: bool
    begins: bool
    """It is the first of its value."""
    confidence: float


class NamedWords(NamedTuple):
    """What was said of the words of a document, for one field."""

    best: tuple[int, ...]
    """Ids of the words of the surest value; empty where there is none."""
    words: Sequence[WordChance]
    """Of each word of the document."""


@runtime_checkable
class WordNamer(Protocol):
    """An extractor that can say of every single word whether it is part of a field's value."""

    model: Model
    picture_side: int

    def knows(self, field: str) -> bool:
        """Whether it was taught this field."""
        ...

    def name_words(self, document: Document, field: str) -> NamedWords:
        """What it says of each word."""
        ...
