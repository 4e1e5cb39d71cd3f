from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from documents.layout.lines import arrange
from documents.placed import PlacedWord
from schemas.geometry import Point, Quad
from schemas.pages import Symbol

HEIGHT = 0.012


def placed(text: str, x: float, y: float, angle: float = 0.0, aspect: float = 1.0) -> PlacedWord:
    """Make a word of square characters, turned around the middle of the page."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def point(px: float, py: float) -> Point:
        dx, dy = px - 0.5, py - 0.5
        return Point(0.5 + (dx * cos - dy * sin) / aspect, 0.5 + dx * sin + dy * cos)

    def quad(left: float, right: float) -> Quad:
        return Quad(point(left, y), point(right, y), point(right, y + HEIGHT), point(left, y + HEIGHT))

    symbols = tuple(Symbol(c, quad(x + i * HEIGHT, x + (i + 1) * HEIGHT), 1.0) for i, c in enumerate(text))
    return PlacedWord(symbols, quad(x, x + len(text) * HEIGHT))


def texts(words: list[PlacedWord], aspect: float = 1.0) -> list[str]:
    return [line.text for line in arrange([[word] for word in words], aspect)]


PAGE = [
    ("Invoice", 0.1, 0.1),
    ("number", 0.19, 0.1),
    ("4711", 0.6, 0.1),
    ("Date", 0.1, 0.13),
    ("1.2.2020", 0.6, 0.132),
]
LINES = ["Invoice number", "4711", "Date", "1.2.2020"]


def test_rows_from_top_to_bottom_and_cells_from_left_to_right() -> None:
    words = [placed(*word) for word in reversed(PAGE)]
    assert texts(words) == LINES


@given(st.floats(-10, 10), st.sampled_from([0.7, 1.0, 1.4]))
def test_a_tilted_page_reads_like_a_straight_one(angle: float, aspect: float) -> None:
    assert texts([placed(*word, angle, aspect) for word in PAGE], aspect) == LINES


def test_an_upside_down_page_reads_from_its_own_top() -> None:
    assert texts([placed(*word, 180.0) for word in PAGE]) == LINES


def test_a_note_along_the_margin_follows_the_text() -> None:
    note = [placed("margin", 0.3, 0.05, 90.0), placed("note", 0.38, 0.05, 90.0)]
    assert texts([*note, *(placed(*word) for word in PAGE)]) == [*LINES, "margin note"]


def test_word_ids_count_up_in_reading_order() -> None:
    lines = arrange([[placed(*word)] for word in PAGE], 1.0, first_id=7)
    assert [word.id for line in lines for word in line.words] == [7, 8, 9, 10, 11]


def test_no_words_no_lines() -> None:
    assert arrange([], 1.0) == ()
