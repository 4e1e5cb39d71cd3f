from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from documents import DamagedDocument
from documents.reading_options import DEFAULT, ReadingOptions
from extractors import Model
from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, Page
from schemas.results import Proposal
from service.cli.main import main
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.fakes import document

SCHEMA = {
    "fields": [
        {"name": "number", "type": "string"},
        {"name": "date", "type": "date"},
        {"name": "total", "type": "money"},
        {"name": "iban", "type": "string"},
        {
            "name": "items",
            "type": "array",
            "children": [{"name": "what", "type": "string"}, {"name": "price", "type": "money"}],
        },
    ]
}
DOCUMENTS = {
    "a.pdf": "number: R-1\ndate: 31.03.2024\ntotal: 1.234,50\nwhat: Nuts  price: 2,00\nwhat: Bolts  price: 3,00",
    "b.pdf": "number: R-2\ndate: 01.04.2024\ntotal: 99,00\niban: DE89",
    "c.pdf": "broken",
    "d.pdf": "number: R-4",
}
TRUTH = "file;number;date;total;iban\na.pdf;R-1;31.03.2024;1.234,50;-\nb.pdf;R-9;01.04.2024;;-\nc.pdf;R-3;;;\ne.pdf;R-5;;;\n"
ITEMS = "file;what;price\na.pdf;Nuts;2,00\na.pdf;Bolts;3,50\n"


class TextReader:
    """Documents are text; some are broken."""

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        if data == b"broken":
            raise DamagedDocument("the file breaks off")
        return document(data.decode())

    def email_parts(self, data: bytes) -> None:
        """No document is an e-mail."""

    def first_page(self, data: bytes, picture_side: int = 0) -> Page:
        return self.read(data).pages[0]


class LabelExtractor:
    """Proposes the text after `name:`, so that the page decides what is proposed."""

    model = Model("labels", "cpu")
    picture_side = 0

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        texts = [line.text for page in document.pages for line in page.lines]
        if "crash" in texts:
            raise ZeroDivisionError("no reason")
        made: list[Proposal] = []
        for field in schema.fields:
            if field.type is not FieldType.ARRAY:
                made += [Proposal((field.name,), field.type, text) for text in _after(field, texts)]
            for child in field.children or ():
                made += [
                    Proposal((field.name, n, child.name), child.type, t) for n, t in enumerate(_after(child, texts))
                ]
        return made


def _after(field: Field, texts: list[str]) -> list[str]:
    return [text.removeprefix(f"{field.name}: ") for text in texts if text.startswith(f"{field.name}: ")]


@contextmanager
def fake_pipeline(settings: Settings) -> Iterator[Pipeline]:
    yield Pipeline(TextReader(), LabelExtractor())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "books"
    made.mkdir()
    for name, text in DOCUMENTS.items():
        (made / name).write_text(text)
    (made / "truth.csv").write_text(TRUTH)
    (made / "items.csv").write_text(ITEMS)
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    return made


