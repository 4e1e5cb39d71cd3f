"""Characters in boxes of their own become words; columns of single characters do not."""

from __future__ import annotations

import itertools

import pytest

from documents.layout.lines import arrange
from documents.placed import PlacedWord
from schemas.geometry import Box, quad_of
from schemas.normalise import dates
from schemas.pages import Symbol

HEIGHT = 0.012
WIDTH = 0.007


def word(text: str, x: float, y: float = 0.1) -> PlacedWord:
    """A word of characters that touch, in fractions of a square page."""
    boxes = [Box(x + i * WIDTH, y, x + (i + 1) * WIDTH, y + HEIGHT) for i in range(len(text))]
    symbols = tuple(Symbol(c, quad_of(box), 1.0) for c, box in zip(text, boxes, strict=True))
    return PlacedWord(symbols, quad_of(Box(x, y, x + len(text) * WIDTH, y + HEIGHT)))


def boxes(text: str, pitch: float = 1.5, x: float = 0.1, y: float = 0.1, off: float = 0.0) -> list[PlacedWord]:
    """One word for each character, `pitch` type heights apart; every other one is off by a share of the pitch."""
    step = pitch * HEIGHT
    shifts = itertools.cycle((0.0, off * step))
    return [
        word(c, x + i * step + shift, y) for i, (c, shift) in enumerate(zip(text, shifts, strict=False)) if c != " "
    ]


def read(words: list[PlacedWord]) -> list[str]:
    return [line.text for line in arrange([(w,) for w in words], 1.0)]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(boxes("MR20240077"), ["MR20240077"], id="code"),
        pytest.param(boxes("MR20240077   "), ["MR20240077"], id="empty-boxes-at-the-end"),
        pytest.param(boxes("ANNA LINDGREN"), ["ANNA LINDGREN"], id="one-empty-box-is-a-space"),
        pytest.param(boxes("  129,50"), ["129,50"], id="a-comma-between-boxes"),
        pytest.param(boxes("03.09.2024"), ["03.09.2024"], id="date-with-separators"),
        pytest.param(boxes("80331", off=0.08), ["80331"], id="not-in-the-middle-of-their-boxes"),
        pytest.param(boxes("INVOICE", pitch=0.9), ["INVOICE"], id="letter-spaced-heading"),
        pytest.param(
            [*boxes("INVOIC", pitch=0.9), word("E:", 0.1 + 6 * 0.9 * HEIGHT)], ["INVOICE:"], id="a-colon-at-its-end"
        ),
        pytest.param(boxes("80331", pitch=2.4), ["80331"], id="wide-boxes"),
        pytest.param([*boxes("80331"), *boxes("MUENCHEN", x=0.3)], ["80331", "MUENCHEN"], id="two-fields-in-a-row"),
        pytest.param([*boxes("80331"), word("Town", 0.3)], ["80331", "Town"], id="a-word-after-the-field"),
        pytest.param(
            [*boxes("03"), *boxes("09", x=0.1 + 2.5 * 1.5 * HEIGHT), *boxes("2024", x=0.1 + 5 * 1.5 * HEIGHT)],
            ["03 09 2024"],
            id="a-date-in-three-groups",
        ),
        pytest.param(boxes("|M|R|2|0|7|", pitch=0.75), ["| MR207 |"], id="borders-read-as-strokes"),
        pytest.param(boxes("1231", pitch=4.0), ["1", "2", "3", "1"], id="columns-of-a-table"),
        pytest.param(boxes("123"), ["1 2 3"], id="too-few"),
        pytest.param(boxes("12345"), ["1 2 3 4 5"], id="a-scale-to-choose-from"),
        pytest.param(boxes("-----"), ["- - - - -"], id="a-rule-of-dashes"),
        pytest.param(
            [word("4", 0.1), word("2", 0.13), word("7", 0.2), word("1", 0.22)], ["4", "2", "7", "1"], id="no-pitch"
        ),
        pytest.param([word("a", 0.1), word("12,50", 0.12), word("b", 0.2)], ["a", "12,50", "b"], id="ordinary-words"),
    ],
)
def test_comb_fields(words: list[PlacedWord], lines: list[str]) -> None:
    assert read(words) == lines


def test_a_joined_word_keeps_every_symbol_with_its_place() -> None:
    parts = boxes("MR2024")
    ((line,),) = (arrange([(w,) for w in parts], 1.0),)
    assert [s for w in line.words for s in w.symbols] == [w.symbols[0] for w in parts]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("03092024", "2024-09-03", id="day-month-year"),
        pytest.param("20240903", "2024-09-03", id="year-month-day"),
        pytest.param("09282024", "2024-09-28", id="month-day-year"),
        pytest.param("03 09 2024", "2024-09-03", id="groups"),
        pytest.param("33092024", None, id="not-a-day"),
        pytest.param("103092024", None, id="inside-a-longer-number"),
    ],
)
def test_dates_without_separators(text: str, day: str | None) -> None:
    found = dates.parse(text)
    assert (found.isoformat() if found else None) == day
