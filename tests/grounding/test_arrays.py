"""Array records on a table's rows: one row each, in order, every cell in its column."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding import array_rows, ground
from grounding.array_rows import ROW_GAP_COST, _in_order, _lay_block
from grounding.symbol_text import SymbolText
from grounding.typed_index import MAX_PLACES_WITH_HINT, TypedIndex
from schemas.fields import FieldType
from schemas.frames import grid_box, turn
from schemas.pages import Document, Page, make_line, make_word
from schemas.results import Cell, Proposal, Status
from tests.fakes import document, word_ids

S, N, M = FieldType.STRING, FieldType.NUMBER, FieldType.MONEY
TYPES = {"what": S, "count": N, "price": M, "sum": M}


def grounded(page: Document, *records: dict[str, str], hints: dict[str, str] | None = None) -> list[dict[str, Cell]]:
    proposals = [
        Proposal(
            ("items", row, name), TYPES[name], text, word_ids(page, hints[name]) if hints and name in hints else ()
        )
        for row, record in enumerate(records)
        for name, text in record.items()
    ]
    cells = ground(page, proposals)
    return [{str(c.path[2]): c for c in cells if c.path[1] == row} for row in range(len(records))]


def place(cell: Cell) -> tuple[int, int]:
    """Return row and column in the page's text."""
    assert cell.place is not None
    box = cell.place.quad.box
    return round((box.top - 0.02) / 0.02), round(box.left * 100)


TABLE = """ITEM                QTY   PRICE    AMOUNT
BLUE PAINT          2     1.50     3.00
GLUE STICK          1     1.50     1.50
BRUSH               2     1.50     3.00
TOTAL                              7.50"""


def test_equal_numbers_go_to_their_own_rows() -> None:
    rows = grounded(
        document(TABLE),
        {"what": "BLUE PAINT", "count": "2", "price": "1.5", "sum": "3"},
        {"what": "GLUE STICK", "count": "1", "price": "1.5", "sum": "1.5"},
        {"what": "BRUSH", "count": "2", "price": "1.5", "sum": "3"},
    )
    assert [place(row["count"]) for row in rows] == [(1, 20), (2, 20), (3, 20)]
    assert [place(row["price"]) for row in rows] == [(1, 26), (2, 26), (3, 26)]
    assert [place(row["sum"]) for row in rows] == [(1, 35), (2, 35), (3, 35)]
    assert all(cell.evidence.row for row in rows for cell in row.values() if cell.evidence)


def test_a_row_that_was_not_extracted_is_skipped() -> None:
    rows = grounded(
        document(TABLE),
        {"what": "BLUE PAINT", "count": "2", "price": "1.5", "sum": "3"},
        {"what": "BRUSH", "count": "2", "price": "1.5", "sum": "3"},
    )
    assert [place(row["count"])[0] for row in rows] == [1, 3]


def test_a_missing_record_takes_no_place() -> None:
    rows = grounded(
        document(TABLE),
        {"what": "BLUE PAINT", "count": "2", "price": "1.5", "sum": "3"},
        {"what": "INVENTED THING", "count": "9", "price": "77.70", "sum": "699.30"},
        {"what": "BRUSH", "count": "2", "price": "1.5", "sum": "3"},
    )
    assert {cell.status for cell in rows[1].values()} == {Status.NOT_FOUND}
    assert [place(rows[i]["count"])[0] for i in (0, 2)] == [1, 3]


def test_a_misread_cell_is_not_taken_from_another_row() -> None:
    page = document(TABLE.replace("BRUSH               2     1.50     3.00", "BRUSH               2     1.60     3.00"))
    rows = grounded(
        page,
        *(
            {"what": w, "count": n, "price": "1.5"}
            for w, n in (("BLUE PAINT", "2"), ("GLUE STICK", "1"), ("BRUSH", "2"))
        ),
    )
    assert rows[2]["price"].status is Status.NOT_FOUND


def test_a_damaged_row_wins_over_its_intact_text_elsewhere() -> None:
    page = document(
        "TAX INVOICE\n\nITEM           QTY  PRICE\nSOAP           1    4.90\nTPX INVOICE    2    31.00\nROPE           3    12.00"
    )
    rows = grounded(
        page,
        {"what": "SOAP", "count": "1", "price": "4.9"},
        {"what": "TAX INVOICE", "count": "2", "price": "31"},
        {"what": "ROPE", "count": "3", "price": "12"},
    )
    assert rows[1]["what"].raw_text == "TPX INVOICE"
    assert place(rows[1]["count"]) == (4, 15)


