from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, TextSource
from schemas.results import Cell, Proposal, Status, not_found
from service.pipeline.pipeline import Pipeline, renumber_rows
from tests.fakes import FakeReader, document, word_ids


def cell(*path: str | int) -> Cell:
    return Cell(path, "value", "value", 1.0, Status.GROUNDED, None, 0.9)


def test_rows_are_numbered_as_the_answer_shows_them() -> None:
    cells = [
        cell("number"),
        not_found(("missing",)),
        not_found(("items", 0, "what")),
        cell("items", 2, "what"),
        not_found(("items", 2, "sum")),
        cell("items", 10, "sum"),
        cell("taxes", 1, "rate"),
    ]
    assert [c.path for c in renumber_rows(cells)] == [
        ("number",),
        ("missing",),
        ("items", 0, "what"),
        ("items", 0, "sum"),
        ("items", 1, "sum"),
        ("taxes", 0, "rate"),
    ]


AMOUNTS = ("net", "tax", "total")
SCHEMA = Schema(fields=tuple(Field(name=name, type=FieldType.MONEY) for name in AMOUNTS))


@dataclass
class CheckingReader(FakeReader):
    """Gives another document when it does not trust the text layer; None if that says what the page shows."""

    shown: Document | None = None
    checks: list[bytes] = field(default_factory=list)

    def read_checked(self, data: bytes, pages: str | None = None, picture_side: int = 0) -> Document | None:
        self.checks.append(data)
        return self.shown


class AmountExtractor:
    """Proposes the last word of each row."""

    model = None
    picture_side = 0

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        amounts = [line.words[-1].text for line in document.pages[0].lines]
        return [
            Proposal((name,), FieldType.MONEY, text, word_ids(document, text))
            for name, text in zip(AMOUNTS, amounts, strict=True)
        ]


def page_of(net: str, tax: str, total: str, source: TextSource = TextSource.TEXT_LAYER) -> Document:
    made = document(f"Net {net}\nTax {tax}\nTotal {total}")
    return Document(tuple(replace(page, source=source) for page in made.pages))


LIE, TRUTH = page_of("48.33", "476.33", "181.33"), page_of("715.00", "143.00", "858.00")


@pytest.mark.parametrize(
    ("read", "shown", "checks", "total"),
    [
        pytest.param(LIE, TRUTH, 1, "858.00", id="the-page-shows-other-digits"),
        pytest.param(LIE, None, 1, "181.33", id="the-page-shows-the-same"),
        pytest.param(TRUTH, None, 0, "858.00", id="the-sums-are-right"),
        pytest.param(page_of("48.33", "476.33", "181.33", TextSource.OCR), TRUTH, 0, "181.33", id="no-text-layer"),
    ],
)
def test_text_layers_are_checked_where_sums_fail(
    read: Document, shown: Document | None, checks: int, total: str
) -> None:
    reader = CheckingReader(read, shown=shown)
    found = Pipeline(reader, AmountExtractor()).extract(b"file", SCHEMA)  # type: ignore[arg-type]
    assert len(reader.checks) == checks
    cell = found.data["total"]
    assert isinstance(cell, Cell)
    assert cell.value == Decimal(total)
