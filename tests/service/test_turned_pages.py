"""A turned invoice is answered like the upright one, with boxes on the page as sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from benchmarks.turned_files import as_turned_picture, with_rotate_entry, with_turned_content
from documents import DocumentReader
from documents.decode.pdf import PdfFile
from documents.limits import ReadingLimits
from documents.ocr import model_files
from documents.ocr.paddle import PaddleOcr
from documents.pictures import jpeg
from extractors import FieldExtractor
from schemas.fields import Schema
from schemas.frames import turn
from schemas.geometry import Quad
from schemas.results import Cell
from service.pipeline.pipeline import Extraction, Pipeline
from tests.files import raw_pdf

ROWS = (
    ("ACME Ltd", "", "", ""),
    ("Invoice number: INV-70412", "", "Invoice date: 2025-03-14", ""),
    ("Description", "Quantity", "Unit price", "Amount"),
    ("Copper wire", "3", "12.50", "37.50"),
    ("Steel bolts", "20", "0.40", "8.00"),
    ("", "", "Total amount", "45.50"),
)
CONTENT = "".join(
    f"BT /F1 12 Tf 1 0 0 1 {50 + 140 * column} {740 - 30 * row} Tm ({cell}) Tj ET\n"
    for row, cells in enumerate(ROWS)
    for column, cell in enumerate(cells)
    if cell
)
NOTE = "BT /F1 8 Tf 0 1 -1 0 20 300 Tm (Registered in England, company number 99187) Tj ET\n"
SCHEMA = Schema.model_validate(
    {
        "fields": [
            {"name": "invoice_number", "type": "string"},
            {"name": "invoice_date", "type": "date"},
            {"name": "total_amount", "type": "money"},
            {
                "name": "line_items",
                "type": "array",
                "children": [
                    {"name": "description", "type": "string"},
                    {"name": "quantity", "type": "number"},
                    {"name": "amount", "type": "money"},
                ],
            },
        ]
    }
)
VALUES = {
    "invoice_number": "INV-70412",
    "invoice_date": "2025-03-14",
    "total_amount": "45.50",
    "line_items[0].description": "Copper wire",
    "line_items[0].quantity": "3",
    "line_items[0].amount": "37.50",
    "line_items[1].description": "Steel bolts",
    "line_items[1].quantity": "20",
    "line_items[1].amount": "8.00",
}


def picture_of(data: bytes, quarters: int) -> bytes:
    """The page as a picture, turned, without EXIF."""
    return as_turned_picture(jpeg(PdfFile(data, ReadingLimits()).picture(1, 1400), 1400), quarters)


Turn = Callable[[bytes, int], bytes]
WAYS = [
    pytest.param(with_rotate_entry, 1e-6, id="rotate-entry"),
    pytest.param(with_turned_content, 1e-3, id="turned-content"),
    pytest.param(picture_of, 0.02, id="picture-without-exif"),
]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with closing(DocumentReader(PaddleOcr(model_files.load()))) as reader:
        yield Pipeline(reader, FieldExtractor())


def cells_of(result: Extraction) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, item in result.data.items():
        if isinstance(item, Cell):
            cells[name] = item
        else:
            for number, row in enumerate(item):
                cells |= {f"{name}[{number}].{n}": c for n, c in row.items() if isinstance(c, Cell)}
    return cells


def values_of(cells: dict[str, Cell]) -> dict[str, str]:
    return {name: str(cell.value) for name, cell in cells.items()}


def quads_of(cells: dict[str, Cell]) -> dict[str, Quad]:
    return {name: cell.place.quad for name, cell in cells.items() if cell.place}


@pytest.fixture(scope="module")
def upright_quads(pipeline: Pipeline) -> dict[str, Quad]:
    cells = cells_of(pipeline.extract(raw_pdf(CONTENT), SCHEMA))
    assert values_of(cells) == VALUES
    return quads_of(cells)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize(("way", "tolerance"), WAYS)
def test_a_turned_invoice_gives_the_same_values_where_they_are_printed(
    pipeline: Pipeline, upright_quads: dict[str, Quad], way: Turn, tolerance: float, quarters: int
) -> None:
    result = pipeline.extract(way(raw_pdf(CONTENT), quarters), SCHEMA)
    cells = cells_of(result)
    assert values_of(cells) == VALUES
    assert len(result.document.pages) == 1
    for name, quad in quads_of(cells).items():
        expected = turn(upright_quads[name], quarters)
        assert all(found == pytest.approx(point, abs=tolerance) for found, point in zip(quad, expected, strict=True)), (
            name
        )
    printed = {word.text: word.box for word in result.document.words}
    assert quads_of(cells)["total_amount"].box == pytest.approx(printed["45.50"], abs=1e-6)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_note_along_the_margin_changes_nothing(
    pipeline: Pipeline, upright_quads: dict[str, Quad], quarters: int
) -> None:
    cells = cells_of(pipeline.extract(with_turned_content(raw_pdf(CONTENT + NOTE), quarters), SCHEMA))
    assert values_of(cells) == VALUES
    found = quads_of(cells)["total_amount"].box
    assert found == pytest.approx(turn(upright_quads["total_amount"], quarters).box, abs=1e-3)


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_that_mixes_turns_is_read_in_both_directions(pipeline: Pipeline, quarters: int) -> None:
    """The table is printed sideways next to upright text."""
    header, items = CONTENT.split("BT /F1 12 Tf 1 0 0 1 50 680", 1)
    sideways = f"q 0 1 -1 0 760 -20 cm BT /F1 12 Tf 1 0 0 1 50 680{items} Q"
    cells = cells_of(pipeline.extract(with_turned_content(raw_pdf(header + sideways), quarters), SCHEMA))
    assert values_of(cells) == VALUES
    assert {cell.place.page for cell in cells.values() if cell.place} == {1}


def test_fields_found_without_a_schema_are_on_the_page_as_sent(pipeline: Pipeline) -> None:
    upright, turned = (pipeline.discover(with_turned_content(raw_pdf(CONTENT), quarters)) for quarters in (0, 3))
    assert [field.name for field in turned.fields] == [field.name for field in upright.fields]
    before, after = quads_of(cells_of(upright)), quads_of(cells_of(turned))
    assert before
    assert after.keys() == before.keys()
    for name, quad in after.items():
        assert quad.box == pytest.approx(turn(before[name], 3).box, abs=1e-3)
