"""Rows by the network's scores, merged with the rows by the header."""

from __future__ import annotations

from extractors import FieldExtractor
from extractors.plan import ExtractionPlan
from extractors.rules.scoring import ScoredText
from extractors.trained.arrays import rows_apart
from extractors.trained.context import ExtractionContext
from extractors.trained.network_rows import network_rows
from extractors.trained.row_choice import best_rows
from schemas.fields import Field, FieldType, Schema
from schemas.pages import Document
from tests.extractors.trained.fixed_scores import ByFeature, FixedNetwork
from tests.fakes import document, word_ids

COLUMNS = (
    Field(name="what", type=FieldType.STRING, description="description of the goods"),
    Field(name="quantity", type=FieldType.NUMBER),
    Field(name="unit_price", type=FieldType.MONEY),
    Field(name="line_total", type=FieldType.MONEY),
)
PLAN = ExtractionPlan.of([Field(name="items", type=FieldType.ARRAY, children=COLUMNS)])
(ITEMS,) = PLAN.fields
PAGE = "Red bolt      2    3,00    6,00\nblue one\nNut           5    1,00    5,00\nTotal                     11,00"
SCORED_TEXTS = {
    "items": ["Red bolt", "Nut"],
    "what": ["Red bolt", "Nut"],
    "quantity": ["2", "5"],
    "unit_price": ["3,00", "1,00"],
    "line_total": ["6,00", "5,00"],
}


def texts(rows: list[dict[str, ScoredText]]) -> list[dict[str, str]]:
    return [{name: cell.text for name, cell in row.items()} for row in rows]


def context(page: Document, scored_texts: dict[str, list[str]] = SCORED_TEXTS) -> ExtractionContext:
    return ExtractionContext(page, PLAN, FixedNetwork(scored_texts))


def test_cells_belong_to_the_row_that_began_before_them() -> None:
    assert texts(network_rows(context(document(PAGE)), ITEMS)) == [
        {"what": "Red bolt", "quantity": "2", "unit_price": "3,00", "line_total": "6,00"},
        {"what": "Nut", "quantity": "5", "unit_price": "1,00", "line_total": "5,00"},
    ]


def test_the_longest_column_sets_the_rows_if_no_row_begins() -> None:
    scored_texts = {name: values for name, values in SCORED_TEXTS.items() if name != "items"}
    assert len(network_rows(context(document(PAGE), scored_texts), ITEMS)) == 2


def test_low_scores_give_no_rows() -> None:
    assert network_rows(context(document(PAGE), {}), ITEMS) == []


def _row(page: Document, **cells: str) -> dict[str, ScoredText]:
    return {name: ScoredText(text, word_ids(page, text), 0.7) for name, text in cells.items()}


def test_the_reading_whose_products_agree_wins() -> None:
    page = document(PAGE)
    right = [_row(page, quantity="2", unit_price="3,00", line_total="6,00")]
    swapped = [_row(page, quantity="2", unit_price="6,00", line_total="3,00")]
    for readings in ((right, swapped), (swapped, right)):
        assert texts(best_rows(context(page, {}), ITEMS, readings[0], readings[1])) == texts(right)


def test_gaps_are_filled_from_the_other_reading() -> None:
    page = document(PAGE)
    first = [_row(page, what="Nut", quantity="5", line_total="5,00")]
    second = [_row(page, what="Nut", unit_price="1,00")]
    (row,) = texts(best_rows(context(page), ITEMS, first, second))
    assert row == {"what": "Nut", "quantity": "5", "line_total": "5,00", "unit_price": "1,00"}


def test_rows_the_network_rejects_are_better_than_none() -> None:
    page = document(PAGE)
    rows = [_row(page, what="Nut", quantity="5")]
    assert texts(best_rows(context(page, {}), ITEMS, [], rows)) == texts(rows)


def test_a_cell_is_not_used_twice() -> None:
    page = document(PAGE)
    first = [_row(page, what="Nut", line_total="5,00")]
    second = [_row(page, what="Nut", unit_price="5,00")]
    (row,) = texts(best_rows(context(page, {}), ITEMS, first, second))
    assert row == {"what": "Nut", "line_total": "5,00"}


def test_a_word_is_not_in_two_rows() -> None:
    page = document(PAGE)
    first = [_row(page, what="Red bolt", quantity="2"), _row(page, what="Nut", quantity="5")]
    second = [_row(page, quantity="2", unit_price="5"), _row(page, what="Nut", line_total="5,00")]
    rows = best_rows(context(page), ITEMS, first, second)
    words = [word for row in rows for cell in row.values() for word in cell.word_ids]
    assert len(words) == len(set(words))
    assert [row["what"].text for row in rows] == ["Red bolt", "Nut"]


def test_a_row_only_the_network_sees_is_kept_if_it_is_sure() -> None:
    page = document(PAGE)
    header = [_row(page, what="Red bolt", quantity="2", line_total="6,00")]
    model = [*header, _row(page, what="Nut", quantity="5", line_total="5,00")]
    assert len(best_rows(context(page), ITEMS, header, model)) == 2
    doubted = [_row(page, quantity="11,00", line_total="Total")]
    assert texts(best_rows(context(page), ITEMS, header, doubted)) == texts(header)


def test_nested_rows_belong_to_the_row_above_them() -> None:
    page = "Desk kit      1    90,00\n2 x Leg\n1 x Board\nLamp          3    12,00\n1 x Bulb"
    parts = {"name": "parts", "type": "array", "children": [{"name": "part", "type": "string"}]}
    columns = [{"name": "what", "type": "string"}, {"name": "sum", "type": "money"}, parts]
    schema = Schema.model_validate({"fields": [{"name": "items", "type": "array", "children": columns}]})
    scored_texts = {"items": ["Desk kit", "Lamp"], "what": ["Desk kit", "Lamp"], "sum": ["90,00", "12,00"]}
    inner = {"parts": ["2 x Leg", "1 x Board", "1 x Bulb"], "part": ["Leg", "Board", "Bulb"]}
    extractor = FieldExtractor(FixedNetwork(scored_texts | inner), ByFeature("chance"))
    found = {p.path: p.text for p in extractor.propose(document(page), schema)}
    assert {path: text for path, text in found.items() if len(path) > 3} == {
        ("items", 0, "parts", 0, "part"): "Leg",
        ("items", 0, "parts", 1, "part"): "Board",
        ("items", 1, "parts", 0, "part"): "Bulb",
    }
    assert found["items", 1, "sum"] == "12,00"


def test_two_arrays_never_share_a_word() -> None:
    page = document(PAGE)
    sure, unsure = _row(page, what="Nut", line_total="5,00"), _row(page, quantity="5", line_total="5,00")
    unsure = {name: cell._replace(score=cell.score / 2) for name, cell in unsure.items()}
    other = _row(page, what="Red bolt", quantity="2")
    assert rows_apart({"items": [unsure, other], "parts": [sure]}) == {"items": [other], "parts": [sure]}
    alone = _row(page, what="Nut")
    assert rows_apart({"names": [alone], "parts": [sure]}) == {"names": [alone], "parts": [sure]}