def evaluate(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", str(folder), *options], obj=fake_pipeline)


def rows(report: str, section: str) -> list[list[str]]:
    """The cells of the last table of a section, header included."""
    text = report.split(f"# {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.strip().split("\n\n") if line.startswith("|")][-1].split("\n")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in [lines[0], *lines[2:]]]


def test_the_report(folder: Path) -> None:
    result = evaluate(folder, "--schema", str(folder.parent / "schema.json"))
    assert result.exit_code == 0, result.output
    report = result.stdout
    figures = rows(report, "Evaluation")[1][:9]
    # in the truth: 3 numbers, 2 dates, 1 total; given and judged: 2 numbers, 2 dates, 1 total, 1 iban; right: 4
    assert figures == ["3", "1", "0.667", "0.667", "0.667", "0.667", "0.500", "0.750", "1.000"]
    assert rows(report, "Fields")[1:] == [
        ["number", "3", "1", "0", "1", "1", "0", "0.500", "0.333", "0.400"],
        ["date", "2", "2", "0", "0", "0", "0", "1.000", "1.000", "1.000"],
        ["total", "1", "1", "0", "0", "0", "0", "1.000", "1.000", "1.000"],
        ["iban", "0", "0", "0", "0", "0", "1", "0.000", "–", "0.000"],
    ]
    assert [row[:3] for row in rows(report, "items")[1:]] == [["what", "2", "2"], ["price", "2", "1"]]
    cases = rows(report, "Worst cases")[1:]
    assert sorted(row[:5] for row in cases) == [
        ["a.pdf", "items[1].price", "wrong", "3.50", "3.00"],
        ["b.pdf", "iban", "invented", "–", "DE89"],
        ["b.pdf", "number", "wrong", "R-9", "R-2"],
    ]
    assert [float(row[6]) for row in cases] == sorted((float(row[6]) for row in cases), reverse=True)
    assert rows(report, "Documents that failed")[1:] == [["c.pdf", "the file breaks off"]]
    assert "## Documents without truth, skipped\n\n- d.pdf\n" in report
    assert report.endswith("## Truth without a document\n\n- e.pdf\n")
    assert "3 of 3: c.pdf (failed: the file breaks off)" in result.stderr


def test_files_are_written_and_agree(folder: Path, tmp_path: Path) -> None:
    options = (
        "--schema",
        str(tmp_path / "schema.json"),
        "--out",
        str(tmp_path / "r.md"),
        "--json",
        str(tmp_path / "r.json"),
    )
    result = evaluate(folder, *options, "--worst", "1")
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(rows((tmp_path / "r.md").read_text(), "Worst cases")) == 2
    content: dict[str, Any] = json.loads((tmp_path / "r.json").read_text())
    assert content["overall"]["fields"]["f1"] == pytest.approx(2 / 3)
    assert content["arrays"]["items"]["found"] == 2
    assert content["confidence"][0]["accepted"] == 10
    assert len(content["mistakes"]) == 3
    price = next(c for c in content["cells"] if c["field"] == "items[1].price")
    assert (price["expected"], price["answered"]["value"], price["verdict"]) == (3.5, 3.0, "wrong")


def test_without_a_schema_it_is_derived_from_the_truth(folder: Path) -> None:
    report = evaluate(folder).stdout
    assert "derived from the truth: number: string, date: date, total: money, iban: string, items: array" in report
    assert rows(report, "Fields")[2][:3] == ["date", "2", "2"]


@pytest.mark.parametrize(
    ("options", "right_place"),
    [
        pytest.param((), "0.500", id="one-of-two"),
        pytest.param(("--no-places",), "–", id="ignored"),
    ],
)
def test_places(tmp_path: Path, options: tuple[str, ...], right_place: str) -> None:
    (tmp_path / "a.pdf").write_text("number: R-1\ntotal: 12,00")
    number = {"value": "R-1", "page": 1, "bbox": [75, 15, 115, 35]}  # columns 8 to 10 of the first row
    total = {"value": "12,00", "page": 1, "bbox": [500, 500, 600, 520]}
    (tmp_path / "a.json").write_text(json.dumps({"number": number, "total": total}))
    assert rows(evaluate(tmp_path, *options).stdout, "Evaluation")[1][9] == right_place


def test_text_from_documents_does_not_break_the_tables(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("number: <b>R|1</b>")
    (tmp_path / "truth.csv").write_text("file,number\na.pdf,R-1\n")
    assert "| &lt;b>R\\|1&lt;/b> |" in evaluate(tmp_path).stdout


def test_a_document_that_breaks_the_program_fails_alone(folder: Path) -> None:
    (folder / "b.pdf").write_text("crash")
    report = evaluate(folder).stdout
    failed = dict(rows(report, "Documents that failed")[1:])
    assert failed["b.pdf"] == "internal error, please report it: ZeroDivisionError: no reason"
    assert rows(report, "Fields")[1][:6] == ["number", "3", "1", "0", "0", "2"]
    assert "b.pdf" not in {row[0] for row in rows(report, "Worst cases")}


def test_a_document_larger_than_the_service_takes_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWITNESS_MAX_DOCUMENT_BYTES", "60")
    failed = dict(rows(evaluate(folder).stdout, "Documents that failed")[1:])
    assert failed.keys() == {"a.pdf", "c.pdf"}
    assert failed["a.pdf"].startswith("the document is too large: expected at most 60 bytes, got 93")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(("--template", "bill"), "unknown template: expected one of invoice, quota_invoice, receipt, got 'bill'", id="no-such-template"),
        pytest.param(("--template", "invoice"), "column 'number': expected one of the schema's single-value fields", id="columns-of-another-schema"),
        pytest.param(("--locale", "klingon"), "expected a BCP 47 locale", id="no-such-locale"),
        pytest.param(("--truth", "missing.csv"), "does not exist", id="no-such-file"),
        pytest.param(("--out", "missing/report.md"), "the folder 'missing' does not exist", id="nowhere-to-write"),
    ],
)  # fmt: skip
def test_errors(folder: Path, options: tuple[str, ...], message: str) -> None:
    result = evaluate(folder, *options)
    assert result.exit_code != 0
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("option", [p.opts[0] for p in main.commands["evaluate"].params if isinstance(p, click.Option)])
def test_every_option_is_documented(option: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "evaluate.md"
    assert f"`{option}" in page.read_text(encoding="utf-8")


def test_truth_about_other_documents_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    (tmp_path / "truth.csv").write_text("file,number\na,R-1\n")
    result = evaluate(tmp_path)
    assert result.exit_code == 1
    assert "such as 'a', got a.pdf" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "expected a schema as JSON", id="no-json"),
        pytest.param('{"fields": [{"name": "x", "type": "text"}]}', "fields[0].type: expected", id="no-such-type"),
    ],
)
def test_broken_schemas(folder: Path, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "broken.json").write_text(content)
    result = evaluate(folder, "--schema", str(tmp_path / "broken.json"))
    assert result.exit_code == 1
    assert message in result.stderr
