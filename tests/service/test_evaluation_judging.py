from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.fields import Field, FieldType, Schema, TextFormat
from schemas.frames import GridBox
from schemas.geometry import Box, quad_of
from schemas.results import Cell, Place, Status, Value
from service.evaluation.comparison import TruthNotation, ValueAgreement, compare, typed
from service.evaluation.figures import acceptances, count_cells, count_rows, worst
from service.evaluation.judging import CellVerdict, is_right_place, judge
from service.evaluation.raw_truth import TruePlace
from service.evaluation.row_matching import matched_rows
from service.evaluation.typed_truth import TypedCell, TypedDocument
from service.pipeline.pipeline import CellRow

STRING, MONEY, DATE, NUMBER = FieldType.STRING, FieldType.MONEY, FieldType.DATE, FieldType.NUMBER


@pytest.mark.parametrize(
    ("kind", "expected", "answered", "agreement"),
    [
        pytest.param(STRING, "ACME  GmbH", "Acme GmbH", ValueAgreement.RIGHT, id="case-and-spaces"),
        pytest.param(
            STRING, "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", ValueAgreement.RIGHT, id="iban-in-groups"
        ),
        pytest.param(
            STRING, "„Zum Ross“ – Wirt’s", '"Zum Ross" - Wirt\'s', ValueAgreement.RIGHT, id="quotes-and-dashes"
        ),
        pytest.param(
            STRING, "Main Street 1, 12345 Town", "Main Street 1 12345 Town", ValueAgreement.CLOSE, id="a-comma"
        ),
        pytest.param(STRING, "Müller", "Muller", ValueAgreement.WRONG, id="an-accent-in-a-short-name"),
        pytest.param(STRING, "ACME", "Smith", ValueAgreement.WRONG, id="another"),
        pytest.param(STRING, "EUR", "€", ValueAgreement.RIGHT, id="symbol-of-a-currency"),
        pytest.param(STRING, "£", "gbp", ValueAgreement.RIGHT, id="code-of-a-currency"),
        pytest.param(STRING, "EUR", "$", ValueAgreement.WRONG, id="symbol-of-another-currency"),
        pytest.param(MONEY, Decimal("12.50"), Decimal("12.5"), ValueAgreement.RIGHT, id="trailing-zero"),
        pytest.param(
            MONEY, Decimal("1234567.89"), Decimal("1234567.88"), ValueAgreement.WRONG, id="amounts-are-never-close"
        ),
        pytest.param(DATE, "2024-03-31", "2024-03-13", ValueAgreement.WRONG, id="dates-are-never-close"),
        pytest.param(FieldType.BOOLEAN, True, False, ValueAgreement.WRONG, id="boolean"),
    ],
)
def test_compare(kind: FieldType, expected: Value, answered: Value, agreement: ValueAgreement) -> None:
    assert compare(kind, expected, answered) is agreement


@pytest.mark.parametrize(
    ("kind", "text", "mark", "expected"),
    [
        pytest.param(MONEY, "1.234,50 €", None, Decimal("1234.50"), id="german"),
        pytest.param(MONEY, "(12.00)", None, Decimal("-12.00"), id="in-parentheses"),
        pytest.param(NUMBER, "1.234", ".", Decimal("1.234"), id="point-is-decimal-where-the-truth-says-so"),
        pytest.param(NUMBER, "1.234", ",", Decimal("1234"), id="point-divides-thousands"),
        pytest.param(NUMBER, True, None, None, id="a-truth-value-is-no-number"),
        pytest.param(FieldType.INTEGER, "3", None, 3, id="integer"),
        pytest.param(FieldType.INTEGER, "3.5", None, None, id="no-integer"),
        pytest.param(FieldType.BOOLEAN, "ja", None, True, id="yes"),
        pytest.param(STRING, 4711, None, "4711", id="number-as-text"),
    ],
)
def test_typed(kind: FieldType, text: str | int | bool, mark: str | None, expected: Value | None) -> None:
    assert typed(Field(name="x", type=kind), text, TruthNotation(mark, day_first=True)) == expected


