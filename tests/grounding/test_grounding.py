"""Grounding's promises to callers: hints, pages, ratio and geometry, checked by slow, obvious code."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grounding import ground
from grounding.agreement import agreement, edits, match_ratio
from grounding.symbol_text import SymbolText
from schemas.fields import FieldType
from schemas.frames import Tilted, grid_box
from schemas.geometry import Point, Quad
from schemas.normalise.characters import bare, squash
from schemas.pages import Document, Page, Symbol, TextSource, make_line, make_word
from schemas.results import Cell, Proposal, Status
from tests.fakes import document, word_ids

S, M, E = FieldType.STRING, FieldType.MONEY, FieldType.ENUM


def cell(page: Document, kind: FieldType, text: str, hint: str = "", values: tuple[str, ...] = ()) -> Cell:
    hinted = word_ids(page, hint) if hint else ()
    (answer,) = ground(page, [Proposal(("f",), kind, text, hinted, 0.9, values)])
    return answer


def test_the_hint_chooses_between_equals() -> None:
    page = document("Subtotal   50.00\nTotal      50.00")
    proposals = [Proposal(("a",), M, "50.00", (1,)), Proposal(("b",), M, "50.00", (3,))]
    first, second = ground(page, proposals, explain=True)
    assert first.place is not None
    assert second.place is not None
    assert first.place.quad.box.top < second.place.quad.box.top
    assert [p.quad.box.top for p in second.alternatives] == [first.place.quad.box.top]


def test_a_wrong_hint_does_not_hide_the_value() -> None:
    page = document("Number 4711\nCustomer 0815")
    assert cell(page, S, "4711", hint="Customer 0815").raw_text == "4711"


def test_a_hint_never_outweighs_a_different_text() -> None:
    found = cell(document("Ref INV-7052\nNo INV-7042"), S, "INV-7042", hint="INV-7052")
    assert (found.raw_text, found.status) == ("INV-7042", Status.GROUNDED)


def test_word_ids_that_do_not_exist_are_ignored() -> None:
    (found,) = ground(document("No 4711"), [Proposal(("f",), S, "4711", (-1, 99))])
    assert found.raw_text == "4711"


def test_a_block_next_to_another_column_is_found_by_its_words() -> None:
    page = document("Gartenweg 7      Invoice 12\n20457 Hamburg    30.04.2025")
    ids = word_ids(page, "Gartenweg 7") + word_ids(page, "20457 Hamburg")
    (found,) = ground(page, [Proposal(("a",), S, "Gartenweg 7 20457 Hamburg", ids)])
    assert found.status is Status.GROUNDED
    assert found.place is not None
    assert grid_box(found.place.quad.box) == (0, 20, 130, 52)


def test_enum_values_are_given_as_permitted() -> None:
    found = cell(document("Tax Invoice"), E, "invoice", values=("INVOICE", "CREDIT NOTE"))
    assert found.value == "INVOICE"
    assert cell(document("Tax Invoice"), E, "Quote", values=("INVOICE",)).status is Status.NOT_FOUND


def test_page_numbers_are_those_of_the_document() -> None:
    found = cell(document("first page", "total 5.00"), M, "5.00")
    assert found.place is not None
    assert found.place.page == 2


def test_nothing_is_found_on_an_empty_page() -> None:
    for page in (document(""), Document(())):
        assert cell(page, S, "abc").status is Status.NOT_FOUND
        assert cell(page, M, "1.00").status is Status.NOT_FOUND


def test_answers_are_reproducible() -> None:
    page = document("A 1.00  1.00\nB 1.00  2.00\nTotal  1.00")
    proposals = [Proposal(("items", n, c), M, "1.00") for n in range(2) for c in ("x", "y")]
    assert ground(page, proposals) == ground(page, proposals)


@given(st.floats(-30, 30), st.floats(0.5, 2.0))
def test_vertices_follow_the_tilt_of_the_text(degrees: float, aspect: float) -> None:
    frame = Tilted.by(math.radians(degrees), aspect)

    def symbol(character: str, along: float) -> Symbol:
        corners = [(along, 0.5), (along + 0.02, 0.5), (along + 0.02, 0.53), (along, 0.53)]
        return Symbol(character, Quad(*(frame.to_page(*corner) for corner in corners)), 1.0)

    words = [
        make_word(n, tuple(symbol(c, 0.1 * n + 0.02 * i) for i, c in enumerate(text)))
        for n, text in enumerate(("No", "4711"))
    ]
    page = Page(1, 1000 * aspect, 1000, (make_line(tuple(words)),), TextSource.OCR)
    found = cell(Document((page,)), S, "4711")
    assert found.place is not None
    expected = [frame.to_page(*corner) for corner in ((0.1, 0.5), (0.18, 0.5), (0.18, 0.53), (0.1, 0.53))]
    for vertex, wanted in zip(found.place.quad, expected, strict=True):
        assert vertex == pytest.approx(wanted, abs=1e-9)


words = st.lists(
    st.text(alphabet="abcdeo01l5S ", min_size=1, max_size=8).map(str.strip).filter(bool), min_size=1, max_size=8
)


@given(words, st.data())
@settings(max_examples=60)
def test_a_printed_value_is_found_where_it_is_printed(printed: list[str], data: st.DataObject) -> None:
    """Compare with a slow search for every place whose text equals the value; one of them must be found."""
    page = document(" ".join(" ".join(printed).split()))
    start = data.draw(st.integers(0, len(page.words) - 1))
    end = data.draw(st.integers(start + 1, len(page.words)))
    value = " ".join(w.text for w in page.words[start:end])
    found = cell(page, S, value)
    assert found.match_ratio == 1.0
    assert found.raw_text is not None
    assert squash(found.raw_text) == squash(value)


any_text = st.text(alphabet="aeßﬁé̈İ株1O0l|.,- -–€½²", min_size=1, max_size=6)


@given(st.lists(any_text, min_size=1, max_size=6), st.sampled_from([*FieldType]), any_text)
@settings(max_examples=300, deadline=None)
def test_no_text_and_no_value_raises(printed: list[str], kind: FieldType, value: str) -> None:
    page = document(*printed)
    for path in (("f",), ("f", 0, "x")):
        (found,) = ground(page, [Proposal(path, kind, value, (0,), 0.5, (value,))], explain=True)
        assert (found.place is None) == (found.status is Status.NOT_FOUND)
        assert 0.0 <= found.confidence <= 1.0


@given(st.lists(any_text, min_size=1, max_size=6), st.data())
@settings(max_examples=200)
def test_every_character_of_every_view_maps_to_its_symbol(printed: list[str], data: st.DataObject) -> None:
    """Compare with a slow version that squashes each word by itself."""
    text = SymbolText(document(*printed))
    if not text.squashed:
        return
    position = data.draw(st.integers(0, len(text.squashed) - 1))
    start, end = text.symbols_of_squashed(position, position + 1)
    assert end == start + 1
    assert text.squashed[position] in squash(text.document.words[text.word_of(start)].text)


def plain_distance(a: str, b: str) -> int:
    """Compute the Levenshtein distance by the textbook recurrence."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(previous + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


