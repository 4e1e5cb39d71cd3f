"""What every extractor is: pages + schema -> proposals."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from schemas.fields import Schema
from schemas.pages import Document
from schemas.results import Proposal


class Model(NamedTuple):
    """What an extractor computes with."""

    name: str
    device: str
    """`cpu`, `cuda`, `mps`; `remote` where another machine computes."""


@runtime_checkable
class Extractor(Protocol):
    """Proposes values for a schema; safe to call from several threads."""

    model: Model
    picture_side: int
    """Most pixels along the longer side of the pages' pictures that it looks at; 0 where text and places suffice."""

    def propose(self, document: Document, schema: Schema, locale: str | None = None) -> list[Proposal]:
        """Proposals for the fields that it believes are on the pages; a field without a proposal is absent.

        Array rows are numbered from 0 in page order. `locale` is a BCP 47 hint for ambiguous dates and numbers.
        """
        ...