def test_a_wrapped_description_keeps_its_numbers() -> None:
    page = document("Gateway with four    2    319.00\nchannels and rail\nCable                1    9.80")
    rows = grounded(
        page,
        {"what": "Gateway with four channels and rail", "count": "2", "price": "319"},
        {"what": "Cable", "count": "1", "price": "9.8"},
    )
    assert rows[0]["what"].raw_text == "Gateway with four channels and rail"
    assert place(rows[0]["price"]) == (0, 26)
    assert place(rows[1]["price"]) == (2, 26)


def test_a_confirmed_hint_is_followed_out_of_order_and_shared() -> None:
    page = document("beta 2\nalpha 1")
    proposals = [
        Proposal(("items", 0, "what"), S, "alpha", word_ids(page, "alpha")),
        Proposal(("items", 0, "sum"), S, "alpha", word_ids(page, "alpha")),
        Proposal(("items", 1, "what"), S, "beta", word_ids(page, "beta")),
    ]
    assert [cell.raw_text for cell in ground(page, proposals)] == ["alpha", "alpha", "beta"]


def test_a_list_need_not_be_in_the_pages_order() -> None:
    page = document("Reg DE123456789   Tax 201/113/40209\nGLN 4000001123452")
    values = ("4000001123452", "201/113/40209", "DE123456789")
    cells = ground(page, [Proposal(("ids", n, "value"), S, value) for n, value in enumerate(values)])
    assert [cell.raw_text for cell in cells] == list(values)


def test_equal_values_of_a_list_get_different_places() -> None:
    cells = ground(document("A 50.00\nB 50.00"), [Proposal(("sums", n, "value"), M, "50.00") for n in range(2)])
    assert [grid_box(c.place.quad.box).ymin for c in cells if c.place] == [20, 40]


def test_nested_rows_are_placed_like_rows() -> None:
    lines = [f"Order {o}\n" + "\n".join(f"part {o}{p}    {p + 1}    5.00" for p in range(4)) for o in range(2)]
    proposals = [Proposal(("orders", o, "no"), S, f"Order {o}") for o in range(2)]
    for o in range(2):
        for p in range(4):
            proposals.append(Proposal(("orders", o, "parts", p, "what"), S, f"part {o}{p}"))
            proposals.append(Proposal(("orders", o, "parts", p, "count"), N, str(p + 1)))
    cells = ground(document("\n".join(lines)), proposals)
    assert all(cell.status is Status.GROUNDED for cell in cells)
    counts = [place(cell) for cell in cells if cell.path[-1] == "count"]
    assert counts == [(1 + 5 * o + p, 11) for o in range(2) for p in range(4)]


def test_columns_of_a_rotated_page() -> None:
    upright = document("Desc   Qty   Price   Sum\nnut    2     6.00    12.00\nbolt   1     6.00    6.00")
    (page,) = upright.pages
    lines = tuple(
        make_line(
            tuple(make_word(w.id, tuple(s._replace(quad=turn(s.quad, 1)) for s in w.symbols)) for w in line.words)
        )
        for line in page.lines
    )
    turned = Document((Page(1, 1000, 1000, lines, page.source),))
    records = ({"what": "nut", "price": "6", "sum": "12"}, {"what": "bolt", "price": "6", "sum": "6"})
    one, other = grounded(upright, *records), grounded(turned, *records)
    for row, same in zip(one, other, strict=True):
        assert [c.place and c.place.symbol_ids for c in row.values()] == [
            c.place and c.place.symbol_ids for c in same.values()
        ]


def test_hundreds_of_cells_per_row_do_not_exceed_the_recursion_limit() -> None:
    proposals = [Proposal(("a", 0, f"c{n}"), N, "1") for n in range(1200)]
    assert len(ground(document("1 1 1 1"), proposals)) == 1200