def test_a_truth_with_a_format_is_written_as_answers_are() -> None:
    notation = TruthNotation(None, day_first=True)
    country = Field(name="x", type=FieldType.STRING, format=TextFormat.COUNTRY)
    assert typed(country, "Germany", notation) == typed(country, "DE", notation) == "DE"
    assert typed(country, "Atlantis", notation) == "Atlantis"


@pytest.mark.parametrize(
    ("agreement", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([[]], [], id="empty-answer"),
        pytest.param([[1, 0], [0, 1]], [(0, 0), (1, 1)], id="all"),
        pytest.param([[1, 1, 1], [1, 1, 1]], [(0, 0), (1, 1)], id="the-same-rows-in-order"),
        pytest.param([[0.2, 0.1], [0.1, 1]], [(1, 1)], id="too-little-is-no-pair"),
        pytest.param([[0.8, 0.9], [0, 0.7]], [(0, 0), (1, 1)], id="the-sum-counts-not-the-best-pair"),
        pytest.param([[0, 1], [1, 0]], [(0, 1), (1, 0)], id="another-order"),
    ],
)
def test_matched_rows(agreement: list[list[float]], expected: list[tuple[int, int]]) -> None:
    assert matched_rows(agreement) == expected


@pytest.mark.parametrize(
    ("page", "box", "expected"),
    [
        pytest.param(1, (0.1, 0.1, 0.2, 0.2), True, id="the-same"),
        pytest.param(2, (0.1, 0.1, 0.2, 0.2), False, id="another-page"),
        pytest.param(1, (0.14, 0.14, 0.3, 0.25), False, id="centre-outside-and-little-overlap"),
        pytest.param(1, (0.14, 0.14, 0.16, 0.16), True, id="a-word-within-the-line"),
        pytest.param(1, (0.1, 0.1, 0.3, 0.2), True, id="half-of-the-union"),
        pytest.param(1, (0.1, 0.1, 0.31, 0.2), False, id="less-than-half"),
    ],
)
def test_right_place(page: int, box: tuple[float, float, float, float], expected: bool) -> None:
    place = Place(page, quad_of(Box(*box)), "", (), ())
    assert is_right_place(TruePlace(1, GridBox(100, 100, 200, 200)), place) is expected


SCHEMA = Schema.model_validate(
    {
        "fields": [
            *({"name": name, "type": "string"} for name in ("a", "b", "c", "d", "e", "f", "unknown")),
            {
                "name": "items",
                "type": "array",
                "children": [*({"name": name, "type": "string"} for name in ("what", "code", "note"))],
            },
        ]
    }
)
PLACE = Place(1, quad_of(Box(0.1, 0.1, 0.2, 0.2)), "", (), ())


def cell(value: Value | None, confidence: float = 0.9) -> Cell:
    if value is None:
        return Cell(("x",), None, None, 0.0, Status.NOT_FOUND, None, 0.0)
    return Cell(("x",), value, str(value), 1.0, Status.GROUNDED, PLACE, confidence)


TRUTH = TypedDocument(
    {
        "a": TypedCell("one", TruePlace(1, GridBox(100, 100, 200, 200))),
        "b": TypedCell("Main Street 1, Town"),
        "c": TypedCell("three"),
        "d": TypedCell("four"),
        "e": TypedCell(None),
        "f": TypedCell(None),
    },
    {
        "items": [
            {"what": TypedCell("Nut"), "code": TypedCell("N1")},
            {"what": TypedCell("Bolt"), "code": TypedCell("B2")},
            {"what": TypedCell("Screw"), "code": TypedCell(None)},
        ]
    },
)
ANSWER: CellRow = {
    "a": cell("one", 0.95),
    "b": cell("Main Street 1 Town", 0.6),
    "c": cell("drei", 0.7),
    "d": cell(None),
    "e": cell("five", 0.99),
    "f": cell(None),
    "unknown": cell("whatever"),
    "items": [
        {"what": cell("Nut"), "code": cell("N1"), "note": cell("in a column that the truth does not mention")},
        {"what": cell("Screw"), "code": cell(None), "note": cell(None)},
        {"what": cell("Freight", 0.4), "code": cell(None), "note": cell("extra")},
    ],
}


