"""Test that right-to-left lines are read in logical order, however their characters are stored.

fpdf2's implementation of UAX #9 is the judge: a text is put into the order in which it is shown, drawn, and must be read
back as it was. No font with Hebrew is needed: Helvetica's letters stand for Hebrew ones in the text layer.
"""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from fpdf.bidi import BidiParagraph

from documents.decode.content import placed_words
from documents.decode.pdf import PdfFile
from documents.layout.lines import arrange
from documents.limits import ReadingLimits
from schemas.pages import Line
from tests.font_maps import mapped_pdf, placed_texts

HEBREW = "אבגדהוזחטיכלמנסעפצקרשתםןך"
OF_LETTER = dict(zip(string.ascii_lowercase, HEBREW, strict=False))
TO_LETTER = {hebrew: letter for letter, hebrew in OF_LETTER.items()}
MIRRORED = str.maketrans("()[]", ")(][")
STEP_POINTS = 7.2
"""Distance between characters, as on a typewriter."""


def as_shown(text: str) -> str:
    """The characters from left to right, by UAX #9, with mirrored brackets."""
    characters = BidiParagraph(text).get_reordered_characters()
    return "".join(c.character.translate(MIRRORED) if c.embedding_level % 2 else c.character for c in characters)


def whole_lines(shown: str) -> list[tuple[float, str]]:
    return [(0.0, shown)]


def words_from_the_left(shown: str) -> list[tuple[float, str]]:
    made, start = [], 0
    for word in shown.split(" "):
        made.append((start * STEP_POINTS, word))
        start += len(word) + 1
    return made


def words_from_the_right(shown: str) -> list[tuple[float, str]]:
    return words_from_the_left(shown)[::-1]


def glyphs(shown: str) -> list[tuple[float, str]]:
    return [(i * STEP_POINTS, character) for i, character in enumerate(shown) if character != " "]


def glyphs_from_the_right(shown: str) -> list[tuple[float, str]]:
    return glyphs(shown)[::-1]


def lines_of(*texts: tuple[float, float, str]) -> list[Line]:
    """The lines of a page with these texts and enough others for a text layer."""
    data = mapped_pdf(placed_texts(*texts, (50.0, 100.0, "THE REST OF THIS PAGE IS LATIN")), OF_LETTER)
    # a typewriter's font, so that the places of words and glyphs agree with those of a whole line
    width, height, layer = PdfFile(data.replace(b"Helvetica", b"Courier  "), ReadingLimits()).text_layer(1)
    assert layer is not None
    return list(arrange([(word,) for word in placed_words(layer)], width / height))[:-1]


def read_back(text: str, stored: Callable[[str], list[tuple[float, str]]]) -> str:
    letters = "".join(TO_LETTER.get(character, character) for character in as_shown(text))
    return "\n".join(line.text for line in lines_of(*((50 + x, 700.0, piece) for x, piece in stored(letters))))


@pytest.mark.parametrize(
    "stored", [whole_lines, words_from_the_left, words_from_the_right, glyphs, glyphs_from_the_right]
)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("שלום עולם טוב מאוד", id="words"),
        pytest.param("שלום עולם 1,234.50 בסך", id="an-amount"),
        pytest.param("סהכ (כולל מעמ 17%): 58.50", id="brackets-and-percent"),
        pytest.param("קיבלנו (INV-204) היום 45.00 תודה", id="a-latin-code"),
        pytest.param("התאריך: 2024/09/17", id="a-date"),
        pytest.param("מחיר 5.00$ ליחידה", id="a-price"),
        pytest.param("לקוח ABC 12 DEF של החברה", id="latin-words-with-a-number"),
        pytest.param("NAME: שלום (עולם) AND THE END", id="within-a-latin-line"),
        pytest.param("טלפון 03-1234567 במשרד", id="a-telephone-number"),
        pytest.param("בין 10-20 ימים, או יותר.", id="a-range-and-the-end-of-a-sentence"),
    ],
)
def test_right_to_left_lines_are_read_in_logical_order(
    text: str, stored: Callable[[str], list[tuple[float, str]]]
) -> None:
    assert read_back(text, stored) == text


def test_digits_in_groups_of_three_stay_one_number() -> None:
    (line,) = lines_of((50.0, 700.0, "dba 12 345.60 cba"))
    assert "12 345.60" in line.text


def test_a_right_to_left_word_begins_with_its_right_symbol() -> None:
    (line,) = lines_of((50.0, 700.0, "dcba 12"))
    number, word = line.words
    assert [symbol.text for symbol in number.symbols] == ["1", "2"]
    assert [symbol.text for symbol in word.symbols] == list("אבגד")
    lefts = [symbol.box.left for symbol in word.symbols]
    assert lefts == sorted(lefts, reverse=True)
    assert word.box.left == pytest.approx(50 / 600, abs=0.01)