@given(st.text("ab1", max_size=12), st.text("ab1", max_size=12))
def test_match_ratio_is_the_published_formula(a: str, b: str) -> None:
    longest = max(len(a), len(b))
    assert match_ratio(a, b) == pytest.approx(1 - plain_distance(a, b) / longest if longest else 1.0)


@given(st.text("rnmw01oa-", min_size=1, max_size=12), st.text("rnmw01oa-", max_size=12))
def test_the_edits_turn_the_value_into_the_text_found(value: str, found: str) -> None:
    made, done = "", 0
    for edit in edits(value, found):
        made += value[done : edit.position] + edit.found
        done = edit.position + len(edit.value)
    assert made + value[done:] == found


@given(st.text("0123456789", min_size=1, max_size=8), st.text("0123456789", min_size=1, max_size=8))
def test_digits_agree_only_with_themselves(value: str, found: str) -> None:
    assert agreement(value, found).digits_agree == (value == found)


@given(st.text("olisbzg0158|rnvm-. ", max_size=12))
def test_the_bare_text_keeps_each_characters_position(text: str) -> None:
    squashed = squash(text)
    letters, at = bare(squashed)
    assert len(letters) == len(at)
    assert at == sorted(set(at))
    assert all(squashed[i].isalnum() or squashed[i] == "|" for i in at)


def test_region_corners_are_page_fractions() -> None:
    """Even if a value is printed on two lines."""
    found = cell(document("Main Street 5\n12345 Town"), S, "Main Street 5 12345 Town")
    assert found.place is not None
    assert all(isinstance(p, Point) for region in found.place.regions for p in region.quad)
    assert grid_box(found.place.quad.box) == (0, 20, 130, 52)