def test_verdicts() -> None:
    judged = judge("x.pdf", SCHEMA, TRUTH, ANSWER)
    assert {c.path: c.verdict for c in judged.cells} == {
        ("a",): CellVerdict.RIGHT,
        ("b",): CellVerdict.CLOSE,
        ("c",): CellVerdict.WRONG,
        ("d",): CellVerdict.MISSED,
        ("e",): CellVerdict.INVENTED,
        ("f",): CellVerdict.EMPTY,
        ("items", 0, "what"): CellVerdict.RIGHT,
        ("items", 0, "code"): CellVerdict.RIGHT,
        ("items", 1, "what"): CellVerdict.MISSED,
        ("items", 1, "code"): CellVerdict.MISSED,
        ("items", 2, "what"): CellVerdict.RIGHT,
        ("items", 2, "code"): CellVerdict.EMPTY,
        ("items", 3, "what"): CellVerdict.INVENTED,  # a row that is not in the truth
    }
    rows = judged.rows["items"]
    assert (rows.true, rows.given, rows.found, rows.exact) == (3, 3, 2, 2)


def test_without_an_answer_everything_is_missed() -> None:
    judged = judge("x.pdf", SCHEMA, TRUTH, {})
    assert [c.verdict for c in judged.cells] == 4 * [CellVerdict.MISSED] + 2 * [CellVerdict.EMPTY] + 5 * [
        CellVerdict.MISSED
    ] + [CellVerdict.EMPTY]
    assert judged.rows["items"].found == 0


def test_rows_of_an_absent_array_are_invented_in_every_column() -> None:
    answer: CellRow = {"items": [{"what": cell("Nut"), "code": cell(None), "note": cell("x")}]}
    judged = judge("x.pdf", SCHEMA, TypedDocument({}, {"items": []}), answer)
    assert [(c.path, c.verdict) for c in judged.cells] == [
        (("items", 0, "what"), CellVerdict.INVENTED),
        (("items", 0, "note"), CellVerdict.INVENTED),
    ]


def test_figures() -> None:
    judged = judge("x.pdf", SCHEMA, TRUTH, ANSWER)
    fields = count_cells(c for c in judged.cells if len(c.path) == 1)
    assert (fields.n, fields.given) == (4, 4)  # a b c d are in the truth; a b c e were given
    assert (fields.precision, fields.recall, fields.f1, fields.close_f1) == (1 / 4, 1 / 4, 1 / 4, 2 / 4)
    assert fields.invention_rate == 1 / 2  # e, not f
    assert fields.right_place == 1.0  # a alone has a known place
    cells = count_cells(c for c in judged.cells if len(c.path) > 1)
    assert (cells.n, cells.given, cells.precision, cells.recall, cells.f1) == (5, 4, 3 / 4, 3 / 5, 2 * 3 / 9)
    assert count_rows([judged.rows["items"]] * 2).f1 == 2 * 4 / 12


def test_shares_of_nothing() -> None:
    nothing = count_cells([])
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.invention_rate, nothing.right_place) == (None,) * 5


def test_acceptances() -> None:
    judged = judge("x.pdf", SCHEMA, TRUTH, ANSWER)
    # given: 0.95 right, 0.6 close, 0.7 wrong, 0.99 invented; in the rows 3 x 0.9 right, 0.4 invented
    assert acceptances(judged.cells, (0.0, 0.5, 0.9, 0.95, 1.0)) == [
        (0.0, 8, 1.0, 4 / 8, 4),
        (0.5, 7, 7 / 8, 4 / 7, 3),
        (0.9, 5, 5 / 8, 4 / 5, 1),
        (0.95, 2, 2 / 8, 1 / 2, 1),
        (1.0, 0, 0.0, None, 0),
    ]


def test_confident_mistakes_are_worst() -> None:
    mistakes = worst(judge("x.pdf", SCHEMA, TRUTH, ANSWER).cells)
    assert [c.path for c in mistakes] == [
        ("e",),  # invented, 0.99
        ("c",),  # wrong, 0.7
        ("items", 3, "what"),  # invented, 0.4
        ("d",),  # missed
        ("items", 1, "what"),
        ("items", 1, "code"),
        ("b",),  # close
    ]
