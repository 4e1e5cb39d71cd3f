from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.fields import FieldType, Schema
from schemas.frames import GridBox
from service.evaluation.derivation import derived_schema
from service.evaluation.raw_truth import RawCell, RawDocument, TruePlace, TruthError
from service.evaluation.run import documents_in
from service.evaluation.typed_truth import TypedCell, TypedDocument, read_truth, typed_truth

SCHEMA = Schema.model_validate(
    {
        "fields": [
            {"name": "number", "type": "string"},
            {"name": "date", "type": "date"},
            {"name": "total", "type": "money"},
            {"name": "kind", "type": "enum", "values": ["INVOICE", "CREDIT NOTE"]},
            {"name": "items", "type": "array", "children": [{"name": "what", "type": "string"}, {"name": "count", "type": "integer"}]},
        ]
    }
)  # fmt: skip


def truth_of(folder: Path, files: dict[str, str | bytes], locale: str | None = None, places: bool = True) -> Any:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    read = read_truth(folder, None, documents_in(folder), SCHEMA)
    return typed_truth(read.raw, SCHEMA, locale, places)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"truth.csv": "file,number,total\na.pdf,R-1,12.50\n\nb.pdf,,\n"},
            {"a.pdf": ({"number": "R-1", "total": Decimal("12.50")}, {}), "b.pdf": ({}, {})},
            id="empty-cells-and-lines-say-nothing",
        ),
        pytest.param(
            {"truth.csv": "file,number,total\na.pdf,-,-\n"},
            {"a.pdf": ({"number": None, "total": None}, {})},
            id="a-dash-is-not-on-the-page",
        ),
        pytest.param(
            {"truth.csv": "\ufeffDatei;Filename;total;date\n".replace("Datei;", "") + "a.pdf;1.234,50;31.03.2024\n"},
            {"a.pdf": ({"total": Decimal("1234.50"), "date": "2024-03-31"}, {})},
            id="german-excel-with-mark-of-utf-8",
        ),
        pytest.param(
            {"truth.csv": "document\tnumber\nMüller.pdf\tgrün\n".encode("cp1252")},
            {"Müller.pdf": ({"number": "grün"}, {})},
            id="windows-1252-and-tabs",
        ),
        pytest.param(
            {"truth.csv": "file,number\nMu\u0308ller.pdf,1\nsub\\b.pdf,2\n"},
            {"Müller.pdf": ({"number": "1"}, {}), "sub/b.pdf": ({"number": "2"}, {})},
            id="names-with-divided-accents-and-backslashes",
        ),
        pytest.param(
            {"truth.csv": "file,number\na.pdf,1\nb.pdf,2\nc.pdf,3\n", "items.csv": "file,what,count\na.pdf,Nut,2\na.pdf,Bolt,\nb.pdf,-,-\n"},
            {
                "a.pdf": ({"number": "1"}, {"items": [{"what": "Nut", "count": 2}, {"what": "Bolt"}]}),
                "b.pdf": ({"number": "2"}, {"items": []}),
                "c.pdf": ({"number": "3"}, {}),
            },
            id="rows-of-an-array-in-a-file-of-its-own",
        ),
        pytest.param(
            {"truth.json": json.dumps({"a.pdf": {"number": None, "total": 12.5, "items": [{"what": "Nut"}], "kind": "credit note"}, "b.pdf": {"items": None}, "c.pdf": {"items": []}})},
            {
                "a.pdf": ({"number": None, "total": Decimal("12.5"), "kind": "CREDIT NOTE"}, {"items": [{"what": "Nut"}]}),
                "b.pdf": ({}, {"items": []}),
                "c.pdf": ({}, {"items": []}),
            },
            id="one-json-for-all",
        ),
        pytest.param(
            {"a.pdf": "", "a.json": '{"number": "1"}', "b.png": "", "b.png.json": '{"number": "2"}', "c.pdf": "", "other.json": "[]"},
            {"a.pdf": ({"number": "1"}, {}), "b.png": ({"number": "2"}, {})},
            id="a-json-next-to-each",
        ),
    ],
)  # fmt: skip
def test_truth_is_read(tmp_path: Path, files: dict[str, str | bytes], expected: dict[str, Any]) -> None:
    def plain(row: dict[str, TypedCell]) -> dict[str, Any]:
        return {name: cell.value for name, cell in row.items()}

    read: dict[str, TypedDocument] = truth_of(tmp_path, files)
    found = {
        n: (plain(d.fields), {a: [plain(r) for r in rows] for a, rows in d.arrays.items()}) for n, d in read.items()
    }
    assert found == expected


@pytest.mark.parametrize(
    ("dates", "locale", "expected"),
    [
        pytest.param(["03/04/2024"], None, "2024-04-03", id="day-first-without-evidence"),
        pytest.param(["03/04/2024"], "en-US", "2024-03-04", id="the-locale"),
        pytest.param(["03/04/2024", "03/28/2024"], "de", "2024-03-04", id="the-other-dates-of-the-truth-before-the-locale"),
    ],
)  # fmt: skip
def test_ambiguous_dates(tmp_path: Path, dates: list[str], locale: str | None, expected: str) -> None:
    rows = "".join(f"{number}.pdf,{date}\n" for number, date in enumerate(dates))
    assert truth_of(tmp_path, {"truth.csv": f"file,date\n{rows}"}, locale)["0.pdf"].fields["date"].value == expected