@given(st.integers(1, 4), st.integers(1, 5), st.data())
@settings(max_examples=150, deadline=None)
def test_the_chosen_rows_score_as_high_as_the_best_assignment(records: int, rows: int, data: st.DataObject) -> None:
    """Compare with a slow search over every order-preserving assignment, with records left out or not."""
    cells = st.sampled_from([0.0, 1.0, 1.5, 2.0, 2.25, 4.0])
    evidence = np.array([[data.draw(cells) for _ in range(rows)] for _ in range(records)])

    def worth(chosen: list[int | None]) -> float:
        laid = [(number, row) for number, row in enumerate(chosen) if row is not None]
        gaps = sum(b - a - 1 for (_, a), (_, b) in itertools.pairwise(laid))
        return sum(float(evidence[number, row]) for number, row in laid) - ROW_GAP_COST * gaps

    def every(number: int, after: int) -> list[list[int | None]]:
        if number == records:
            return [[]]
        skipped = [[None, *rest] for rest in every(number + 1, after)]
        return skipped + [
            [row, *rest]
            for row in range(after + 1, rows)
            if evidence[number, row] > 0
            for rest in every(number + 1, row)
        ]

    found = _in_order(evidence)
    assert worth(found) == pytest.approx(max(map(worth, every(0, -1))))


def test_two_cells_of_a_record_may_be_stacked_in_one_column() -> None:
    page = document(
        """PRODUCT             PRICE    TOTAL
BAYBERRY
Qty. 22             5.44     119.68
WAXFLOWER
Qty. 34             1.67     56.78"""
    )
    rows = grounded(
        page,
        {"what": "BAYBERRY", "count": "22", "price": "5.44", "sum": "119.68"},
        {"what": "WAXFLOWER", "count": "34", "price": "1.67", "sum": "56.78"},
    )
    assert [place(row["what"])[0] for row in rows] == [1, 3]
    assert [place(row["count"])[0] for row in rows] == [2, 4]


def words_at(page: Document, cell: Cell) -> tuple[int, ...]:
    """Return the ids of the words at a cell's place."""
    assert cell.place is not None
    owners = [word for word, _ in page.symbols()]
    return tuple(dict.fromkeys(owners[symbol] for symbol in cell.place.symbol_ids))


def long_table(pages: int, rows: int) -> tuple[Document, list[Proposal]]:
    """A table of many pages whose quantities repeat, with the extractor's words for each cell."""
    texts = [
        "\n".join(f"Article {page * rows + row}     {row % 3 + 1}     {row % 5 + 1}.50" for row in range(rows))
        for page in range(pages)
    ]
    made = document(*texts)
    proposals = []
    for row in range(pages * rows):
        article, number, pieces, price = (word.id for word in made.words[4 * row : 4 * row + 4])
        proposals += [
            Proposal(("items", row, "what"), FieldType.STRING, f"Article {row}", (article, number), 0.9),
            Proposal(("items", row, "pieces"), FieldType.NUMBER, made.words[pieces].text, (pieces,), 0.9),
            Proposal(("items", row, "price"), FieldType.MONEY, made.words[price].text, (price,), 0.9),
        ]
    return made, proposals


def test_long_tables_are_laid_in_blocks_on_the_extractor_s_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    made, proposals = long_table(pages=5, rows=20)
    whole = ground(made, proposals)
    assert [words_at(made, cell) for cell in whole] == [proposal.word_ids for proposal in proposals]
    monkeypatch.setattr(array_rows, "BLOCK_RECORDS", 10)
    sizes: list[tuple[int, int]] = []

    def lay_block(records: Any, by_row: Any, rows: tuple[int, int]) -> list[int | None]:
        sizes.append(rows)
        return _lay_block(records, by_row, rows)

    monkeypatch.setattr(array_rows, "_lay_block", lay_block)
    assert ground(made, proposals) == whole
    assert sizes == [(start, start + 10) for start in range(0, 100, 10)]


def test_a_value_that_is_printed_very_often_is_found_where_the_extractor_says() -> None:
    made, proposals = long_table(pages=60, rows=20)  # each quantity is printed 400 times
    cells = ground(made, proposals[-9:])
    assert [words_at(made, cell) for cell in cells] == [proposal.word_ids for proposal in proposals[-9:]]
    index = TypedIndex(SymbolText(made))
    hint = SymbolText(made).spans_of_words(proposals[-2].word_ids)
    near = index.places(Decimal(proposals[-2].text), None, hint=hint)
    assert len(near) == MAX_PLACES_WITH_HINT < len(index.places(Decimal(proposals[-2].text), None))
    assert hint[0] in [span.symbols for span in near]
