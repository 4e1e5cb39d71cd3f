from __future__ import annotations

import dataclasses

import pytest

from schemas.frames import Tilted
from schemas.geometry import Box, quad_of
from schemas.page_rows import PageRows, page_tilt
from schemas.pages import Document, Page, Symbol, TextSource, make_line, make_word
from tests.fakes import document

TABLE = """ITEM        QTY     PRICE
PAINT       2       1.50
BRUSH       1       3.00"""


def rows_of(page: Document) -> list[list[str]]:
    lines = [line for p in page.pages for line in p.lines]
    return [[lines[i].text for i in row] for row in PageRows(page).lines_of_row]


def turned(page: Document, radians: float) -> Document:
    """The document with its text at an angle."""

    def at_angle(p: Page) -> Page:
        frame = Tilted.by(radians, p.aspect)
        lines = [
            make_line(
                tuple(
                    make_word(
                        word.id,
                        tuple(
                            s._replace(quad=type(s.quad)(*(frame.to_page(q.x * p.aspect, q.y) for q in s.quad)))
                            for s in word.symbols
                        ),
                    )
                    for word in line.words
                )
            )
            for line in p.lines
        ]
        return dataclasses.replace(p, lines=tuple(lines))

    return Document(tuple(at_angle(p) for p in page.pages))


def placed(*lines: tuple[str, float, float, float, float]) -> Document:
    """A page of lines of one word, each one symbol: text and box."""
    made = [
        make_line((make_word(i, (Symbol(text, quad_of(Box(*box)), 1.0),)),)) for i, (text, *box) in enumerate(lines)
    ]
    return Document((Page(1, 1000.0, 1000.0, tuple(made), TextSource.TEXT_LAYER),))


EXPECTED = [["ITEM", "QTY", "PRICE"], ["PAINT", "2", "1.50"], ["BRUSH", "1", "3.00"]]


@pytest.mark.parametrize("radians", [0.0, 0.03, -0.03, 0.1])
def test_rows_follow_the_tilt_of_the_page(radians: float) -> None:
    page = turned(document(TABLE), radians)
    assert page_tilt(page.pages[0]) == pytest.approx(radians, abs=1e-6)
    assert rows_of(page) == EXPECTED


def test_rows_are_numbered_over_all_pages() -> None:
    assert rows_of(document(TABLE, TABLE)) == EXPECTED * 2


def test_no_lines_have_no_rows() -> None:
    assert rows_of(Document(())) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            [("TOTAL", 0.1, 0.10, 0.3, 0.12), ("9.00", 0.6, 0.104, 0.7, 0.118)],
            [["TOTAL", "9.00"]],
            id="a-smaller-value-next-to-its-label",
        ),
        pytest.param(
            [("LOGO", 0.1, 0.10, 0.2, 0.16), ("Name", 0.3, 0.10, 0.5, 0.12), ("Street", 0.3, 0.13, 0.5, 0.15)],
            [["LOGO", "Name"], ["Street"]],
            id="lines-below-each-other-next-to-a-tall-logo",
        ),
        pytest.param(
            [("above", 0.1, 0.10, 0.3, 0.12), ("below", 0.6, 0.112, 0.8, 0.132)],
            [["above"], ["below"]],
            id="less-than-half-next-to-each-other",
        ),
    ],
)
def test_what_is_one_row(lines: list[tuple[str, float, float, float, float]], expected: list[list[str]]) -> None:
    assert rows_of(placed(*lines)) == expected


def test_capitals_and_small_letters_do_not_tilt_a_page() -> None:
    """A text layer's boxes fit the ink, so a line may begin with a tall letter and end with a low one."""
    tall, low = Box(0.1, 0.10, 0.12, 0.12), Box(0.12, 0.107, 0.14, 0.12)
    word = make_word(0, (Symbol("T", quad_of(tall), 1.0), Symbol("o", quad_of(low), 1.0)))
    page = Page(1, 1000.0, 1000.0, (make_line((word,)),), TextSource.TEXT_LAYER)
    assert page_tilt(page) == 0.0