def test_places_are_read_and_can_be_ignored(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "truth.json": '{"a.pdf": {"number": {"value": "1", "page": 2, "bbox": [10, 20.4, 30, 40]}}}'
    }
    assert truth_of(tmp_path, files)["a.pdf"].fields["number"] == TypedCell("1", TruePlace(2, GridBox(10, 20, 30, 40)))
    assert truth_of(tmp_path, files, places=False)["a.pdf"].fields["number"] == TypedCell("1", None)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({}, "expected truth.csv or truth.json", id="none"),
        pytest.param({"truth.csv": "file,number\n", "truth.json": "{}"}, "Name one with --truth", id="two"),
        pytest.param({"truth.csv": "name,number\n"}, "expected a first row with the column 'file'", id="no-file-column"),
        pytest.param({"truth.csv": "file,number,number\n"}, "got 'number' twice", id="column-twice"),
        pytest.param({"truth.csv": "file,Datum\na.pdf,x\n"}, "line 2, column 'Datum': expected one of the schema's single-value fields", id="unknown-column"),
        pytest.param({"truth.csv": "file,items\na.pdf,x\n"}, "got 'items'", id="array-among-the-fields"),
        pytest.param({"truth.csv": "file,total\na.pdf,12,50\n"}, "line 2: expected 2 cells", id="comma-in-a-number-without-quotes"),
        pytest.param({"truth.csv": "file,number\na.pdf,1\na.pdf,2\n"}, "line 3: expected one row per document", id="document-twice"),
        pytest.param({"truth.csv": "file,number\n,1\n"}, "line 2: expected the name of a document", id="row-without-a-name"),
        pytest.param({"truth.csv": "file,date\na.pdf,soon\n"}, "column 'date': expected a date such as 2024-03-31 or 31.03.2024, got 'soon'", id="no-date"),
        pytest.param({"truth.csv": "file,kind\na.pdf,BILL\n"}, "expected one of INVOICE, CREDIT NOTE, got 'BILL'", id="no-such-enum-value"),
        pytest.param({"truth.csv": "file,number\na.pdf,1\n", "items.csv": "file,count\na.pdf,2.5\n"}, "expected a whole number, got '2.5'", id="fraction-of-an-integer"),
        pytest.param({"truth.csv": "file,number\na.pdf,1\n", "items.csv": "file,count\nb.pdf,2\n"}, "got 'b.pdf'", id="rows-of-an-unknown-document"),
        pytest.param({"truth.json": "{"}, "expected JSON in UTF-8", id="broken-json"),
        pytest.param({"truth.json": "[]"}, "expected a JSON object, got a list", id="json-list"),
        pytest.param({"truth.json": '{"a.pdf": {"number": {"value": "1", "bbox": [0, 0, 1]}}}'}, "expected bbox as", id="three-corners"),
        pytest.param({"truth.json": '{"a.pdf": {"number": {"value": "1", "bbox": [0, 0, 2000, 9]}}}'}, "0 to 1000", id="box-in-pixels"),
        pytest.param({"truth.json": '{"a.pdf": {"number": {"text": "1"}}}'}, "got 'text'", id="unknown-key"),
        pytest.param({"truth.json": '{"a.pdf": {"rows": [{"what": "x"}]}}'}, "got 'rows'", id="unknown-array"),
    ],
)  # fmt: skip
def test_errors_say_where_and_what(tmp_path: Path, files: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(TruthError) as caught:
        truth_of(tmp_path, files)
    assert message in str(caught.value)


def test_a_csv_that_is_no_array_is_ignored(tmp_path: Path) -> None:
    for name, text in {"truth": "file,number\na.pdf,1\n", "lines": "file,x\na.pdf,1\n", "bank": "x,y\n1,2\n"}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    assert [path.name for path in read_truth(tmp_path, None, {}, SCHEMA).ignored] == ["lines.csv"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["31.03.2024", "2024-04-01"], FieldType.DATE, id="dates"),
        pytest.param(["20240331"], FieldType.INTEGER, id="eight-digits-are-no-date"),
        pytest.param(["since 31.03.2024"], FieldType.STRING, id="date-among-words"),
        pytest.param(["1.234,50", "€ 3.00"], FieldType.MONEY, id="two-decimals"),
        pytest.param(["1.5", "2"], FieldType.NUMBER, id="other-decimals"),
        pytest.param(["19 %"], FieldType.NUMBER, id="percent"),
        pytest.param(["1", "12"], FieldType.INTEGER, id="whole"),
        pytest.param(["0012"], FieldType.STRING, id="a-zero-in-front-is-an-identifier"),
        pytest.param(["12", "12a"], FieldType.STRING, id="one-is-none"),
        pytest.param([True, False], FieldType.BOOLEAN, id="truth-values"),
        pytest.param([3, Decimal("3.5")], FieldType.NUMBER, id="json-numbers"),
        pytest.param([None], FieldType.STRING, id="never-on-the-page"),
    ],
)
def test_types_are_derived(values: list[Any], expected: FieldType) -> None:
    truth = {f"{i}.pdf": RawDocument("", {"x": RawCell(value, "")}) for i, value in enumerate(values)}
    assert derived_schema(truth).fields[0].type is expected


def test_arrays_are_derived() -> None:
    rows = [{"what": RawCell("Nut", ""), "count": RawCell("2", "")}]
    truth = {
        "a.pdf": RawDocument("", {"items": RawCell(None, ""), "n": RawCell("x", "")}),
        "b.pdf": RawDocument("", {}, {"items": rows}),
    }
    fields = derived_schema(truth).fields
    assert [(f.name, f.type) for f in fields] == [("n", FieldType.STRING), ("items", FieldType.ARRAY)]
    assert [(c.name, c.type) for c in fields[1].children or ()] == [("what", "string"), ("count", "integer")]
