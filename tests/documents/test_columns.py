from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.layout.columns import RowSegment, in_columns

LEFT = (
    "The quick brown fox jumps over",
    "the lazy dog and then runs on",
    "through the wood until it rests",
    "at last.",
)
RIGHT = (
    "Pack my box with five dozen jugs",
    "of liquor and carry them to the",
    "cellar where the others stand in",
    "long rows.",
)
WIDTH = 0.012


def cell(text: str, start: float, row: int) -> RowSegment[str]:
    return RowSegment([text], text, start, start + WIDTH * len(text), 0.1 + 0.02 * row, 0.014)


def order(rows: list[list[RowSegment[str]]]) -> list[str]:
    return [c.text for c in in_columns(rows)]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    rows = [[cell(a, 0.05, i), cell(b, 0.55, i)] for i, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True))]
    assert order([[cell("Terms", 0.05, -2)], *rows]) == ["Terms", *LEFT, *RIGHT]


def test_columns_end_where_a_line_crosses_them() -> None:
    rows = [[cell(a, 0.05, i), cell(b, 0.55, i)] for i, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True))]
    across = "One line that runs over the whole page from left to right"
    assert order([*rows, [cell(across, 0.05, 4)]]) == [*LEFT, *RIGHT, across]


def test_three_columns() -> None:
    texts = [tuple(f"{word} fox jumps over it {i}" for word in ("one", "two", "six")) for i in range(4)]
    rows = [[cell(text, 0.05 + 0.3 * i, row) for i, text in enumerate(texts[row])] for row in range(4)]
    assert order(rows) == [texts[row][i] for i in range(3) for row in range(4)]


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(LEFT + RIGHT + ("4711", "x"))), max_size=4)))
def test_every_segment_is_kept_once(rows: list[list[tuple[int, str]]]) -> None:
    cells = []
    for number, row in enumerate(rows):
        end, placed = 0.0, []
        for gap, text in row:
            placed.append(cell(text, end + 0.02 * (gap + 1), number))
            end = placed[-1].end
        if placed:
            cells.append(placed)
    assert sorted(c.start + c.middle * 100 for c in in_columns(cells)) == sorted(
        c.start + c.middle * 100 for row in cells for c in row
    )


def test_one_column_may_be_shorter_than_the_other() -> None:
    rows = [[cell(a, 0.05, i), cell(b, 0.55, i)] for i, (a, b) in enumerate(zip(LEFT, RIGHT, strict=True))]
    rows[3] = [rows[3][0], cell("Place, date", 0.55, 3), cell("Signature", 0.85, 3)]
    longer = [[cell(text, 0.05, 4 + i)] for i, text in enumerate(LEFT)]
    assert len(order([*rows, *longer])) == 13


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("Invoice number", "4711"), ("Invoice date", "1.2.2020"), ("Due", "1.3.2020")], id="form"),
        pytest.param(
            [("Thermal sensor, stainless steel", "582.00"), ("Shielded cable, five metres", "117.60")] * 3, id="table"
        ),
        pytest.param(
            [("Northlight Ltd", "Meridian GmbH"), ("Harbour St", "Gartenweg 7"), ("Bristol", "Hamburg")], id="parties"
        ),
    ],
)
def test_everything_else_is_read_row_by_row(rows: list[tuple[str, str]]) -> None:
    cells = [[cell(a, 0.05, i), cell(b, 0.55, i)] for i, (a, b) in enumerate(rows)]
    assert order(cells) == [text for row in rows for text in row]
