"""Pages are turned so that their text runs to the right, and places are mapped back to the pages as sent."""

from __future__ import annotations

import dataclasses

import pytest

from grounding import ground
from schemas.codes import Code
from schemas.fields import FieldType
from schemas.frames import turn
from schemas.geometry import Box, quad_of
from schemas.marks import FormEntry, Mark, MarkShape, MarkState
from schemas.page_rows import PageRows
from schemas.pages import Document, Line, Page, make_line, make_word
from schemas.results import Proposal
from schemas.upright import upright
from tests.fakes import document, word_ids

TABLE = "Item     Amount\nnuts     12.50\nbolts    7.20"
SIDEWAYS = "Beleg 4711\nArt      Menge\nwire     31\nrope     47"


def turned(page: Page, quarters: int) -> Page:
    """The page as it looks after turning it clockwise."""
    width, height = (page.height, page.width) if quarters % 2 else (page.width, page.height)
    return dataclasses.replace(
        page, width=width, height=height, lines=tuple(turned_line(line, quarters) for line in page.lines)
    )


def turned_line(line: Line, quarters: int, first_id: int | None = None) -> Line:
    return make_line(
        tuple(
            make_word(
                word.id if first_id is None else first_id + i,
                tuple(s._replace(quad=turn(s.quad, quarters)) for s in word.symbols),
            )
            for i, word in enumerate(line.words)
        )
    )


def mixed() -> Document:
    """A page of upright lines, then a page with upright lines and a table that runs downwards."""
    first, second = document(TABLE), document(TABLE, SIDEWAYS)
    lines = list(second.pages[0].lines)
    next_id = len(second.pages[0].words)
    for line in second.pages[1].lines:
        lines.append(turned_line(line, 1, next_id))
        next_id += len(line.words)
    offset = len(first.words)
    shifted = [turned_line(line, 0, offset + line.words[0].id) for line in lines]
    return Document((first.pages[0], Page(2, 800, 1200, tuple(shifted), first.pages[0].source)))


def test_an_upright_document_is_returned_as_it_is() -> None:
    page = document(TABLE, "second")
    frame = upright(page)
    assert frame.document is page
    cells = ground(page, [Proposal(("a",), FieldType.MONEY, "12.50")])
    assert frame.as_sent(cells) == cells


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_turned_back(quarters: int) -> None:
    straight = document(TABLE)
    sent = Document((turned(dataclasses.replace(straight.pages[0], width=600, height=1000), quarters),))
    frame = upright(sent)
    (page,) = frame.document.pages
    assert (page.width, page.height, page.number) == (600, 1000, 1)
    assert [word.id for word in frame.document.words] == list(range(len(straight.words)))
    for found, expected in zip(page.words, straight.words, strict=True):
        assert found.box == pytest.approx(expected.box, abs=1e-9)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_places_are_mapped_back(quarters: int) -> None:
    sent = Document((turned(document(TABLE).pages[0], quarters),))
    frame = upright(sent)
    proposal = Proposal(("a",), FieldType.MONEY, "12.50", word_ids(sent, "12.50"))
    (cell,) = frame.as_sent(ground(frame.document, [proposal], explain=True))
    (word,) = (sent.words[i] for i in word_ids(sent, "12.50"))
    assert cell.place is not None
    assert cell.place.page == 1
    assert cell.place.quad.box == pytest.approx(word.box, abs=1e-9)
    assert cell.place.quad.top_left == pytest.approx(word.symbols[0].quad.top_left, abs=1e-9)
    assert [region.quad.box for region in cell.place.regions] == [pytest.approx(word.box, abs=1e-9)]


def test_each_direction_of_a_page_becomes_a_page() -> None:
    sent = mixed()
    frame = upright(sent)
    assert [page.text.split("\n")[0] for page in frame.document.pages] == ["Item", "Item", "Beleg 4711"]
    assert [page.number for page in frame.document.pages] == [1, 2, 3]
    assert [(page.width, page.height) for page in frame.document.pages] == [(1000, 1000), (800, 1200), (1200, 800)]
    assert [word.id for word in frame.document.words] == list(range(len(sent.words)))
    assert [word.text for word in frame.document.words] == [word.text for word in sent.words]
    for page in frame.document.pages:
        for word in page.words:
            first = word.symbols[0].quad
            assert first.top_left.x < first.top_right.x
            assert first.top_left.y == pytest.approx(first.top_right.y)


