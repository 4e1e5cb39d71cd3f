"""The labels of a value, by where they are printed."""

from __future__ import annotations

import pytest

from extractors.rules.candidates import TypedCandidate
from extractors.rules.page_facts import PageFacts
from schemas.vocabulary import Kind
from tests.fakes import document


def labels(page: str, text: str, kind: Kind = Kind.AMOUNT) -> list[tuple[set[str], float]]:
    """The concepts and the trust of the labels of the value with this text."""
    facts = PageFacts(document(page))
    (found,) = (candidate for candidate in facts.candidates.by_kind[kind] if candidate.text == text)
    return [(set(label.meaning.concepts), label.trust) for label in facts.labels.of(found)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("Total: 12.50", [({"total"}, 1.0)], id="right-before-it"),
        pytest.param("Total      12.50", [({"total"}, 1.0)], id="in-the-cell-to-its-left"),
        pytest.param("Total\n12.50", [({"total"}, 0.9)], id="above-it"),
        pytest.param("Total      EUR      12.50", [(set(), 1.0), ({"total"}, 0.88)], id="beyond-a-currency"),
        pytest.param("12.50      Total", [], id="to-its-right"),
    ],
)
def test_places(page: str, expected: list[tuple[set[str], float]]) -> None:
    assert labels(page, "12.50") == expected


def test_words_right_before_a_value_hide_all_other_labels() -> None:
    assert labels("Discount\nTotal: 12.50", "12.50") == [({"total"}, 1.0)]


def test_a_label_further_above_is_trusted_less() -> None:
    assert labels("Total\n10.00\n11.00\n12.50", "12.50") == [({"total"}, 0.75)]


def test_a_header_over_several_values_names_each_by_its_own_words() -> None:
    page = "Net amount Tax amount\n10.00      1.90"
    facts = PageFacts(document(page))
    found: dict[str, TypedCandidate] = {c.text: c for c in facts.candidates.by_kind[Kind.AMOUNT]}
    assert "net" in facts.labels.of(found["10.00"])[0].meaning.concepts
    assert "net" not in facts.labels.of(found["1.90"])[0].meaning.concepts


def test_a_sentence_is_no_label() -> None:
    page = "Please send us the total of all that you have bought here in May      12.50"
    assert all(trust < 0.9 for _, trust in labels(page, "12.50"))
