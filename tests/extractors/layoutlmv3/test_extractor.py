"""Proposals from labelled words, with a stand-in for the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from extractors import Model
from extractors.layoutlmv3 import LayoutLMv3Extractor
from extractors.layoutlmv3.tags import WordLabel, fields_of, parsed
from schemas.deadline import Deadline, TookTooLong, within
from schemas.fields import Field, FieldType, Schema
from schemas.own_party import OwnParty
from schemas.pages import Document, Page
from schemas.presets import Template, presets
from schemas.results import Proposal
from tests.fakes import FakeExtractor, document


class Classifier:
    """Labels words as given: `{"4711": "B-NUMBER"}`, or with a probability, `{"4711": ("B-NUMBER", 0.6)}`."""

    model = Model("mine", "cuda")
    picture_side = 448

    def __init__(self, words: dict[str, Any], stated: dict[str, str | list[str]] | None = None) -> None:
        self.words = {word: label if isinstance(label, tuple) else (label, 0.9) for word, label in words.items()}
        self.fields = fields_of(parsed([label for label, _ in self.words.values()]), stated or {})

    def classify(self, page: Page) -> list[WordLabel]:
        names = ["O", "B-x", *(label for label, _ in self.words.values())]
        labels = dict(zip(names, parsed(names), strict=True))
        found = [self.words.get(word.text, ("O", 0.99)) for word in page.words]
        return [WordLabel(labels[name], confidence) for name, confidence in found]


class Other(FakeExtractor):
    """Records the fields it was asked for."""

    asked: Schema | None = None

    def propose(
        self, document: Document, schema: Schema, locale: str | None = None, own: OwnParty | None = None
    ) -> list[Proposal]:
        self.asked = schema
        return self.proposals


def field(name: str, type_: str = "string", **more: Any) -> Field:
    return Field(name=name, type=FieldType(type_), **more)


def proposed(
    page: str | Sequence[str],
    words: dict[str, Any],
    *fields: Field,
    stated: dict[str, str | list[str]] | None = None,
) -> dict[tuple[str | int, ...], str]:
    pages = [page] if isinstance(page, str) else page
    extractor = LayoutLMv3Extractor(Classifier(words, stated), Other([]))
    return {p.path: p.text for p in extractor.propose(document(*pages), Schema(fields=fields))}


def test_words_of_an_entity_are_a_value() -> None:
    words = {"ACME": "B-SUPPLIER-NAME", "Nuts": "I-SUPPLIER-NAME", "4711": "B-INVOICE_NUMBER"}
    page = "ACME Nuts\nNumber 4711"
    found = proposed(page, words, field("supplier_name"), field("Invoice Number"), field("total", "money"))
    assert found == {("supplier_name",): "ACME Nuts", ("Invoice Number",): "4711"}


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        pytest.param(["B-X", "B-X", "O"], ["a", "b"], id="each-begins"),
        pytest.param(["B-X", "I-X", "I-X"], ["a b c"], id="goes-on"),
        pytest.param(["I-X", "I-X", "O"], ["a b"], id="begins-inside"),
        pytest.param(["B-X", "I-X", "B-Y"], ["a b"], id="another-follows"),
        pytest.param(["B-X", "O", "I-X"], ["a", "c"], id="after-a-gap"),
        pytest.param(["B-X", "I-X", "E-X"], ["a b c"], id="ends"),
        pytest.param(["S-X", "U-X", "L-X"], ["a", "b c"], id="single"),
        pytest.param(["X", "X", "OTHER"], ["a b"], id="bare"),
        pytest.param(["LABEL_3", "LABEL_4", "LABEL_0"], ["a b"], id="unnamed"),
    ],
)
def test_schemes(labels: list[str], values: list[str]) -> None:
    """An array with one column returns all values."""
    array = field("rows", "array", children=(field("x"),))
    stated: dict[str, str | list[str]] = {"LABEL_3": "rows.x"} if "LABEL_3" in labels else {"X": "rows.x"}
    found = proposed("a b c", dict(zip("abc", labels, strict=True)), array, stated=stated)
    assert list(found.values()) == values


def test_the_surest_of_several_values() -> None:
    words = {"1.00": ("B-TOTAL", 0.6), "2.00": ("B-TOTAL", 0.8), "3.00": ("B-TOTAL", 0.7)}
    assert proposed(["1.00", "2.00\n3.00"], words, field("total", "money")) == {("total",): "2.00"}


def test_entities_under_other_names() -> None:
    words = {"9.00": "B-TOTAL", "8.00": "B-SUB"}
    stated: dict[str, str | list[str]] = {"TOTAL": ["amount", "total_amount"], "SUB": []}
    fields = field("total_amount", "money"), field("total", "money"), field("sub", "money")
    assert proposed("8.00 9.00", words, *fields, stated=stated) == {("total_amount",): "9.00"}


def test_three_unnamed_labels_are_an_invoice_number() -> None:
    assert fields_of(parsed(["LABEL_0", "LABEL_1", "LABEL_2"]), {}) == {"LABEL_1": [("invoice_number",)]}
    assert fields_of(parsed(["LABEL_0", "LABEL_1", "LABEL_2"]), {"LABEL_1": "total"}) == {"LABEL_1": [("total",)]}
    assert fields_of(parsed(["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"]), {})["LABEL_1"] == [("LABEL_1",)]


def test_an_enum_accepts_only_its_values() -> None:
    currency = field("currency", "enum", values=("EUR", "USD"))
    assert proposed("eur", {"eur": "B-CURRENCY"}, currency) == {("currency",): "EUR"}
    assert proposed("franc", {"franc": "B-CURRENCY"}, currency) == {}


def test_a_row_ends_where_a_column_repeats() -> None:
    words = {"Nut": "B-WHAT", "M8": "I-WHAT", "1": "B-PIECES", "Bolt": "B-WHAT", "2": "B-PIECES", "Nail": "B-WHAT"}
    stated: dict[str, str | list[str]] = {"WHAT": "items.what", "PIECES": "items.pieces"}
    items = field("items", "array", children=(field("what"), field("pieces", "integer"), field("price", "money")))
    assert proposed("Nut M8  1\nBolt  2\nNail", words, items, stated=stated) == {
        ("items", 0, "what"): "Nut M8",
        ("items", 0, "pieces"): "1",
        ("items", 1, "what"): "Bolt",
        ("items", 1, "pieces"): "2",
        ("items", 2, "what"): "Nail",
    }


def test_unknown_fields_are_left_to_the_other_extractor() -> None:
    """It handles an array if it knows at least one of the columns."""
    other = Other([Proposal(("date",), FieldType.DATE, "1.1.2025")])
    extractor = LayoutLMv3Extractor(Classifier({"4711": "B-NUMBER", "Nut": "B-items.what"}), other)
    items = field("items", "array", children=(field("what"), field("price", "money")))
    taxes = field("taxes", "array", children=(field("rate", "number"),))
    asked = Schema(fields=(field("number"), items, field("date", "date"), taxes))
    found = extractor.propose(document("Nut 4711 1.1.2025"), asked)
    assert {p.path for p in found} == {("number",), ("items", 0, "what"), ("date",)}
    assert other.asked is not None
    assert [f.name for f in other.asked.fields] == ["date", "taxes"]
    assert extractor.model == Model("mine", "cuda")
    assert extractor.picture_side == 448


def test_a_preset_stays_one() -> None:
    """What the checkpoint was not taught goes on with the preset, for which another extractor may be registered."""
    other = Other([])
    extractor = LayoutLMv3Extractor(Classifier({"91234561": "B-NUMBER"}), other)
    extractor.propose(document("91234561"), presets()["quota_invoice"])
    assert isinstance(other.asked, Template)
    assert other.asked.id == "quota_invoice"
    assert [f.name for f in other.asked.fields] == ["code", "amount", "location"]


def test_names_with_dots() -> None:
    words = {"1.00": "B-total.price", "Nut": "B-items.what"}
    items = field("items", "array", children=(field("what"),))
    assert proposed("1.00 Nut", words, field("total.price", "money"), items) == {
        ("total.price",): "1.00",
        ("items", 0, "what"): "Nut",
    }
    assert proposed("1.00 Nut", words, field("Total Price", "money")) == {("Total Price",): "1.00"}


def test_an_entity_that_is_several_columns() -> None:
    stated: dict[str, str | list[str]] = {"X": ["items.what", "items.name"]}
    items = field("items", "array", children=(field("what"), field("name")))
    assert proposed("Nut Bolt", {"Nut": "B-X", "Bolt": "B-X"}, items, stated=stated) == {
        ("items", 0, "what"): "Nut",
        ("items", 0, "name"): "Nut",
        ("items", 1, "what"): "Bolt",
        ("items", 1, "name"): "Bolt",
    }


def test_fields_of_an_unknown_entity() -> None:
    with pytest.raises(ValueError, match="expected one of DATE, TOTAL, got 'B-TOTAL'"):
        fields_of(parsed(["O", "B-TOTAL", "B-DATE"]), {"B-TOTAL": "total_amount"})


def test_a_document_that_takes_too_long() -> None:
    extractor = LayoutLMv3Extractor(Classifier({"a": "B-X"}), Other([]))
    with within(Deadline(-1)), pytest.raises(TookTooLong, match="Send fewer pages"):
        extractor.propose(document("a"), Schema(fields=(field("x"),)))


def test_every_word_is_labelled() -> None:
    extractor = LayoutLMv3Extractor(
        Classifier({"A-1": ("LABEL_1", 0.6), "B-2": ("LABEL_1", 0.8), "B-3": ("LABEL_2", 0.9)}), Other([])
    )
    assert extractor.entities_of(field("invoice_number")) == {"LABEL_1"}
    assert extractor.entities_of(field("total")) == frozenset()
    labelled = extractor.label_words(document("No A-1\nNo", "B-2 B-3"))
    assert [(word, label.label.entity, label.label.begins, label.confidence) for word, label in labelled] == [
        (0, "", False, 0.99),
        (1, "LABEL_1", True, 0.6),
        (2, "", False, 0.99),
        (3, "LABEL_1", True, 0.8),
        (4, "LABEL_1", False, 0.9),
    ]
    assert extractor.label_words(document("")) == []