@pytest.mark.parametrize("text", ["rope", "Beleg 4711", "bolts"])
def test_places_of_each_direction_are_on_the_page_as_sent(text: str) -> None:
    sent = mixed()
    frame = upright(sent)
    ids = word_ids(sent, text) if text != "bolts" else word_ids(sent, "bolts 7.20 Item Amount nuts 12.50 bolts")[-1:]
    (cell,) = frame.as_sent(ground(frame.document, [Proposal(("a",), FieldType.STRING, text, ids)], explain=True))
    assert cell.place is not None
    assert cell.place.page == 2
    box = cell.place.quad.box
    words = [sent.words[i].box for i in ids]
    assert box.left == pytest.approx(min(b.left for b in words), abs=1e-9)
    assert box.bottom == pytest.approx(max(b.bottom for b in words), abs=1e-9)
    assert all(place.page in {1, 2} for place in cell.alternatives)


def with_note(quarters: int) -> Document:
    """A page of upright lines with a note along its margin."""
    page, note = document(TABLE).pages[0], document("Copy 7").pages[0].lines[0]
    lines = (*page.lines, turned_line(note, quarters, len(page.words)))
    return Document((dataclasses.replace(page, lines=lines),))


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("page_quarters", [0, 1, 2, 3])
def test_a_note_stays_on_its_page_and_in_a_row_of_its_own(quarters: int, page_quarters: int) -> None:
    sent = with_note(quarters)
    straight = PageRows(document(TABLE)).lines_of_row
    frame = upright(Document((turned(sent.pages[0], page_quarters),)))
    (page,) = frame.document.pages
    for found, expected in zip(page.words, sent.words, strict=True):
        assert found.box == pytest.approx(expected.box, abs=1e-9)
    assert PageRows(frame.document).lines_of_row == [*straight, [len(page.lines) - 1]]


def test_alternating_directions_count_as_the_one_most_symbols_have() -> None:
    """Callers may give words in any order; their ids must stay."""
    page = document("long upright words here\nx\nmore upright words").pages[0]
    lines = (page.lines[0], turned_line(page.lines[1], 1), page.lines[2])
    frame = upright(Document((dataclasses.replace(page, lines=lines),)))
    (found,) = frame.document.pages
    assert found.lines == lines


def test_marks_entries_codes_and_pictures_follow_the_text_next_to_them() -> None:
    page = mixed().pages[1]
    near_sideways, near_upright = (
        quad_of(Box(x, y, x + 0.001, y + 0.001)) for x, y in (page.lines[-1].box[:2], (0.02, 0.03))
    )
    page = dataclasses.replace(
        page,
        marks=(Mark(near_sideways, MarkState.TICKED, MarkShape.BOX, 1.0),),
        form_entries=(FormEntry("a", near_upright),),
        codes=(Code("QRCode", "x", near_sideways),),
        picture=b"picture",
    )
    first = mixed().pages[0]
    frame = upright(Document((first, page)), lambda picture, quarters: picture + bytes([quarters % 4]))
    _, main, sideways = frame.document.pages
    assert (main.marks, main.codes, main.picture) == ((), (), b"picture")
    assert main.form_entries == page.form_entries
    assert sideways.marks[0].quad == turn(near_sideways, 3)
    assert sideways.codes[0].quad == turn(near_sideways, 3)
    assert sideways.picture is None


def test_the_picture_of_a_turned_page_is_turned() -> None:
    page = dataclasses.replace(turned(document(TABLE).pages[0], 1), picture=b"picture")
    frame = upright(Document((page,)), lambda picture, quarters: picture + bytes([quarters % 4]))
    assert frame.document.pages[0].picture == b"picture\x03"
    assert upright(Document((page,))).document.pages[0].picture is None


def test_every_part_of_a_page_with_a_place_is_turned() -> None:
    """A new attribute of a page must be turned in `schemas.upright` if it has a place."""
    known = {"number", "width", "height", "lines", "picture", "marks", "form_entries", "codes"}
    without_place = {"source", "preprocessing"}
    assert {field.name for field in dataclasses.fields(Page)} == known | without_place
