"""The interface of an extractor: pages + schema -> proposals."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from schemas.fields import Schema
from schemas.own_party import OwnParty
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

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        """Propose values for the fields that are on the pages; a field without a proposal is absent.

        Args:
            document: the pages to read.
            schema: the requested fields.
            locale: a BCP 47 tag, as a hint for ambiguous dates and numbers.
            own: the caller, who is one party of the document and not the other; None if they did not say.

        Returns:
            The proposals; array rows are numbered from 0 in page order.
        """
        ...
