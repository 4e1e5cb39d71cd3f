from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from documents import DamagedDocument, EmailPart
from documents.reading_options import DEFAULT, ReadingOptions
from schemas.pages import Document
from service.cli.main import main
from service.pipeline.pipeline import Pipeline
from service.settings import Settings
from tests.contract.conftest import FIELDS, PAGE, PROPOSALS
from tests.fakes import FakeExtractor, FakeReader


class Reader(FakeReader):
    """One of the documents is broken."""

    def read(self, data: bytes, options: ReadingOptions = DEFAULT) -> Document:
        if data == b"broken":
            raise DamagedDocument("the image is cut off")
        return super().read(data, options)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCWITNESS_DATA_DIR", str(tmp_path / "data"))
    source = tmp_path / "documents"
    (source / "march").mkdir(parents=True)
    for number in range(7):
        (source / "march" / f"{number}.pdf").write_bytes(b"x%d" % number)
    (source / "b.PNG").write_bytes(b"broken")
    (source / "empty.tif").write_bytes(b"")
    (source / "notes.txt").write_text("no document")
    (tmp_path / "schema.json").write_text(json.dumps({"fields": FIELDS}))
    return tmp_path


def run(folder: Path, out: str, *options: str, reader: FakeReader | None = None) -> Result:
    @contextmanager
    def pipeline(_settings: Settings) -> Iterator[Pipeline]:
        yield Pipeline(reader or Reader(PAGE), FakeExtractor(PROPOSALS))

    arguments = [
        "batch",
        str(folder / "documents"),
        "--schema",
        str(folder / "schema.json"),
        "--out",
        str(folder / out),
    ]
    return CliRunner().invoke(main, [*arguments, *options], obj=pipeline)


def usage() -> str:
    return CliRunner().invoke(main, ["usage", "--by", "route", "--format", "csv"]).stdout


def test_every_document_is_a_row(folder: Path) -> None:
    result = run(folder, "out.csv")
    assert result.exit_code == 1  # not all could be extracted
    assert "7 of 9 documents extracted" in result.stderr
    assert "b.PNG: the image is cut off" in result.stderr
    rows = list(csv.DictReader(io.StringIO((folder / "out.csv").read_text(encoding="utf-8-sig"))))
    assert [row["file"] for row in rows] == ["b.PNG", "empty.tif", *(f"march/{n}.pdf" for n in range(7))]
    assert [row["status"] for row in rows] == ["failed", "failed", *["succeeded"] * 7]
    assert rows[1]["error"] == "wrong size: expected 1 to 10,000,000 bytes, got 0"
    assert (rows[2]["number"], rows[2]["date"], rows[2]["missing"]) == ("4711", "2025-04-30", "")
    assert json.loads(rows[2]["items"]) == [{"what": "Widget", "sum": 20.0}]
    assert usage().split() == ["route,calls,pages,cost", "batch,7,7,0"]
    assert not list(folder.glob(".*"))


def test_the_same_command_goes_on_where_it_was_interrupted(folder: Path) -> None:
    spool = run(folder, "out.jsonl")
    assert spool.exit_code == 1
    first = (folder / "out.jsonl").read_bytes()
    again = run(folder, "out.jsonl")  # all is in the queue's memory: nothing is read or charged a second time
    assert again.exit_code == 1
    assert (folder / "out.jsonl").read_bytes() == first
    assert "batch,7,7,0" in usage()


def test_parquet_has_typed_columns(folder: Path) -> None:
    run(folder, "out.parquet")
    table = parquet.read_table(folder / "out.parquet").to_pylist()
    row = table[2]
    assert (row["file"], row["date"], row["missing"]) == ("march/0.pdf", date(2025, 4, 30), None)
    assert row["items"] == [{"what": "Widget", "sum": Decimal("20")}]
    assert json.loads(row["answer"])["data"]["number"]["bbox"]["xmin"] >= 0
    assert table[0]["answer"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--template", "invoice"], "exactly one of --template and --schema"),
        (["--account", "nobody"], "there is no account 'nobody'"),
        (["--locale", "zz"], "expected a BCP 47 locale"),
    ],
)
def test_bad_commands(folder: Path, options: list[str], message: str) -> None:
    result = run(folder, "out.csv", *options)
    assert result.exit_code != 0
    assert message in result.stderr


def test_bad_sources_and_targets(folder: Path) -> None:
    assert "unknown format: expected a file that ends in .parquet, .csv, .jsonl" in run(folder, "out.xlsx").stderr
    schema = str(folder / "schema.json")
    missing = CliRunner().invoke(
        main, ["batch", str(folder / "nothing"), "--schema", schema, "--out", str(folder / "o.csv")]
    )
    assert "there is no folder" in missing.stderr
    unknown = CliRunner().invoke(
        main, ["batch", str(folder / "documents"), "--template", "x", "--out", str(folder / "o.csv")], obj=None
    )
    assert "there is no template 'x'" in unknown.stderr


def test_the_parts_of_an_email_follow_it(folder: Path) -> None:
    parts = [EmailPart("body.txt", b"body", None), EmailPart("0.pdf", b"broken", None), EmailPart("a.zip", None, "why")]
    (folder / "documents" / "march" / "mail.eml").write_bytes(b"mail")
    result = run(folder, "out.jsonl", reader=Reader(PAGE, emails={b"mail": parts}))
    assert "8 of 11 documents extracted" in result.stderr
    assert "march/mail.eml/a.zip: left out: why" in result.stderr
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_bytes().splitlines()]
    found = {row["file"]: (row["status"], row["answer"] is not None) for row in rows if row["file"] > "march/6"}
    parts_of_mail = ["march/mail.eml/0.pdf", "march/mail.eml/a.zip", "march/mail.eml/body.txt"]
    assert list(found) == ["march/6.pdf", "march/mail.eml", *parts_of_mail]
    expected = [("taken_apart", False), ("failed", False), ("left_out", False), ("succeeded", True)]
    assert list(found.values())[1:] == expected
    assert usage().split() == ["route,calls,pages,cost", "batch,8,8,0"]
