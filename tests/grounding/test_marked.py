"""Test the places and the confidence of values that marks give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grounding import ground
from schemas.fields import FieldType
from schemas.geometry import Box, quad_of
from schemas.pages import Document, make_line, make_word
from schemas.results import Cell, Proposal, Region
from tests.fakes import document, word_ids

MARK = quad_of(Box(0.3, 0.02, 0.31, 0.032))


def cell(page: Document, label: str, value: str, mark_page: int = 1) -> Cell:
    proposal = Proposal(
        ("f",), FieldType.ENUM, value, word_ids(page, label), 0.9, ("cash", "bank transfer"), Region(mark_page, MARK)
    )
    (answer,) = ground(page, [proposal])
    return answer


def read_with(page: Document, confidence: float) -> Document:
    """The page with this confidence in each symbol."""
    (only,) = page.pages
    lines = tuple(
        make_line(
            tuple(make_word(w.id, tuple(s._replace(confidence=confidence) for s in w.symbols)) for w in line.words)
        )
        for line in only.lines
    )
    return Document((replace(only, lines=lines),))


@pytest.mark.parametrize(
    ("label", "read", "confidence"),
    [
        pytest.param("Cash", 1.0, 0.9, id="the-value"),
        pytest.param("Cash", 0.5, 0.45, id="badly-read"),
        pytest.param("Cush", 1.0, 0.9 * 0.75, id="misread"),
    ],
)
def test_confidence_falls_with_the_reading_and_the_match(label: str, read: float, confidence: float) -> None:
    assert cell(read_with(document(label), read), label, "cash").confidence == pytest.approx(confidence)


def test_a_mark_on_another_page_than_its_label_is_part_of_the_place() -> None:
    place = cell(document("Payment", "Cash"), "Cash", "cash").place
    assert place is not None
    assert (place.page, place.text) == (2, "Cash")
    assert [region.page for region in place.regions] == [1, 2]
    assert place.regions[0] == Region(1, MARK)
